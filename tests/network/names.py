"""A name server in the connector's network: one name, one address (RFC 1035), over UDP."""

import socket
import struct
import threading
from contextlib import suppress
from typing import Final, Self

from tests.network.world import CONNECTOR, RESOLVER, Place, World

NAME: Final = "connector.test"
_ANSWER: Final = 0x8180
_A: Final = 1


class NameServer:
    """Answers until the block ends."""

    def __init__(self, world: World) -> None:
        """Where it is to stand."""
        self._world = world

    def __enter__(self) -> Self:
        """Listen at `RESOLVER`."""
        self._socket = self._world.inside(Place.CONNECTOR, _listening)
        self._thread = threading.Thread(target=self._serve, name="names")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port: whoever asks then is told so by ICMP."""
        with suppress(OSError):  # a socket without a peer says so, and its reader is told all the same
            self._socket.shutdown(socket.SHUT_RD)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                query, asker = self._socket.recvfrom(512)
                if not query:
                    return
                self._socket.sendto(_answer(query), asker)


def _listening() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((RESOLVER, 53))
    return made


def _answer(query: bytes) -> bytes:
    end = query.index(b"\0", 12) + 5
    (kind,) = struct.unpack("!H", query[end - 4 : end - 2])
    record = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 1, 4) + socket.inet_aton(CONNECTOR) if kind == _A else b""
    return query[:2] + struct.pack("!HHHHH", _ANSWER, 1, bool(record), 0, 0) + query[12:end] + record
