"""The words of `paypath diagnose`."""

import pathlib

import pytest

from tests.cli.conftest import Paypath
from tests.support.connect_proxy import proxying


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cert", "a"], "--cert needs --key"),
        (["--key", "a"], "--key needs --cert"),
        (["--key-password-file", "a"], "--key-password-file needs --key"),
        (["--tls-min", "1.3", "--tls-max", "1.2"], "--tls-min 1.3 is above --tls-max 1.2"),
        (["--http-path", "healthz"], "'healthz' is not a path"),
        (["--http-path", "/a", "--no-http"], "not allowed with argument"),
        (["--timeout", "soon"], "'soon' is not a duration"),
        *(
            (
                ["--cert", "a", "--key", "b", "--proxy", "http://p:1", option, ""],
                f"argument {option}: is empty; write it",
            )
            for option in (
                *("--server-name", "--ca", "--crl", "--cert", "--key", "--key-password-file", "--ciphers", "--proxy"),
                *("--proxy-cert", "--proxy-key", "--proxy-ca"),
            )
        ),
        (["--server-name", "."], "--server-name: `.` is no name that can be asked for and verified; write the name"),
    ],
)
def test_options_that_contradict(paypath: Paypath, options: list[str], said: str) -> None:
    """Status 2 and a sentence; nothing is contacted."""
    result = paypath("diagnose", "host.invalid:443", *options)
    assert (result.status, result.out) == (2, "")
    assert said in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name where to connect to: HOST:PORT, or --path NAME"),
        (["host:443", "--path", "billing"], "HOST:PORT and --path exclude each other"),
        (["--path", "billing", "--ca", "a"], "--ca goes with HOST:PORT; with --path it comes from the configuration"),
        (["--path", "billing", "--tls-min", "1.3"], "--tls-min goes with HOST:PORT"),
        (["--path", "billing", "--alpn", "h2"], "--alpn goes with HOST:PORT"),
        (["--path", "billing", "--proxy", "http://p:1"], "--proxy goes with HOST:PORT"),
    ],
)
def test_an_endpoint_or_a_path(paypath: Paypath, words: list[str], said: str) -> None:
    """One of the two, and what describes an endpoint only with an endpoint."""
    result = paypath("diagnose", *words)
    assert (result.status, result.out) == (2, "")
    assert said in result.err


CONFIGURATION = """\
environment: staging
paths:
  billing: {connector: {url: "https://billing.invalid:8443"}}
  refunds: {connector: {url: "https://refunds.invalid:8443"}}
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("biling", "--path: no path `biling` is configured; did you mean `billing`?"),
        ("zzz", "--path: no path `zzz` is configured; there is: `billing`, `refunds`"),
    ],
)
def test_a_path_that_is_not_configured(paypath: Paypath, tmp_path: pathlib.Path, name: str, said: str) -> None:
    """The nearest one is named, else all of them; nothing is contacted."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    result = paypath("diagnose", "--path", name, "--config", str(file))
    assert (result.status, result.out) == (2, "")
    assert said in result.err


def test_a_path_without_any_configuration(
    paypath: Paypath, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said where none was found."""
    monkeypatch.chdir(tmp_path)
    result = paypath("diagnose", "--path", "billing")
    assert result.status == 2
    assert "no path `billing` is configured; name a configuration with --config" in result.err


def test_a_mistake_in_the_configuration(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Told as `validate` tells it, with its place."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION.replace("environment", "enviroment"))
    result = paypath("diagnose", "--path", "billing", "--config", str(file))
    assert result.status == 2
    assert f"{file}:1:1: " in result.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--proxy", "socks5://p:1"], "is not a URL with http or https"),
        (["--proxy", "p:3128"], "write it as `http://proxy:3128`"),
        (["--proxy", "http://p:3128/x"], "has a path"),
        (["--proxy", "http://hush@p:3128"], "must be `NAME:PASSWORD`"),
        (["--proxy", "http://p:3128", "--proxy-ca", "x.pem"], "no TLS is spoken with a proxy at http:"),
        (["--proxy-ca", "x.pem"], "need --proxy"),
        (["--proxy", "https://p:1", "--proxy-key", "k"], "--proxy-cert and --proxy-key need each other"),
    ],
)
def test_what_is_no_proxy(paypath: Paypath, options: list[str], said: str) -> None:
    """Told before anything is sent, without what may be a password."""
    result = paypath("diagnose", "host.invalid:443", *options)
    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert "hush" not in result.err


def test_a_proxy_that_is_not_there(paypath: Paypath) -> None:
    """The failure is the proxy's, and its password is nowhere."""
    with proxying() as gone:
        pass
    url = f"http://us:hush@127.0.0.1:{gone.port}"
    for form in ("text", "json"):
        result = paypath("diagnose", "host.invalid:443", "--proxy", url, "--format", form)
        assert result.status == 1, result.err
        assert f"proxy at 127.0.0.1:{gone.port}" in " ".join(result.out.split())
        assert "hush" not in result.out + result.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ca", "missing.pem"], "--ca: missing.pem cannot be read: No such file or directory; name a PEM file"),
        (["--ca", "text.pem"], "--ca: text.pem holds no readable PEM certificate"),
        (["--crl", "missing.pem"], "--crl: missing.pem cannot be read: No such file or directory; name a PEM file"),
        (["--crl", "text.pem"], "--crl: text.pem holds no readable PEM revocation list"),
        (["--ciphers", "NOPE"], "--ciphers: OpenSSL knows no cipher of 'NOPE'"),
        (["--alpn", "h2"], "HTTP is asked in HTTP/1.1 only, and h2 would be offered; offer http/1.1 alone, or"),
        (["--alpn", "h2", "--alpn", "http/1.1", "--http-path", "/"], "HTTP is asked in HTTP/1.1 only"),
    ],
)
def test_arguments_that_cannot_be_used(
    paypath: Paypath, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    """They are ours: status 2 and one sentence, and neither the network nor the connector is blamed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.pem").write_text("no PEM")
    result = paypath("diagnose", "127.0.0.1:1", *options)
    assert (result.status, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    "options",
    [["--alpn", "h2", "--no-http"], ["--alpn", "http/1.1"], ["--cert", "missing.crt", "--key", "missing.key"]],
)
def test_what_is_left_to_the_path(paypath: Paypath, options: list[str]) -> None:
    """HTTP/2 in a handshake alone can be meant, and an identity that is missing stops the billing service too: status 1."""
    result = paypath("diagnose", "127.0.0.1:1", *options)
    assert (result.status, result.err) == (1, "")
    assert result.out.startswith("FAILED ")
