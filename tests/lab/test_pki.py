"""Certificates made on the spot: OpenSSL and cryptography take them for what they say."""

import pathlib
import ssl
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.lab.pki import SERVER_AUTH, Authority, Issued, self_signed
from probe.model.clock import SystemClock

NOW = SystemClock().now().replace(microsecond=0)


@pytest.fixture(scope="module")
def root() -> Authority:
    """A root of this file."""
    return Authority.root("Root", now=NOW)


def loads(issued: Issued, directory: pathlib.Path) -> None:
    """Have OpenSSL take certificate and key for a pair; it raises where they are none."""
    issued.write(directory / "tls.crt", directory / "tls.key")
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(directory / "tls.crt", directory / "tls.key")


def test_a_chain(root: Authority, tmp_path: pathlib.Path) -> None:
    """Leaf first, then the intermediates, never the root; each is signed by the next."""
    issued = root.intermediate("Middle").intermediate("Lower").issue("leaf")
    chain = x509.load_pem_x509_certificates(issued.certificate_pem)
    assert [c.subject.rfc4514_string() for c in chain] == ["CN=leaf", "CN=Lower", "CN=Middle"]
    for certificate, issuer in zip(chain, (*chain[1:], root.issued.certificate), strict=True):
        certificate.verify_directly_issued_by(issuer)
    loads(issued, tmp_path)
    assert root.issue("leaf").chain == ()
    assert root.intermediate("Middle").issue("leaf", send_chain=False).chain == ()


def test_a_second_verifier_believes_it(root: Authority) -> None:
    """Another implementation than OpenSSL builds the path, and asks for key identifiers, as X509_STRICT (Python 3.13) does."""
    server = root.intermediate("Middle").issue("server", san=["localhost"], usages=[SERVER_AUTH])
    store = x509.verification.Store([root.issued.certificate])
    verifier = x509.verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName("localhost"))
    assert len(verifier.verify(server.certificate, list(server.chain))) == 3


def test_what_a_leaf_says(root: Authority) -> None:
    """Names, addresses, usages and dates are those that were asked for."""
    leaf = root.issue("server", san=["localhost", "::1", "127.0.0.1"], usages=[SERVER_AUTH]).certificate
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(a) for a in san.get_values_for_type(x509.IPAddress)] == ["::1", "127.0.0.1"]
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.not_valid_before_utc == NOW - timedelta(hours=1)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=90)
    bare = root.issue("client", usages=(), not_before=NOW, not_after=NOW + timedelta(seconds=1)).certificate
    assert (bare.not_valid_before_utc, bare.not_valid_after_utc) == (NOW, NOW + timedelta(seconds=1))
    with pytest.raises(x509.ExtensionNotFound):
        bare.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


def test_no_serial_twice(root: Authority) -> None:
    """A CRL tells two leaves of one name apart."""
    assert root.issue("same").certificate.serial_number != root.issue("same").certificate.serial_number


def test_rsa(root: Authority, tmp_path: pathlib.Path) -> None:
    """Of the size that was asked for."""
    issued = root.issue("client", rsa_bits=2048)
    assert isinstance(issued.key, rsa.RSAPrivateKey)
    assert issued.key.key_size == 2048
    loads(issued, tmp_path)


def test_a_crl(root: Authority) -> None:
    """Signed by its authority, names who is revoked and nobody else, and has run out where it was to."""
    good, bad = root.issue("good").certificate, root.issue("bad").certificate
    crl = x509.load_pem_x509_crl(root.crl([bad]))
    assert crl.is_signature_valid(root.issued.certificate.public_key())  # type: ignore[arg-type]  # an EC key
    assert crl.get_revoked_certificate_by_serial_number(bad.serial_number) is not None
    assert crl.get_revoked_certificate_by_serial_number(good.serial_number) is None
    assert crl.next_update_utc == NOW + timedelta(days=30)
    stale = x509.load_pem_x509_crl(root.crl(next_update=NOW - timedelta(days=1)))
    assert stale.next_update_utc == NOW - timedelta(days=1)
    assert stale.last_update_utc < NOW - timedelta(days=1)


def test_self_signed(tmp_path: pathlib.Path) -> None:
    """Its own issuer."""
    issued = self_signed("alone", now=NOW, san=["localhost"])
    assert issued.certificate.issuer == issued.certificate.subject
    issued.certificate.verify_directly_issued_by(issued.certificate)
    loads(issued, tmp_path)


def test_keys(root: Authority) -> None:
    """PKCS#8, plain or under a password."""
    issued = root.issue("client")
    assert issued.key_pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    sealed = issued.encrypted_key_pem(b"secret")
    assert sealed.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    opened = serialization.load_pem_private_key(sealed, b"secret")
    assert opened.public_key() == issued.key.public_key()
    with pytest.raises(ValueError, match=r"(?i)password"):
        serialization.load_pem_private_key(sealed, b"wrong")


def test_written_for_the_owner_alone(root: Authority, tmp_path: pathlib.Path) -> None:
    """The key's mode is 0600, also where a file of another mode was there before."""
    (tmp_path / "tls.key").write_text("old")
    (tmp_path / "tls.key").chmod(0o644)
    for _ in range(2):
        issued = root.issue("client")
        loads(issued, tmp_path)
        assert stat.S_IMODE((tmp_path / "tls.key").stat().st_mode) == 0o600
        assert (tmp_path / "tls.key").read_bytes() == issued.key_pem
