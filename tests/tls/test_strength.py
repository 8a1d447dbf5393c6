"""Bits of security, as OpenSSL counts them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.tls.strength import key_bits, signature_bits


@pytest.mark.parametrize(
    ("key", "bits"),
    [
        (rsa.generate_private_key(65537, 1024).public_key(), 80),  # noqa: S505 - what is to be counted
        (rsa.generate_private_key(65537, 2048).public_key(), 112),
        (dsa.generate_private_key(1024).public_key(), 80),  # noqa: S505 - likewise
        (ec.generate_private_key(ec.SECP256R1()).public_key(), 128),
        (ec.generate_private_key(ec.SECP521R1()).public_key(), 260),
        (ed25519.Ed25519PrivateKey.generate().public_key(), 128),
        (ed448.Ed448PrivateKey.generate().public_key(), 224),
        (x25519.X25519PrivateKey.generate().public_key(), None),
    ],
)
def test_keys(key: PublicKeyTypes, bits: int | None) -> None:
    """NIST SP 800-57; a kind that signs nothing is not judged."""
    assert key_bits(key) == bits


def test_signatures_by_their_digest() -> None:
    """ECDSA with SHA-256; Ed25519, which brings its own digest."""
    now = SystemClock().now().replace(microsecond=0)
    root = Authority.root("root", now=now)
    assert signature_bits(root.issued.certificate) == 128
    key = ed25519.Ed25519PrivateKey.generate()
    old = root.issued.certificate
    builder = x509.CertificateBuilder(
        issuer_name=old.issuer,
        subject_name=old.subject,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=old.not_valid_before_utc,
        not_valid_after=old.not_valid_after_utc,
    )
    assert signature_bits(builder.sign(key, None)) == 128
