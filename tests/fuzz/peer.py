"""A hostile peer on loopback, in a thread with blocking sockets: it keeps our receive buffer full, which a peer on our own loop cannot."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Final, Self

from tests.fuzz.material import server_context

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What to do with one connection until it ends or the event is set."""
_CHUNK: Final = 1 << 16


class Peer:
    """Accepts connections and lets `behaviour` have each."""

    def __init__(self, behaviour: Behaviour) -> None:
        """Nothing is opened before `with`."""
        self._behaviour = behaviour
        self._stop = threading.Event()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Drop every connection, and wait until nobody uses them any more."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                with contextlib.suppress(OSError), sock:  # whatever we did to it; ssl.SSLError too
                    self._behaviour(sock, self._stop)


def plain(*said: bytes) -> Behaviour:
    """After the ClientHello say each of `said`, without a pause, the last one for ever."""

    def behave(sock: socket.socket, stop: threading.Event) -> None:
        sock.recv(_CHUNK)
        _say(sock, stop, said)

    return behave


def after_handshake(*said: bytes, version: ssl.TLSVersion | None = None) -> Behaviour:
    """Shake hands, hear a request, and say each of `said`, the last one for ever."""
    context = server_context(version)

    def behave(sock: socket.socket, stop: threading.Event) -> None:
        with context.wrap_socket(sock.dup(), server_side=True) as stream:
            stream.recv(_CHUNK)
            _say(stream, stop, said)

    return behave


def drip(said: bytes, *, tls: bool, every_s: float = 0.01) -> Behaviour:
    """Say one byte after the other, for ever, each soon enough to reset a limit that is counted from the last one."""

    def speak(sock: socket.socket, stop: threading.Event) -> None:
        sock.recv(_CHUNK)
        for byte in _without_end(said):
            if stop.wait(every_s):
                return
            sock.sendall(bytes((byte,)))

    def behave(sock: socket.socket, stop: threading.Event) -> None:
        if not tls:
            return speak(sock, stop)
        with server_context().wrap_socket(sock.dup(), server_side=True) as stream:
            return speak(stream, stop)

    return behave


def _without_end(said: bytes) -> Iterator[int]:
    yield from said
    while True:
        yield said[-1]


def _say(sock: socket.socket, stop: threading.Event, said: tuple[bytes, ...]) -> None:
    for part in said[:-1]:
        sock.sendall(part)
    for_ever = said[-1] * (_CHUNK // len(said[-1]) + 1)
    while not stop.is_set():
        sock.sendall(for_ever)
