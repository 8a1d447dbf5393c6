"""Real messages to begin from: certificates, keys, and what a server says in a real handshake, made once for a process."""

import contextlib
import functools
import ssl
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.clock import SystemClock
from probe.tls.memory import as_file

NOW: Final = SystemClock().now()  # OpenSSL verifies by the machine's clock
PASSWORD: Final = "open sesame"
_HANDSHAKE_RECORD: Final = 22


@dataclass(frozen=True, slots=True)
class Made:
    """What a connector and its client are made of."""

    root: Authority
    server: Issued
    client: Issued

    @property
    def ders(self) -> tuple[bytes, ...]:
        """DER of three kinds of certificate."""
        parts = (self.root.issued, self.server, self.client)
        return tuple(part.certificate.public_bytes(Encoding.DER) for part in parts)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the server said in one handshake."""

    messages: tuple[bytes, ...]
    """Its handshake messages, decrypted, headers included."""
    flights: tuple[bytes, ...]
    """Its bytes on the wire, one for each time that it spoke."""


@functools.cache
def made() -> Made:
    """One small public key infrastructure."""
    root = Authority.root("fuzz root", now=NOW)
    server = root.issue("localhost", san=["localhost", "127.0.0.1"], usages=[SERVER_AUTH])
    return Made(root, server, root.issue("billing"))


@functools.cache
def spoken(version: ssl.TLSVersion) -> Spoken:
    """A real handshake in memory, the client's certificate required."""
    messages: list[bytes] = []

    def hear(_connection: object, direction: str, _version: int, kind: int, _message: int, data: bytes) -> None:
        if direction == "write" and kind == _HANDSHAKE_RECORD:
            messages.append(bytes(data))

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = server_context(version)
    serving._msg_callback = hear  # type: ignore[attr-defined]  # the way of probe.tls.evidence
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = client_context().wrap_bio(from_server := ssl.MemoryBIO(), to_server, server_hostname="localhost")
    flights: list[bytes] = []
    for _ in range(4):
        _advance(client)
        _advance(server)
        flights.append(to_client.read())
        from_server.write(flights[-1])
    return Spoken(tuple(messages), tuple(flight for flight in flights if flight))


@functools.cache
def rsa_keys() -> tuple[bytes, ...]:
    """An RSA key in PKCS#8 and in its own form: what DER of many numbers looks like."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    return tuple(key.private_bytes(Encoding.PEM, form, NoEncryption()) for form in forms)


@functools.cache
def staples() -> tuple[bytes, ...]:
    """OCSP responses about the server's certificate: good, revoked, and none at all."""
    leaf, issuer = made().server.certificate, made().root.issued
    cases = (
        (ocsp.OCSPCertStatus.GOOD, None, None),
        (ocsp.OCSPCertStatus.REVOKED, NOW, x509.ReasonFlags.key_compromise),
    )
    found = [
        ocsp.OCSPResponseBuilder()
        .add_response(leaf, issuer.certificate, hashes.SHA1(), status, NOW, NOW, revoked_at, reason)  # noqa: S303 - what responders use
        .responder_id(ocsp.OCSPResponderEncoding.NAME, issuer.certificate)
        .certificates([issuer.certificate])
        .sign(issuer.key, hashes.SHA256())
        for status, revoked_at, reason in cases
    ]
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return tuple(response.public_bytes(Encoding.DER) for response in (*found, refused))


def server_context(version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A server that requires a client certificate of the root."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    _equip(context, made().server)
    return context


def client_context() -> ssl.SSLContext:
    """A client that it lets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _equip(context, made().client)
    return context


def _equip(context: ssl.SSLContext, issued: Issued) -> None:
    context.load_verify_locations(cadata=made().root.certificate_pem.decode())
    with as_file(issued.certificate_pem + issued.key_pem) as file:
        context.load_cert_chain(file)


def _advance(side: ssl.SSLObject) -> None:
    with contextlib.suppress(ssl.SSLWantReadError):
        side.do_handshake()
