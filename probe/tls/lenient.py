"""A TLS client that goes on after every objection and notes them all: what the standard library cannot do.

On pyOpenSSL, which speaks through the OpenSSL inside of `cryptography` and not Python's own: good for explaining, never for a
verdict. Import this module only where it is used: it costs about 40 ms. (docs/decisions/0010-diagnostic-pass.md)
"""

import asyncio
import contextlib
import ipaddress
import pathlib
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from OpenSSL import SSL, crypto

from probe.model.path import TlsVersion, Verify
from probe.tls.contexts import read_trust
from probe.tls.foreign import foreign_der
from probe.tls.memory import as_file
from probe.tls.names import rfc4514

_VERSIONS: Final = {TlsVersion.TLS_1_2: SSL.TLS1_2_VERSION, TlsVersion.TLS_1_3: SSL.TLS1_3_VERSION}
_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
"""X509_V_ERR numbers of a chain that does not lead to what is trusted."""
_CHUNK: Final = 65536
_PARTING_S: Final = 0.25
_PARTING_CHUNKS: Final = 64
"""How long to listen after our side is done: closing at once would show as a reset in the peer's log."""


class BrokenOffError(Exception):
    """The handshake did not end well; what was seen before it did is kept."""


class LenientClient:
    """One connection without a client certificate. After `shake_hands`, also a failed one, its attributes tell what was seen."""

    def __init__(self, verify: Verify, trust: pathlib.Path | None, server_name: str) -> None:
        """Verify as the path does. Raises ContextError, SSL.Error, ValueError where that cannot be set up."""
        context = _context(verify, trust)
        context.set_verify(SSL.VERIFY_PEER, self._objected)
        context.set_ocsp_client_callback(self._stapled)
        self._connection = SSL.Connection(context, None)
        self._connection.set_connect_state()
        self._connection.request_ocsp()
        if not _is_address(server_name):
            self._connection.set_tlsext_host_name(server_name.encode("idna"))
        self.objections: dict[tuple[int, int], bytes] = {}
        """(depth, X509_V_ERR number) -> DER of the certificate that it is about."""
        self.checked: dict[int, bytes] = {}
        """DER of the chain that verification built, by depth."""
        self.staple: bytes | None = None

    async def shake_hands(self, sock: socket.socket) -> None:
        """Drive the handshake over a connected, non-blocking socket. Raises BrokenOffError, OSError, EOFError."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                await self._flush(sock)
                await asyncio.sleep(0)  # sock_recv never lets go of the loop while a fast peer keeps the buffer full
                data = await loop.sock_recv(sock, _CHUNK)
                if not data:
                    raise EOFError("the peer closed the connection during the handshake") from None
                self._connection.bio_write(data)
            except SSL.Error as error:
                await self._flush(sock)
                raise BrokenOffError(_said(error)) from None
            else:
                break
        await self._flush(sock)

    async def part(self, sock: socket.socket) -> None:
        """Say goodbye, and let the peer say what it has against a client without a certificate; never raises for it."""
        with contextlib.suppress(SSL.Error):  # the handshake was not finished
            self._connection.shutdown()
        with contextlib.suppress(OSError):  # TimeoutError too: we listened long enough
            await self._flush(sock)
            sock.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(_PARTING_S):
                for _ in range(_PARTING_CHUNKS):  # sock_recv alone never lets go of the loop: a fast peer would keep us
                    if not await asyncio.get_running_loop().sock_recv(sock, _CHUNK):
                        break

    @property
    def version(self) -> str | None:
        """The negotiated version; None before a certificate was seen."""
        return self._connection.get_protocol_version_name() if self.presented else None

    @property
    def presented(self) -> tuple[bytes, ...]:
        """DER of what the peer sent, leaf first."""
        return tuple(_der(found) for found in self._connection.get_peer_cert_chain() or ())

    @property
    def acceptable(self) -> tuple[str, ...]:
        """RFC 4514 names of the CAs whose client certificates the peer says it accepts."""
        try:
            with foreign_der():
                names = self._connection.get_client_ca_list(as_cryptography=True)
        except ValueError:  # a name that cryptography cannot read
            return ()
        return tuple(rfc4514(name.public_bytes()) for name in names)

    def leads_to_trust(self, chain: Sequence[bytes]) -> bool:
        """Whether a chain (DER, leaf first) leads to what the path trusts, whatever else is wrong with it."""
        store = self._connection.get_context().get_cert_store()
        certificates = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain]
        if store is None:
            return False
        try:
            crypto.X509StoreContext(store, certificates[0], certificates[1:]).verify_certificate()
        except crypto.X509StoreContextError as error:
            return error.errors[0] not in _UNTRUSTED
        return True

    def _objected(self, _connection: SSL.Connection, found: crypto.X509, code: int, depth: int, ok: int) -> bool:
        """OpenSSL's verify callback: note it, and go on."""
        self.checked[depth] = _der(found)
        if not ok:
            self.objections.setdefault((depth, code), self.checked[depth])
        return True

    def _stapled(self, _connection: SSL.Connection, response: bytes, _data: object) -> bool:
        self.staple = response or None
        return True

    async def _flush(self, sock: socket.socket) -> None:
        with contextlib.suppress(SSL.WantReadError):  # nothing more to send
            while True:
                await asyncio.get_running_loop().sock_sendall(sock, self._connection.bio_read(_CHUNK))


def engine() -> str:
    """The OpenSSL that speaks here: `OpenSSL 3.5.0 8 Apr 2025`."""
    return SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode("ascii", "replace")


def _context(verify: Verify, trust: pathlib.Path | None) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(_VERSIONS[verify.tls_min])
    if verify.tls_max is not None:
        context.set_max_proto_version(_VERSIONS[verify.tls_max])
    if verify.alpn:
        context.set_alpn_protos([name.encode() for name in verify.alpn])
    # The level of Python's OpenSSL decides on the path, and this one's default may differ.
    level = verify.security_level
    level = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).security_level if level is None else level
    context.set_cipher_list(f"{verify.ciphers or 'DEFAULT'}:@SECLEVEL={level}".encode())
    _trust(context, trust)
    store = context.get_cert_store()
    if store is not None:
        _strictness(store, verify)
    return context


def _trust(context: SSL.Context, trust: pathlib.Path | None) -> None:
    """What the path trusts; None: the store of the system's OpenSSL, which the bundled one does not know."""
    if trust is None:
        system = ssl.get_default_verify_paths()
        if system.cafile or system.capath:
            context.load_verify_locations(system.cafile, system.capath)
        return
    with as_file(read_trust(trust)) as file:
        context.load_verify_locations(file)


def _strictness(store: crypto.X509Store, verify: Verify) -> None:
    if verify.strict:
        store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    if verify.partial_chain:
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    if verify.crl is not None:
        for pem in _blocks(verify.crl.read_bytes(), b"X509 CRL"):
            store.add_crl(x509.load_pem_x509_crl(pem))
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK)


def _blocks(content: bytes, label: bytes) -> list[bytes]:
    """Each PEM block of that label."""
    begin, end = b"-----BEGIN " + label + b"-----", b"-----END " + label + b"-----"
    parts = content.split(begin)[1:]
    return [begin + part.split(end)[0] + end + b"\n" for part in parts if end in part]


def _said(error: SSL.Error) -> str:
    """OpenSSL's reasons; pyOpenSSL gives them as a list of (library, function, reason)."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(str(entry[-1]) for entry in queue) or type(error).__name__


def _der(found: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, found)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
