"""How many bits of security a certificate's key and its signature give, counted as OpenSSL counts them."""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_RSA: Final = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
"""Bits of a modulus, and what they are worth (NIST SP 800-57)."""
_BROKEN: Final = {"md5": 39, "sha1": 63}
"""Digests worth less than half of their length (OpenSSL 3, `X509_get_signature_info`)."""
_OF_EDWARDS: Final = {"1.3.101.112": 128, "1.3.101.113": 224}
"""Ed25519 and Ed448 by their OID: they bring their own digest."""
_HALF: Final = 4
"""Half of the eight bits of a byte: a collision costs the root."""


def key_bits(key: PublicKeyTypes) -> int | None:
    """Bits of security of a key; None for a kind that nobody has counted."""
    match key:
        case rsa.RSAPublicKey() | dsa.DSAPublicKey():
            return next((bits for size, bits in _RSA if key.key_size >= size), 0)
        case ec.EllipticCurvePublicKey():
            return key.key_size // 2
        case ed25519.Ed25519PublicKey():
            return 128
        case ed448.Ed448PublicKey():
            return 224
        case _:
            return None


def signature_bits(certificate: x509.Certificate) -> int | None:
    """Bits of security of the issuer's signature, by its digest; None for an algorithm that is not known here."""
    edwards = _OF_EDWARDS.get(certificate.signature_algorithm_oid.dotted_string)
    if edwards is not None:
        return edwards
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return None if digest is None else _BROKEN.get(digest.name, digest.digest_size * _HALF)
