"""How dear it is to open an encrypted private key (RFC 8018, RFC 7914), read without opening it.

The file itself says how often its password is to be hashed. OpenSSL obeys, whatever that takes: a billion rounds hold up
everything for a quarter of an hour.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterator
from typing import Final

from probe.certificates.der import CONSTRUCTED, IDENTIFIER, INTEGER, OCTETS, SEQUENCE, elements, first

_BLOCK: Final = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----([^-]*)-----END ENCRYPTED PRIVATE KEY-----")
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")
_MOST_ROUNDS: Final = 4_000_000
"""PBKDF2: some three seconds. OpenSSL writes 2048, OWASP asks for 600 000."""
_MOST_SCRYPT: Final = 1 << 20
"""N times r times p: a second, and 128 MB. OpenSSL writes 2**17."""
_DEEPEST: Final = 8
_DEEPEST_PKCS12: Final = 24
"""Bags in safes in octets, each some levels deep."""
_MAC_DATA: Final = 2
"""Its place in a PKCS#12 file, after the version and the safes."""
_DERIVING: Final = (
    bytes.fromhex("2a864886f70d01050c"),  # PBKDF2
    bytes.fromhex("2a864886f70d010c01"),  # PKCS#12's own, of all ciphers
    bytes.fromhex("2b06010401da47040b"),  # scrypt
)
_SCRYPT_IN_ROUNDS: Final = 4
"""A unit of scrypt costs about as much as this many rounds of PBKDF2: the two limits above, one by the other."""


def too_dear(pem: bytes) -> str | None:
    """Why a password should not be tried on a key of this PEM text; None where it may be."""
    for block in _BLOCK.finditer(pem):
        try:
            der = base64.b64decode(b"".join(block[1].split()), validate=True)
        except binascii.Error:
            continue
        numbers = list(_integers(first(first(der))))
        if _SCRYPT in der and math.prod(numbers[:3]) > _MOST_SCRYPT:
            return f"opening the key needs more than {_MOST_SCRYPT} rounds of scrypt"
        if _SCRYPT not in der and max(numbers, default=0) > _MOST_ROUNDS:
            return f"opening the key needs more than {_MOST_ROUNDS} rounds of hashing"
    return None


def too_dear_pkcs12(der: bytes) -> str | None:
    """Why a password should not be tried on this PKCS#12 file; None where it may be. All of its parts count together."""
    rounds = sum(_derivations(der)) + sum(_of_mac(der))
    return None if rounds <= _MOST_ROUNDS else f"opening it needs more than {_MOST_ROUNDS} rounds of hashing"


def _of_mac(der: bytes) -> Iterator[int]:
    """The rounds behind the file's checksum (MacData, RFC 7292 4)."""
    for place, (_, content, _) in enumerate(elements(first(der))):
        if place == _MAC_DATA:
            yield from (int.from_bytes(part.content, "big") for part in elements(content) if part.tag == INTEGER)


def _integers(der: bytes, depth: int = 0) -> Iterator[int]:
    """Every INTEGER, in order, at any depth that a key has."""
    for tag, content, _ in elements(der):
        if tag == INTEGER:
            yield int.from_bytes(content, "big")
        elif tag & CONSTRUCTED and depth < _DEEPEST:
            yield from _integers(content, depth + 1)


def _derivations(der: bytes, depth: int = 0) -> Iterator[int]:
    """The rounds of every algorithm of password-based encryption (RFC 8018, RFC 7292 B), at any depth."""
    algorithm = b""
    for place, (tag, content, _) in enumerate(elements(der)):
        if place == 0 and tag == IDENTIFIER and content.startswith(_DERIVING):
            algorithm = content
        elif place == 1 and tag == SEQUENCE and algorithm:
            numbers = list(_integers(content))
            yield math.prod(numbers[:3]) * _SCRYPT_IN_ROUNDS if algorithm == _SCRYPT else max(numbers, default=0)
        if (tag & CONSTRUCTED or tag == OCTETS) and depth < _DEEPEST_PKCS12:
            yield from _derivations(content, depth + 1)
