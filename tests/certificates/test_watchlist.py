"""What is watched is all that a scan reads."""

import pathlib

from probe.certificates.watchlist import watchlist
from probe.model.network import Endpoint
from probe.model.path import Connector, Identity, PaymentPath, Proxy, Verify, Watch


def _at(name: str) -> pathlib.Path:
    return pathlib.Path("/etc/billing") / name


def test_identities_bundles_and_revocation_lists() -> None:
    """Of the connector and of the proxy, each once; a watched identity has no key."""
    own = Identity(name="billing", certificate=_at("tls.crt"), private_key=_at("tls.key"))
    endpoint = Endpoint(host="c", port=1, server_name="c")
    proxy = Proxy(
        url="https://p",
        endpoint=endpoint,
        identity=Identity(name="proxy", certificate=_at("proxy.crt"), private_key=_at("proxy.key")),
        trust=_at("proxy-ca.pem"),
    )
    connector = Connector(
        url="https://c",
        endpoint=endpoint,
        identity=own,
        trust=_at("ca.pem"),
        verify=Verify(crl=_at("crl")),
        proxy=proxy,
    )
    system = PaymentPath(name="b", connector=Connector(url="https://c", endpoint=endpoint))
    identities = [own, Identity(name="seen", certificate=_at("seen.crt"))]
    found = watchlist([PaymentPath(name="a", connector=connector), system], identities, [])
    names = ("ca.pem", "crl", "proxy-ca.pem", "tls.crt", "tls.key", "proxy.crt", "proxy.key", "seen.crt")
    assert sorted(found) == sorted(_at(name) for name in names)


def test_patterns(tmp_path: pathlib.Path) -> None:
    """A directory stands for the files to come; where it is a pattern itself, those that fit it now stand beside it."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "tls.crt").touch()

    def of(files: str) -> list[pathlib.Path]:
        return list(watchlist([], [], [Watch(files=f"{tmp_path}/{files}")]))

    assert of("tls.crt") == [tmp_path / "tls.crt"]
    assert of("a") == [tmp_path / "a"]
    assert of("a/*.crt") == [tmp_path / "a"]
    assert of("*/tls.crt") == [tmp_path, tmp_path / "a"]
    assert of("**/*.crt") == [tmp_path, tmp_path / "a"]
    assert watchlist([], [], [Watch(files="/*.pem")]) == (pathlib.Path("/"),)
