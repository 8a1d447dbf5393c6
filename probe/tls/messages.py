"""Read the few fields of handshake messages that OpenSSL does not hand out (RFC 5246, RFC 8446, RFC 8422, RFC 8879).

OpenSSL has the last word on whether a message is well formed: here a malformed one is merely not understood.
"""

import functools
from dataclasses import dataclass
from typing import Final

SERVER_HELLO: Final = 2
NEW_SESSION_TICKET: Final = 4
CERTIFICATE: Final = 11
SERVER_KEY_EXCHANGE: Final = 12
CERTIFICATE_REQUEST: Final = 13
SERVER_HELLO_DONE: Final = 14
FINISHED: Final = 20
COMPRESSED_CERTIFICATE: Final = 25
"""OpenSSL 3.2 and newer, where built with a compression (Debian 13), in place of a Certificate under TLS 1.3."""

TLS_1_3: Final = 0x0304
VERSIONS: Final[dict[int, str]] = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", TLS_1_3: "TLSv1.3"}

GROUPS: Final[dict[int, str]] = {
    19: "secp192r1",
    21: "secp224r1",
    22: "secp256k1",
    23: "secp256r1",
    24: "secp384r1",
    25: "secp521r1",
    26: "brainpoolP256r1",
    27: "brainpoolP384r1",
    28: "brainpoolP512r1",
    29: "x25519",
    30: "x448",
    31: "brainpoolP256r1tls13",
    32: "brainpoolP384r1tls13",
    33: "brainpoolP512r1tls13",
    41: "curveSM2",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    259: "ffdhe6144",
    260: "ffdhe8192",
    512: "MLKEM512",
    513: "MLKEM768",
    514: "MLKEM1024",
    4587: "SecP256r1MLKEM768",
    4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024",
}
"""IANA registry "TLS Supported Groups"."""

_HEADER: Final = 4
"""Type and length in front of every handshake message."""
_KEY_SHARE: Final = 51
_SUPPORTED_VERSIONS: Final = 43
_CERTIFICATE_AUTHORITIES: Final = 47
_NAMED_CURVE: Final = 3
_EMPTY_CERTIFICATE: Final = 4
"""Octets of a Certificate message of TLS 1.3 that holds none: no context in a handshake (RFC 8446 4.4.2), and no list."""


class MalformedMessageError(ValueError):
    """A length in a handshake message points outside of it."""


class _Reader:
    """A cursor over bytes that refuses to read past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if self._at + count > len(self._data):
            raise MalformedMessageError(f"wanted {count} bytes at {self._at} of {len(self._data)}")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size: int) -> int:
        """The next `size` bytes as a number."""
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """A vector behind a length of `size` bytes (RFC 8446 3.4)."""
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a ServerHello chose."""

    version: int
    group: int | None
    """Under TLS 1.3 only; the older versions say it in the ServerKeyExchange."""


def server_hello(message: bytes) -> ServerHello:
    """Read a ServerHello (or HelloRetryRequest), header included. Raises MalformedMessageError."""
    reader = _Reader(message[_HEADER:])
    version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    reader.take(3)
    extensions = _extensions(reader.vector(2)) if reader.more else {}
    if _SUPPORTED_VERSIONS in extensions:
        version = _Reader(extensions[_SUPPORTED_VERSIONS]).number(2)
    share = extensions.get(_KEY_SHARE)
    return ServerHello(version, None if share is None else _Reader(share).number(2))


def key_exchange_group(message: bytes) -> int | None:
    """The named curve of a TLS 1.2 ServerKeyExchange; None for finite-field Diffie-Hellman."""
    reader = _Reader(message[_HEADER:])
    return reader.number(2) if reader.number(1) == _NAMED_CURVE else None


@functools.lru_cache(maxsize=256)  # a server says the same in every handshake
def acceptable_names(message: bytes, version: int) -> tuple[bytes, ...]:
    """The DER names of the CAs that a CertificateRequest accepts; empty where it names none."""
    reader = _Reader(message[_HEADER:])
    reader.vector(1)  # 1.3: the request's context; 1.2: certificate types
    if version < TLS_1_3:
        reader.vector(2)  # signature algorithms
        return _names(reader.vector(2))
    listed = _extensions(reader.vector(2)).get(_CERTIFICATE_AUTHORITIES)
    return () if listed is None else _names(_Reader(listed).vector(2))


def has_certificate(message: bytes, version: int) -> bool:
    """Whether a Certificate message holds any: an empty one says "I have none"."""
    reader = _Reader(message[_HEADER:])
    if version >= TLS_1_3:
        reader.vector(1)
    return reader.number(3) > 0


def has_compressed_certificate(message: bytes) -> bool:
    """Whether a CompressedCertificate holds any, by the length it unpacks to: brotli and zstd are not unpacked for it (RFC 8879 4)."""
    reader = _Reader(message[_HEADER:])
    reader.number(2)  # the algorithm
    return reader.number(3) > _EMPTY_CERTIFICATE


def _extensions(data: bytes) -> dict[int, bytes]:
    reader = _Reader(data)
    found: dict[int, bytes] = {}
    while reader.more:
        kind = reader.number(2)
        found[kind] = reader.vector(2)
    return found


def _names(data: bytes) -> tuple[bytes, ...]:
    reader = _Reader(data)
    found: list[bytes] = []
    while reader.more:
        found.append(reader.vector(2))
    return tuple(found)
