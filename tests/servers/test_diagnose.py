"""`paypath diagnose` against real servers that want a client certificate, under TLS 1.2 and 1.3: the status and the reason."""

import pathlib

import pytest

from tests.servers.command import paypath_json
from tests.servers.material import Material
from tests.servers.process import Server

pytestmark = pytest.mark.server("nginx", "haproxy", "openssl")

SERVERS = ["nginx", "nginx that says why", "haproxy", "s_server"]
REASONS = {
    "expired": "tls.client_cert.expired",
    "not-yet-valid": "tls.client_cert.not_yet_valid",
    "unknown-ca": "tls.client_cert.unknown_ca",
    "revoked": "tls.client_cert.revoked",
    "missing": "tls.client_cert.missing",
}
NOT_DISCLOSED = {("nginx", client): "tls.client_cert.rejected" for client in ("unknown-ca", "revoked")}
"""nginx's own page says only that there was a certificate error; neither trust nor revocation stands in our files."""
PROVEN = {"expired", "not-yet-valid"}
"""Faults that stand in our own file, whatever the peer says."""


@pytest.fixture(params=["1.2", "1.3"])
def tls(request: pytest.FixtureRequest) -> str:
    """The one protocol version that the server speaks."""
    version: str = request.param
    return version


@pytest.fixture(params=SERVERS)
def named_server(request: pytest.FixtureRequest, tls: str) -> tuple[str, Server]:
    """Each kind of server, with a CRL."""
    name: str = request.param
    more = {"disclosing_pages": True} if name == "nginx that says why" else {}
    return name, request.getfixturevalue(f"start_{name.split(maxsplit=1)[0]}")(tls=tls, crl=True, **more)


def test_a_good_client_passes(named_server: tuple[str, Server], tls: str, pki: Material) -> None:
    """A certificate that the server takes is healthy, with the protocol version that was spoken."""
    status, result = _diagnose(named_server[1], pki, "good")
    assert result["failure"] is None
    assert (status, result["outcome"]) == (0, "passed")
    assert result["tls"]["version"] == f"TLSv{tls}"
    assert result["tls"]["client_certificate_requested"] is True


@pytest.mark.parametrize("client", sorted(REASONS))
def test_a_bad_client_is_named(client: str, named_server: tuple[str, Server], pki: Material) -> None:
    """Each fault of the client certificate gives its reason, at every server and protocol version."""
    name, server = named_server
    status, result = _diagnose(server, pki, client)
    failure = result["failure"]
    assert (status, failure["code"]) == (1, 5023)
    assert failure["reason"] == NOT_DISCLOSED.get((name, client), REASONS[client])
    assert (failure["confidence"] == "proven") == (client in PROVEN)
    if client in PROVEN:
        assert failure["certificate"]["source"]["path"] == str(pki.clients[client].certificate)


def _diagnose(server: Server, pki: Material, client: str) -> tuple[int, dict]:
    """The exit status of `paypath diagnose` and the object that it printed."""
    identity: list[str | pathlib.Path] = []
    if client != "missing":
        identity = ["--cert", pki.clients[client].certificate, "--key", pki.clients[client].private_key]
    return paypath_json("diagnose", f"localhost:{server.port}", "--ca", pki.trust, *identity)
