"""A resolver that is dead: nobody at its address, and somebody who never answers."""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self

import yaml

from tests.faults.fault import Setting
from tests.faults.prober import Prober
from tests.faults.stand import PATH, Stand

ADDRESS: Final = "127.77.0.1"
NAME: Final = "connector.paypath.test"
NAMED: Final = "named"
"""The path whose connector is called by its name; that of the other is an address."""
_PORT: Final = 53


class Resolver:
    """Knows one name, which is on this machine. Use it in a `with` block."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._socket: socket.socket | None = None
        self.mute = False

    def __enter__(self) -> Self:
        """Listen."""
        self.listen()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Go."""
        self.go()

    def listen(self) -> None:
        """Answer from now on."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, _PORT))
        self._socket.settimeout(0.1)
        threading.Thread(target=self._serve, args=(self._socket,), daemon=True).start()

    def go(self) -> None:
        """Nobody is there from now on."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _serve(self, listening: socket.socket) -> None:
        while listening.fileno() >= 0:
            try:
                query, asker = listening.recvfrom(512)
                if not self.mute:
                    listening.sendto(_answer(query), asker)
            except TimeoutError:
                continue
            except OSError:
                return


def _answer(query: bytes) -> bytes:
    """127.0.0.1 to a question for an A record, and nothing to any other (RFC 1035 4.1)."""
    end = query.index(0, 12) + 5
    question, (kind,) = query[12:end], struct.unpack("!H", query[end - 4 : end - 2])
    records = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton("127.0.0.1") if kind == 1 else b""
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, int(kind == 1), 0, 0) + question + records


_RESOLVER: Final = Resolver()


@contextmanager
def _resolved(stand: Stand) -> Iterator[None]:
    (stand.directory / "resolv.conf").write_text(f"nameserver {ADDRESS}\noptions attempts:1 timeout:1\n")
    with _RESOLVER:
        yield


def _begin_with(stand: Stand) -> tuple[str, ...]:
    """The resolv.conf of this prober alone is another one."""
    mount = f'mount --bind {stand.directory / "resolv.conf"} /etc/resolv.conf && exec "$@"'
    return "unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh"


def _changes(stand: Stand) -> Mapping[str, Any]:
    paths = yaml.safe_load(stand.config_of_lab())["paths"]
    connector = paths[PATH]["connector"]
    port = connector["url"].rpartition(":")[2]
    named = {**connector, "url": f"https://{NAME}:{port}", "server_name": "localhost"}
    return {"environment": "staging", "paths": {**paths, NAMED: {"connector": named}}}


@contextmanager
def refused(_stand: Stand, _prober: Prober) -> Iterator[None]:
    """Its address answers that nobody is there."""
    _RESOLVER.go()
    try:
        yield
    finally:
        _RESOLVER.listen()


@contextmanager
def mute(_stand: Stand, _prober: Prober) -> Iterator[None]:
    """It takes questions, and answers none."""
    _RESOLVER.mute = True
    try:
        yield
    finally:
        _RESOLVER.mute = False


RESOLVED: Final = Setting(
    name="resolver", needs=("mount", "port 53"), around=_resolved, begin_with=_begin_with, changes=_changes
)
