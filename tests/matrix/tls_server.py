"""TLS servers of our own: the product's own driver on the server's side, with an answer in HTTP as told."""

import ssl
from collections.abc import Awaitable, Callable

from probe.tls.evidence import record_on
from probe.tls.stream import TlsStream
from tests.matrix.fleet.door import Door, Room, accepted
from tests.matrix.material import Material
from tests.matrix.stage import Connection

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which Python has no name for
_LISTS = {Room.STALE_CRL: "stale_crl", Room.KNOWS_ISSUER_STALE: "stale_crl", Room.OTHER_CRL: "other_crl"}
Answering = Callable[[TlsStream], Awaitable[None]]


def context(material: Material, door: Door) -> ssl.SSLContext:
    """A server context for the door, which requires a client certificate."""
    made = lenient(material, door.tls, certificate=door.certificate)
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(accepted(material, door))
    made.load_verify_locations(getattr(material, _LISTS.get(door.room, "crl")))
    made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    return made


def lenient(material: Material, tls: str, *, certificate: str = "good") -> ssl.SSLContext:
    """A server context that asks for no client certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("DEFAULT:@SECLEVEL=0")  # it shows weak keys too
    made.minimum_version = made.maximum_version = VERSIONS[tls]
    pair = material.servers[certificate]
    made.load_cert_chain(pair.certificate, pair.private_key)
    record_on(made)
    return made


def curious(material: Material, tls: str) -> ssl.SSLContext:
    """A server context that asks for a client certificate, and takes none, or one that is out of date, as well."""
    made = lenient(material, tls)
    made.verify_mode = ssl.CERT_OPTIONAL
    made.load_verify_locations(material.accepted)
    made.verify_flags |= _NO_CHECK_TIME
    return made


def serving(made: ssl.SSLContext, answer: Answering) -> Connection:
    """A connection that shakes hands and then does what `answer` does."""

    async def connection(sock) -> None:  # noqa: ANN001 - see Connection
        stream = TlsStream(sock, made, server_side=True)
        try:
            await stream.handshake()
            await answer(stream)
        finally:
            await stream.close()

    return connection


async def ok(stream: TlsStream) -> None:
    """Read a request, answer 200."""
    await stream.read()
    await stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
