"""The engine's types as the configuration gives them."""

import pathlib

import pytest

from probe.model.network import Endpoint
from probe.model.path import InUse, InUseKind, ManagedProof, ProofKind, TlsVersion, Watch
from probe.settings.load import load_settings
from tests.settings.conftest import Load, Refuse

DAY = 86400.0
PATH = "paths: {b: {connector: {url: 'https://c.test:8443', %s}}}"


@pytest.mark.parametrize(
    ("way", "host", "port"),
    [
        ("health_path: /", "c.test", 8443),
        ("address: '10.0.0.5:443'", "10.0.0.5", 443),
        ("address: '[::1]:1'", "::1", 1),
    ],
)
def test_where_to_connect_to(load: Load, way: str, host: str, port: int) -> None:
    """An address moves the connection; the server name and the URL stay."""
    connector = load(PATH % way).paths[0].connector
    assert connector.endpoint == Endpoint(host=host, port=port, server_name="c.test")
    assert connector.url == "https://c.test:8443"


def test_a_socket_is_relative_to_the_file(load: Load, tmp_path: pathlib.Path) -> None:
    """As every other file that the configuration names."""
    endpoint = load(PATH % "socket: run/c.sock, server_name: other.test").paths[0].connector.endpoint
    assert endpoint == Endpoint(host=str(tmp_path / "run/c.sock"), port=0, server_name="other.test")


@pytest.mark.parametrize("address", ["10.0.0.5", "10.0.0.5:0", "10.0.0.5:99999", "::1:80", "a b:1", ":1"])
def test_what_is_no_address(refuse: Refuse, address: str) -> None:
    """Each is refused with how to write one."""
    (mistake,) = refuse(PATH % f"address: '{address}'")
    assert "paypath.yaml:1:" in mistake
    assert "10.0.0.5:8443" in mistake


def test_a_proxy(load: Load, tmp_path: pathlib.Path) -> None:
    """Its leg has everything of its own; the connector's stays the connector's."""
    (tmp_path / "secret").write_text("us:hush\n")
    proxy = (
        "proxy: {url: 'https://p.test:3129', identity: outer, trust: p.pem, server_name: q.test,"
        " verify: {tls_min: '1.3'}, credentials_file: secret}"
    )
    identities = "\nidentities: {outer: {certificate: o.crt, private_key: o.key}, inner: {certificate: i.crt}}"
    connector = load(PATH % f"identity: inner, {proxy}" + identities).paths[0].connector
    assert connector.identity is not None
    assert connector.identity.name == "inner"
    assert connector.proxy is not None
    assert connector.proxy.identity is not None
    assert connector.proxy.identity.name == "outer"
    assert connector.proxy.endpoint == Endpoint(host="p.test", port=3129, server_name="q.test")
    assert (connector.proxy.tls, connector.proxy.trust) == (True, tmp_path / "p.pem")
    assert connector.proxy.verify.tls_min is TlsVersion.TLS_1_3
    assert connector.proxy.credentials is not None
    assert connector.proxy.credentials.reveal() == "us:hush"
    assert "hush" not in repr(connector)


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("{url: 'http://us:hush@p:1'}", "do not belong into a URL"),
        ("{url: 'http://p:1/x'}", "has a path"),
        ("{url: 'socks5://p:1'}", "is not a URL with http or https"),
        ("{url: 'https://p:1', identity: nobody}", "unknown identity `nobody`"),
        ("{url: 'http://p:1', trust: t.pem}", "`trust` means nothing here"),
        ("{url: 'http://p:1', credentials: hush}", "must be `NAME:PASSWORD`"),
        ("{url: 'https://p:1', verify: {tls_min: '1.3', tls_max: '1.2'}}", "`tls_max` is older than `tls_min`"),
        ("{url: 'http://p:1'}, socket: s.sock", "`socket` and `proxy` are both set"),
    ],
)
def test_what_is_no_proxy(refuse: Refuse, proxy: str, said: str) -> None:
    """Each with its place, and without its secret."""
    (mistake,) = refuse(PATH % f"proxy: {proxy}")
    assert said in mistake
    assert "paypath.yaml:1:" in mistake
    assert "hush" not in mistake


def test_the_lab_goes_through_no_foreign_proxy(refuse: Refuse, load: Load) -> None:
    """Both the proxy and what is asked of it stay on this machine."""
    text = "environment: lab\npaths: {b: {connector: {url: 'https://localhost:1', proxy: {url: 'http://%s:1'}}}}"
    (mistake,) = refuse(text % "10.0.0.1")
    assert "only for connectors on the loopback" in mistake
    assert load(text % "127.0.0.1").paths[0].connector.proxy is not None


def test_every_address(load: Load, refuse: Refuse) -> None:
    """On request, where a name is looked up here at all."""
    assert load(PATH % "addresses: all").paths[0].connector.all_addresses
    assert not load(PATH % "addresses: first").paths[0].connector.all_addresses
    for other in ("socket: s.sock", "proxy: {url: 'http://p:1'}"):
        (mistake,) = refuse(PATH % f"addresses: all, {other}")
        assert "no name is looked up here then" in mistake


def test_watches(load: Load, tmp_path: pathlib.Path) -> None:
    """A text is short for a map; everything is relative to the file, and the password is no secret's leak."""
    (tmp_path / "pw").write_text("hush\n")
    text = (
        "certificates: {watch: [a.pem, '/b/*.pem', {files: c, password_file: pw, path: p, managed_by: ops,"
        " renew_before: 30d, thresholds: [20d, 10d]}]}\npaths: {p: {connector: {url: 'https://c', thresholds: [5d]}}}"
    )
    loaded = load(text)
    plain, pattern, full = loaded.watches
    assert (plain, pattern) == (Watch(files=f"{tmp_path}/a.pem"), Watch(files="/b/*.pem"))
    assert (full.files, full.path, full.managed_by, full.renew_before_s) == (f"{tmp_path}/c", "p", "ops", 30 * DAY)
    assert full.password is not None
    assert full.password.reveal() == "hush"
    assert "hush" not in repr(loaded)
    assert (full.thresholds_s, loaded.paths[0].connector.thresholds_s) == ((20 * DAY, 10 * DAY), (5 * DAY,))


def test_watches_from_a_variable(load: Load, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON, relative to the working directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    loaded = load_settings(None, {"PAYPATH_CERTIFICATES__WATCH": '["a", {"files": "b"}]'})
    assert [watch.files for watch in loaded.watches] == [f"{tmp_path}/here/a", f"{tmp_path}/here/b"]
    assert load is not None


def test_care_of_an_identity(load: Load, tmp_path: pathlib.Path) -> None:
    """Where use and renewal are proven, and rungs of its own."""
    proof = "managed_by: cert-manager, managed_proof: {kind: kubernetes, namespace: pay, certificate: billing}"
    in_use = "in_use: {kind: file-sha256, file: used}"
    (identity,) = load(f"identities: {{i: {{certificate: c, {proof}, {in_use}, thresholds: [9d]}}}}").identities
    assert identity.managed_proof == ManagedProof(kind=ProofKind.KUBERNETES, namespace="pay", certificate="billing")
    assert identity.in_use == InUse(kind=InUseKind.FILE_SHA256, file=tmp_path / "used")
    assert identity.thresholds_s == (9 * DAY,)
