"""The plainest TLS client, to try the servers themselves with: the standard library, one request, one answer."""

import pathlib
import socket
import ssl

from tests.servers.material import Pair
from tests.servers.process import HOST

LIMIT_S = 20.0


def ask(port: int, *, trust: pathlib.Path, identity: Pair | None = None, request: bytes | None = None) -> bytes:
    """Everything that the server at `port` answers, from the status line on; raises what the handshake or the read raises."""
    context = ssl.create_default_context(cafile=trust)
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.private_key)
    plain = socket.create_connection((HOST, port), timeout=LIMIT_S)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as stream:
        stream.sendall(request or b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = b""
        while received := _receive(stream):
            answer += received
        return answer


def _receive(stream: ssl.SSLSocket) -> bytes:
    """The next bytes; nothing at an end, also at one without close_notify, as s_server leaves it."""
    try:
        return stream.recv(65536)
    except ssl.SSLEOFError:
        return b""
