"""The server's half of a TLS 1.3 handshake (RFC 8446), written out, so that a test can send any alert at all after it.

No library sends an alert that it has no cause for. This one shakes hands as far as the client's own Finished, which it does not read: the
keys for what a server says then are made from what was said before.
"""

import hashlib
import hmac
import os
import socket
import struct
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from probe.lab.pki import Issued
from tests.matrix.wire import ALERT, APPLICATION, HANDSHAKE, read_record, record, send

_SUITE: Final = b"\x13\x01"  # TLS_AES_128_GCM_SHA256
_X25519: Final = 29
_ECDSA_P256: Final = b"\x04\x03"
_EMPTY: Final = hashlib.sha256(b"").digest()
_CHANGE_CIPHER_SPEC: Final = b"\x14\x03\x03\x00\x01\x01"


class Keys:
    """What one direction is encrypted with."""

    def __init__(self, secret: bytes) -> None:
        """Derive key and nonce from a traffic secret (RFC 8446 7.3)."""
        self.finished = _expand(secret, b"finished", b"", 32)
        self._aead = AESGCM(_expand(secret, b"key", b"", 16))
        self._nonce = int.from_bytes(_expand(secret, b"iv", b"", 12), "big")
        self._sequence = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """One encrypted record."""
        nonce = (self._nonce ^ self._sequence).to_bytes(12, "big")
        self._sequence += 1
        inner = content + bytes([kind])
        header = struct.pack("!BHH", APPLICATION, 0x0303, len(inner) + 16)
        return header + self._aead.encrypt(nonce, inner, header)


async def shake_hands(sock: socket.socket, issued: Issued, *, asks: bool) -> Keys:
    """Do the server's part and wait for the client's last flight; returns the keys for what the server says next.

    `asks`: a client certificate is requested.
    """
    hello = (await read_record(sock))[5:]
    ours = X25519PrivateKey.generate()
    answer = _server_hello(hello, ours)
    shared = ours.exchange(X25519PublicKey.from_public_bytes(_key_share(hello)))
    said = hello + answer
    handshake_secret = _extract(_expand(_extract(bytes(32), bytes(32)), b"derived", _EMPTY, 32), shared)
    keys = Keys(_expand(handshake_secret, b"s hs traffic", _digest(said), 32))
    flight = [_message(8, _vector(2, b""))]
    flight += [_certificate_request()] if asks else []
    flight.append(_certificate(issued))
    flight.append(_certificate_verify(issued, said + b"".join(flight)))
    finished = hmac.new(keys.finished, _digest(said + b"".join(flight)), hashlib.sha256).digest()
    flight.append(_message(20, finished))
    said += b"".join(flight)
    sealed = b"".join(keys.seal(HANDSHAKE, message) for message in flight)
    await send(sock, record(HANDSHAKE, answer) + _CHANGE_CIPHER_SPEC + sealed)
    while (await read_record(sock))[0] != APPLICATION:
        pass
    master = _extract(_expand(handshake_secret, b"derived", _EMPTY, 32), bytes(32))
    return Keys(_expand(master, b"s ap traffic", _digest(said), 32))


async def alert_after_handshake(sock: socket.socket, issued: Issued, number: int, *, asks: bool = True) -> None:
    """Shake hands, and then send this fatal alert and nothing else."""
    keys = await shake_hands(sock, issued, asks=asks)
    await send(sock, keys.seal(ALERT, bytes([2, number])))


def _server_hello(hello: bytes, ours: X25519PrivateKey) -> bytes:
    """A ServerHello for the session id and the x25519 share of the client's."""
    public = ours.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    share = struct.pack("!HH", _X25519, len(public)) + public
    extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33" + _vector(2, share)
    session = hello[39 : 39 + hello[38]]
    return _message(2, b"\x03\x03" + os.urandom(32) + _vector(1, session) + _SUITE + b"\x00" + _vector(2, extensions))


def _key_share(hello: bytes) -> bytes:
    """The client's x25519 public key."""
    at = 39 + hello[38]
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 1 + hello[at] + 2
    while at < len(hello):
        kind, length = struct.unpack("!HH", hello[at : at + 4])
        body = hello[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == 51:
            return _x25519_of(body[2:])
    raise ValueError("the client offers no key share")


def _x25519_of(shares: bytes) -> bytes:
    while shares:
        group, length = struct.unpack("!HH", shares[:4])
        if group == _X25519:
            return shares[4 : 4 + length]
        shares = shares[4 + length :]
    raise ValueError("the client offers no x25519 share")


def _certificate_request() -> bytes:
    return _message(13, b"\x00" + _vector(2, b"\x00\x0d" + _vector(2, _vector(2, _ECDSA_P256))))


def _certificate(issued: Issued) -> bytes:
    ders = [certificate.public_bytes(Encoding.DER) for certificate in (issued.certificate, *issued.chain)]
    return _message(11, b"\x00" + _vector(3, b"".join(_vector(3, der) + b"\x00\x00" for der in ders)))


def _certificate_verify(issued: Issued, said: bytes) -> bytes:
    assert isinstance(issued.key, ec.EllipticCurvePrivateKey)
    text = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00" + _digest(said)
    return _message(15, _ECDSA_P256 + _vector(2, issued.key.sign(text, ec.ECDSA(hashes.SHA256()))))


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _vector(3, body)


def _vector(size: int, body: bytes) -> bytes:
    return len(body).to_bytes(size, "big") + body


def _digest(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()


def _extract(salt: bytes, secret: bytes) -> bytes:
    return hmac.new(salt, secret, hashlib.sha256).digest()


def _expand(secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label; one block of SHA-256 is always enough here."""
    name = b"tls13 " + label
    described = struct.pack("!H", length) + _vector(1, name) + _vector(1, context)
    return hmac.new(secret, described + b"\x01", hashlib.sha256).digest()[:length]
