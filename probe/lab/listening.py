"""A listening address that goes down and comes back, and outlives a shortage of file descriptors."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Final

_BACKLOG: Final = 128
_PAUSE_S: Final = 0.1
"""How long accepting rests when the kernel cannot give a connection: file descriptors or memory ran out."""


class Listening:
    """Accepts on one address; hands each connection, non-blocking, to `accepted`, which may not raise."""

    def __init__(self, accepted: Callable[[socket.socket], None]) -> None:
        """Nothing listens yet."""
        self._accepted = accepted
        self._listener: socket.socket | None = None
        self._place: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pause: asyncio.TimerHandle | None = None
        self.address: tuple[str, int] = ("127.0.0.1", 0)

    @property
    def resting(self) -> bool:
        """Whether accepting rests because the kernel could not give a connection."""
        return self._pause is not None

    def bind(self, host: str, port: int) -> None:
        """Take the address (port 0: a free one); connections queue until `start`. Raises OSError where it is taken."""
        self.address = (host, port)
        self.up()

    def up(self) -> None:
        """Listen; nothing happens where it does already. Raises OSError where the address was taken meanwhile."""
        if self._listener is not None:
            return
        held = self._give_place_up()
        try:
            listener = _bound(self.address, listen=True)
        except OSError:
            if held:
                self._hold_place()
            raise
        self._listener = listener
        self.address = listener.getsockname()[:2]
        self._watch()

    def down(self) -> None:
        """Stop listening: from now on the kernel refuses connections. Those that were not accepted are reset."""
        if self._listener is None:
            return
        self._unwatch()
        self._listener.close()
        self._listener = None
        self._hold_place()

    def close(self) -> None:
        """Give the address up."""
        self.down()
        self._give_place_up()

    def start(self) -> None:
        """Accept from now on, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._watch()

    def stop(self) -> None:
        """Accept no more; connections queue again."""
        self._unwatch()
        self._loop = None

    def _watch(self) -> None:
        self._pause = None
        if self._loop is not None and self._listener is not None:
            self._loop.add_reader(self._listener, self._accept, self._listener)

    def _unwatch(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._loop is not None and self._listener is not None:
            self._loop.remove_reader(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        """Accept what waits. An error of accept is one connection's, or passes: it never ends the listening."""
        for _ in range(_BACKLOG):
            try:
                sock, _address = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:  # it left before it was accepted
                continue
            except (
                OSError
            ):  # EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection still waits, and would wake us at once again
                self._rest()
                return
            sock.settimeout(0)
            self._accepted(sock)

    def _rest(self) -> None:
        self._unwatch()
        if self._loop is not None:
            self._pause = self._loop.call_later(_PAUSE_S, self._watch)

    def _hold_place(self) -> None:
        """Bind the address without listening, so that no outgoing connection of anybody is given our port meanwhile."""
        with contextlib.suppress(OSError):  # somebody was quicker: `up` will say so
            self._place = _bound(self.address, listen=False)

    def _give_place_up(self) -> bool:
        """Whether there was one."""
        place, self._place = self._place, None
        if place is not None:
            place.close()
        return place is not None


def _bound(address: tuple[str, int], *, listen: bool) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        if listen:
            sock.listen(_BACKLOG)
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock
