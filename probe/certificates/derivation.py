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

_BLOCK: Final = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----([^-]*)-----END ENCRYPTED PRIVATE KEY-----")
_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_MOST_ROUNDS: Final = 4_000_000
"""PBKDF2: some three seconds. OpenSSL writes 2048, OWASP asks for 600 000."""
_MOST_SCRYPT: Final = 1 << 20
"""N times r times p: a second, and 128 MB. OpenSSL writes 2**17."""
_CONSTRUCTED: Final = 0x20
_INTEGER: Final = 2
_LONG_FORM: Final = 0x80
_DEEPEST: Final = 8


def too_dear(pem: bytes) -> str | None:
    """Why a password should not be tried on a key of this PEM text; None where it may be."""
    for block in _BLOCK.finditer(pem):
        try:
            der = base64.b64decode(b"".join(block[1].split()), validate=True)
        except binascii.Error:
            continue
        numbers = list(_integers(_first(_first(der))))
        if _SCRYPT in der and math.prod(numbers[:3]) > _MOST_SCRYPT:
            return f"opening the key needs more than {_MOST_SCRYPT} rounds of scrypt"
        if _SCRYPT not in der and max(numbers, default=0) > _MOST_ROUNDS:
            return f"opening the key needs more than {_MOST_ROUNDS} rounds of hashing"
    return None


def _first(der: bytes) -> bytes:
    """The content of the first element: of the whole key, and then of the algorithm in it."""
    return next((content for _, content in _elements(der)), b"")


def _integers(der: bytes, depth: int = 0) -> Iterator[int]:
    """Every INTEGER, in order, at any depth that a key has."""
    for tag, content in _elements(der):
        if tag == _INTEGER:
            yield int.from_bytes(content, "big")
        elif tag & _CONSTRUCTED and depth < _DEEPEST:
            yield from _integers(content, depth + 1)


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element; ends at what is no DER, which OpenSSL refuses by itself."""
    at = 0
    while at + 2 <= len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & _LONG_FORM:
            size = length & ~_LONG_FORM
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        yield tag, der[at : at + length]
        at += length
