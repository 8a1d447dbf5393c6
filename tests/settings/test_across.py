"""Mistakes that show only when two values are seen together: what is not one. The messages stand in test_load."""

import base64
import pathlib

import pytest

from tests.settings.conftest import Load, Refuse

LAB = "environment: lab\npaths: {b: {connector: {url: 'https://%s'}}}"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.8.9.1", "[::1]:8443", "localhost:1", "LOCALHOST"])
def test_lab_on_the_loopback(load: Load, host: str) -> None:
    """Every way to write this machine."""
    assert load(LAB % host).environment == "lab"


@pytest.mark.parametrize(
    "text",
    [
        "paths: {b: {connector: {url: 'https://c', verify: {tls_min: 1.2, tls_max: '1.3'}}}}",
        "identities: {i: {certificate: c, in_use: {kind: metric, url: 'http://127.0.0.1/m', metric: x}}}",
        "certificates: {thresholds: [40d, 30d, 20d, 1h]}",
        "listen: {metrics: '0.0.0.0:0', admin: 'localhost:1'}",
        "identities: {i: {certificate: /etc/sk_live_named/c}}",
        "certificates: {watch: [/etc/sk_live_named/*]}",
        "location: task_is_live_now",
    ],
)
def test_no_mistake(load: Load, text: str) -> None:
    """Each rule's other side."""
    assert load(text).warnings == ()


@pytest.mark.parametrize(
    "secret", ["sk_test_51Habcdefghijk", "whsec_abcdefghijklm", "4242 4242 4242 4242", "https://a:b@c"]
)
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("environment: '%s'", "1:14"),
        ("environment: a\nlocation: '%s'", "2:11"),
        ("identities: {i: {certificate: c, managed_by: '%s'}}", "1:46"),
        ("paths: {b: {connector: {url: 'https://c', server_name: '%s'}}}", "1:56"),
    ],
)
def test_no_label_is_a_secret(refuse: Refuse, text: str, at: str, secret: str) -> None:
    """A metric, a page and the history would show it."""
    told = [each for each in refuse(text % secret) if "a secret stands here" in each]
    what = "a secret stands here, which every metric, page and row of the history would show"
    mend = "take another name; secrets go into files of their own, such as `api_key_file`"
    assert told == [f"paypath.yaml:{at}: {what}; {mend}"]


def test_no_path_is_named_after_a_secret(refuse: Refuse) -> None:
    """Nor is an identity; what only looks a little like one may be."""
    text = "identities: {sk_test_51habcdefghijk: {certificate: c}}\npaths: {rk_test_51habcdefghijk: {connector: {url: 'https://c'}}}"
    told = refuse(text)
    assert [each.partition(": ")[0] for each in told] == ["paypath.yaml:1:14", "paypath.yaml:2:9"]
    assert "51habc" not in "".join(told)


def test_names_that_only_sound_like_a_secret(load: Load) -> None:
    """`risk_test_eu` has `sk_test_` in it."""
    text = "location: task_is_test_1\npaths: {risk_test_eu1: {connector: {url: 'https://c'}}}"
    assert load(text).warnings == ()


def test_wrong_types_are_left_to_the_models(load: Load) -> None:
    """A configuration full of wrong types is refused without a traceback."""
    for key in ("paths", "identities", "certificates", "listen"):
        for value in ("1", "[a]", "{b: 1}", "{b: {connector: 1, stripe: [1]}}", "{admin: [1], thresholds: {a: 1}}"):
            with pytest.raises(Exception, match=r"^paypath\.yaml:1:") as caught:
                load(f"{key}: {value}")
            assert type(caught.value).__name__ == "SetupError"


@pytest.mark.parametrize("way", ["address: '127.0.0.1:8443'", "address: '[::1]:8443'", "socket: run/c.sock"])
def test_lab_may_dial_this_machine_for_any_name(load: Load, way: str) -> None:
    """What counts is where the connection goes, not what the URL names."""
    assert load(f"environment: lab\npaths: {{b: {{connector: {{url: 'https://c.test', {way}}}}}}}").paths


def test_lab_dials_nothing_else(refuse: Refuse) -> None:
    """An address off the loopback is told at its own place."""
    text = "environment: lab\npaths: {b: {connector: {url: 'https://localhost', address: '10.0.0.5:8443'}}}"
    (mistake,) = refuse(text)
    assert "paths.b.connector.address" in mistake or "`lab` is only for connectors on the loopback" in mistake


def test_one_place_to_connect_to(refuse: Refuse) -> None:
    """An address and a socket exclude each other."""
    (mistake,) = refuse("paths: {b: {connector: {url: 'https://c', address: 'c:1', socket: s}}}")
    assert "`address` and `socket` are both set" in mistake


