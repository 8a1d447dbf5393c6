"""What libraries take from the environment: live keys refused wherever they are read, passwords learned."""

import base64
import pathlib
from collections.abc import Iterator

import pytest

from probe.redact.leaving import OUT, leaving
from probe.settings.surroundings import learn_passwords, live_key_mistakes

KEY = "sk_live_51Canary"
ONCE = base64.b64encode(f"u:{KEY}".encode()).decode()
PASSWORD = "hunter2secretpw"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "Https_Proxy", "FTP_PROXY")  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    OUT.forget()
    yield
    OUT.forget()


@pytest.mark.parametrize("name", [*PROXIES, "OTEL_WHATEVER", "KH_REPORTING_URL", "HOSTNAME", "SSL_CERT_FILE"])
def test_a_live_key_is_refused_in_whatever_is_read(name: str) -> None:
    """The variable is named, the value is not."""
    (mistake,) = live_key_mistakes({name: KEY})
    assert str(mistake).startswith(f"{name}: a live-mode Stripe key stands here; remove it")
    assert "Canary" not in str(mistake)


@pytest.mark.parametrize(
    "key",
    [KEY, "rk_live_51Canary", "sk_org_live_51Canary", "sk%5Flive%5F51Canary", "sk%255Flive%255F51Canary", ONCE,
     base64.b64encode(ONCE.encode()).decode(), KEY.encode().hex()],
)  # fmt: skip
@pytest.mark.parametrize("url", ["http://u:{}@proxy:3128", "{}@proxy:3128", "http://{}:@proxy", "http://proxy/?{}"])
def test_no_disguise_helps(url: str, key: str) -> None:
    """Wherever in the URL it stands, in whichever layers."""
    assert [mistake.file for mistake in live_key_mistakes({"https_proxy": url.format(key)})] == ["https_proxy"]


def test_what_is_not_read_and_what_is_harmless_passes() -> None:
    """Another program's variable is its own; a file may be called after what stands in it."""
    environ = {
        "SOMEBODY_ELSES": KEY,
        "HTTPS_PROXY": "http://u:sk_test_51Canary@proxy:3128",
        "NO_PROXY": "localhost,.svc",
        "SSL_CERT_FILE": "/run/secrets/sk_live_key",
        "HOME": "/nowhere",
    }
    assert not list(live_key_mistakes(environ))


@pytest.mark.parametrize("named", [True, False])
def test_the_netrc_is_read_as_the_libraries_read_it(tmp_path: pathlib.Path, *, named: bool) -> None:
    """`NETRC`, or the one at home."""
    file = tmp_path / ("other" if named else ".netrc")
    environ = {"NETRC": str(file)} if named else {"HOME": str(tmp_path)}
    assert not list(live_key_mistakes(environ))
    file.write_text(f"machine collector.example login u password {KEY}\n")
    (mistake,) = live_key_mistakes(environ)
    assert str(mistake).startswith(f"{file}: a live-mode Stripe key stands here")
    file.write_text(f"machine collector.example\n  login u password {PASSWORD}\n")
    learn_passwords(environ)
    assert leaving(f"bad {PASSWORD}") == "bad ***"
    file.write_text('machine a password "another one9" login u\nmachine b login u password too many words9\n')
    learn_passwords(environ)
    assert leaving("bad another one9") == "bad another one9", "no library takes one that it cannot parse"
    file.write_text('machine a password "another one9" login u\n')
    learn_passwords(environ)
    assert leaving("bad another one9") == "bad ***"


@pytest.mark.parametrize(
    ("name", "url", "user"),
    [
        ("HTTPS_PROXY", f"http://u:{PASSWORD}@proxy:3128", f"u:{PASSWORD}"),
        ("all_proxy", f"u:{PASSWORD}@proxy:3128", f"u:{PASSWORD}"),
        ("http_proxy", "http://u:p%40ss%3Aw%2Ford@proxy:3128/", "u:p@ss:w/ord"),
        ("http_proxy", "http://u:p@ss/word1@proxy:3128", "u:p@ss/word1"),
        ("http_proxy", "http://u:pass-word@proxy/p@th", "u:pass-word"),
        ("http_proxy", "http://tokenoftheproxy@proxy:3128", "tokenoftheproxy:"),
        ("http_proxy", "http://u:caf\u00e9-password@proxy", "u:caf\u00e9-password"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://u:{PASSWORD}@collector:4318", f"u:{PASSWORD}"),
    ],
)
def test_a_password_is_a_secret_from_then_on(name: str, url: str, user: str) -> None:
    """As it is, and as Basic sends it with the user's name."""
    learn_passwords({name: url, "NO_PROXY": "localhost"})
    password = user.partition(":")[2] or user.rstrip(":")
    sent = base64.b64encode(user.encode("latin-1")).decode()
    for said in (password, sent, base64.b64encode(password.encode()).decode()):
        assert said.rstrip("=") not in leaving(f"407: bad {said} here")
    assert leaving("proxy:3128 for localhost") == "proxy:3128 for localhost"
