"""The lenient client's set-up; what it sees of real servers stands in tests/transport/test_diagnosis.py."""

import pathlib

import pytest
from OpenSSL import SSL

from probe.model.path import TlsVersion, Verify
from probe.tls.contexts import ContextError
from probe.tls.lenient import LenientClient, engine
from tests.servers.material import Material


def test_the_engine_says_its_version() -> None:
    """Not Python's own OpenSSL, and so worth saying."""
    assert engine().startswith("OpenSSL ")


@pytest.mark.parametrize(
    "verify",
    [
        Verify(),
        Verify(strict=True, partial_chain=True, security_level=1),
        Verify(tls_min=TlsVersion.TLS_1_3),
        Verify(tls_max=TlsVersion.TLS_1_2, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256", alpn=("h2", "http/1.1")),
    ],
)
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "bücher.example"])
def test_what_a_path_may_say(pki: Material, verify: Verify, name: str) -> None:
    """Every strictness and every kind of name; nothing has been seen before the handshake."""
    client = LenientClient(verify, pki.trust, name)
    assert (client.presented, client.version, client.acceptable, client.staple) == ((), None, (), None)
    assert client.objections == {}


def test_the_systems_trust() -> None:
    """None stands for the store of the system's OpenSSL."""
    assert LenientClient(Verify(), None, "localhost").checked == {}


@pytest.mark.parametrize(
    ("verify", "name", "trust", "error"),
    [
        (Verify(ciphers="NO-SUCH-CIPHER"), "localhost", None, SSL.Error),
        (Verify(), "x" * 64 + ".example", None, ValueError),
        (Verify(), "localhost", pathlib.Path("/nonexistent/ca.pem"), ContextError),
        (Verify(crl=pathlib.Path("/nonexistent/crl.pem")), "localhost", None, OSError),
    ],
)
def test_what_cannot_be_set_up(verify: Verify, name: str, trust: pathlib.Path | None, error: type[Exception]) -> None:
    """Raised before anything is sent; the caller writes it down."""
    with pytest.raises(error):
        LenientClient(verify, trust, name)