def test_a_path_that_no_socket_can_have(load: Load, refuse: Refuse) -> None:
    """Counted in bytes, from the root on, as the kernel does: that nobody connects there is no failure of the path."""
    text = "paths: {b: {connector: {url: 'https://c', socket: %s}}}"
    fits = "/\N{LATIN SMALL LETTER U WITH DIAERESIS}" + "s" * 104
    assert load(text % fits).paths[0].connector.endpoint.host == fits
    for longer in (f"{fits}s", f"run/{fits[1:]}"):
        (mistake,) = refuse(text % longer)
        assert "paypath.yaml:1:" in mistake
        assert "a unix socket has at most 107; move the socket, or name a shorter link to its directory" in mistake


LIVE = "sk_live_" + "51Canary0Canary1Canary"


@pytest.mark.parametrize(
    "text",
    [
        f"location: {LIVE}",
        f"paths: {{b: {{connector: {{url: 'https://c/{LIVE}'}}}}}}",
        f"paths: {{b: {{connector: {{url: 'https://c', health_path: '/healthz?key={LIVE}'}}}}}}",
        f"paths: {{b: {{connector: {{url: 'https://c', health_path: '/healthz?key={LIVE.replace('_', '%5F')}'}}}}}}",
        f"paths: {{b: {{connector: {{url: 'https://c', proxy: {{url: 'http://p:1', credentials: 'name:{LIVE}'}}}}}}}}",
        f"paths: {{b: {{connector: {{url: 'https://c'}}, webhook: {{url: 'https://shop/{LIVE}'}}}}}}",
        f"identities: {{i: {{certificate: c, in_use: {{kind: http-header, url: 'https://c/', header: {LIVE}}}}}}}",
        f"certificates: {{watch: [{LIVE}]}}",
        "paths: {b: {connector: {url: 'https://c', health_path: '/h?k=sk_live_abcdefghijk'}}}",
        "paths: {b: {connector: {url: 'https://c/sk_live_abcdefghijk'}}}",
        "paths: {b: {connector: {url: 'https://c', health_path: '/h?k=sk_org_live_Canary'}}}",
        "location: a/rk_live_Canary",
        "pages: {sinks: {a: {kind: webhook, url: 'https://c/?k=sk_org_live_Canary'}}}",
        'location: "sk\\x5flive_51Canary0Canary1"',
    ],
)
def test_a_live_key_is_refused_wherever_it_stands(refuse: Refuse, text: str) -> None:
    """Nothing is a good place for one: not a URL, not a header's name, not a proxy's password, and not in disguise."""
    found = refuse(text)
    assert any("live-mode Stripe key" in mistake for mistake in found), found
    assert not any("Canary" in mistake for mistake in found)


@pytest.mark.parametrize("content", [LIVE, LIVE.replace("_", "%5F"), base64.b64encode(f"{LIVE}:".encode()).decode()])
@pytest.mark.parametrize(
    "text",
    [
        "listen: {admin_token_file: FILE}",
        "identities: {i: {certificate: c, private_key: k, private_key_password_file: FILE}}",
        "certificates: {watch: [{files: '*.p12', password_file: FILE}]}",
        "paths: {b: {connector: {url: 'https://c'}, stripe: {key_from: connector, webhook_secret_file: FILE}}}",
        "paths: {b: {connector: {url: 'https://c'}, webhook: {url: 'https://w', secret_file: FILE}}}",
        "paths: {b: {connector: {url: 'https://c', kind: proxy, credentials_file: FILE}}}",
        "pages: {sinks: {a: {kind: pagerduty, routing_key_file: FILE}}}",
        "pages: {sinks: {a: {kind: webhook, url: 'https://c', token_file: FILE}}}",
        "pages: {sinks: {a: {kind: webhook, url_file: FILE}}}",
        "pages: {heartbeat: {url_file: FILE}}",
        "cron: {pushgateway: 'https://p', credentials_file: FILE}",
    ],
)
def test_a_live_key_in_a_file_of_any_secret_is_refused(
    refuse: Refuse, tmp_path: pathlib.Path, text: str, content: str
) -> None:
    """Whatever the secret is for; written beside its key as well, and in disguise."""
    before = (
        "name:"
        if "credentials" in text
        else "whsec_"
        if "secret" in text
        else "https://c/?"
        if "url_file" in text
        else ""
    )
    (tmp_path / "s").write_text(f"{before}{content}\n")
    for written in (text.replace("FILE", "s"), text.replace("_file: FILE", f": '{before}{content}'")):
        found = refuse(written)
        refusals = ("live-mode Stripe key", "is not an integration key", "is not a bearer token")
        assert any(refusal in mistake for mistake in found for refusal in refusals), found
        assert not any("Canary" in mistake or content in mistake for mistake in found)


@pytest.mark.parametrize("key", [LIVE, LIVE.replace("_live", "_org_live")])
def test_a_live_key_in_a_file_of_credentials_is_refused(refuse: Refuse, tmp_path: pathlib.Path, key: str) -> None:
    """What a proxy is sent is read by whoever runs it."""
    (tmp_path / "credentials").write_text(f"name:{key}\n")
    text = "paths: {b: {connector: {url: 'https://c', proxy: {url: 'http://p:1', credentials_file: credentials}}}}"
    found = refuse(text)
    assert any("holds a live-mode Stripe key" in mistake for mistake in found), found
    assert not any("Canary" in mistake for mistake in found)
