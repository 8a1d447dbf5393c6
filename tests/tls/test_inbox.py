"""Bytes are handed on as they come, to whoever waits, and are left in the socket where nobody does."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from probe.tls.inbox import Inbox


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets: the inbox's, and its peer's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)  # noqa: FBT003 - socket's own signature
        yield ours, theirs


async def test_everybody_who_waits_is_told(ends: tuple[socket.socket, socket.socket]) -> None:
    """One chunk ends the waits of all, and the end of the bytes is an arrival too."""
    ours, theirs = ends
    taken: list[bytes] = []
    inbox = Inbox(ours, taken.append)
    with contextlib.closing(inbox):
        async with asyncio.TaskGroup() as group:
            group.create_task(inbox.arrival())
            group.create_task(inbox.arrival())
            theirs.send(b"hello")
        theirs.shutdown(socket.SHUT_WR)
        await inbox.arrival()
    assert taken == [b"hello", b""]


class Starved(socket.socket):
    """There is no memory for what has come."""

    def recv(self, *_: object) -> bytes:
        """Never."""
        raise MemoryError


@pytest.mark.parametrize("where", ["taking", "handing on"])
async def test_want_of_memory_is_told_to_who_waits(where: str, ends: tuple[socket.socket, socket.socket]) -> None:
    """Once: left to the loop it would come again in each of its turns, with a traceback each, and nobody would hear of it."""
    ours, theirs = ends
    unheard: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unheard.append(context))

    def full(_data: bytes) -> None:
        raise MemoryError

    taken: list[bytes] = []
    with Starved(fileno=ours.detach()) if where == "taking" else ours as sock:
        inbox = Inbox(sock, taken.append if where == "taking" else full)
        with contextlib.closing(inbox):
            theirs.send(b"hello")
            with pytest.raises(MemoryError):
                await inbox.arrival()
    assert unheard == []


async def test_nothing_is_taken_that_nobody_waits_for(ends: tuple[socket.socket, socket.socket]) -> None:
    """Else a peer could fill the memory; it is there for the next who waits."""
    ours, theirs = ends
    taken: list[bytes] = []
    inbox = Inbox(ours, taken.append)
    with contextlib.closing(inbox):
        theirs.send(b"one")
        await inbox.arrival()
        theirs.send(b"two")
        for _ in range(3):
            await asyncio.sleep(0)
        assert taken == [b"one"]
        assert ours.recv(16, socket.MSG_PEEK) == b"two"
        await inbox.arrival()
    assert taken == [b"one", b"two"]


async def test_who_gave_up_does_not_keep_it_reading(ends: tuple[socket.socket, socket.socket]) -> None:
    """A wait that was cut short takes nothing after it."""
    ours, theirs = ends
    taken: list[bytes] = []
    inbox = Inbox(ours, taken.append)
    with contextlib.closing(inbox):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await inbox.arrival()
        theirs.send(b"late")
        for _ in range(3):
            await asyncio.sleep(0)
        assert taken == []


async def test_a_broken_connection_is_raised(ends: tuple[socket.socket, socket.socket]) -> None:
    """With what the socket says of it."""
    ours, theirs = ends
    ours.send(b"unread")
    inbox = Inbox(ours, lambda _: None)
    theirs.close()  # with bytes that it has not read: a reset
    with contextlib.closing(inbox), pytest.raises(ConnectionResetError):
        await inbox.arrival()
