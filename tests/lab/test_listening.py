"""The listening address: refused while down, the same port afterwards, and alive when file descriptors run out."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from probe.lab.listening import Listening
from tests.lab.visitor import PATIENCE_S, until


class Accepted:
    """Keeps what was accepted."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sockets: asyncio.Queue[socket.socket] = asyncio.Queue()

    async def one(self) -> None:
        """Wait for the next one and close it."""
        async with asyncio.timeout(PATIENCE_S):
            (await self.sockets.get()).close()


@contextmanager
def listening(*, started: bool = True) -> Iterator[tuple[Listening, Accepted]]:
    """One on a free port, closed at the end."""
    accepted = Accepted()
    listening = Listening(accepted.sockets.put_nowait)
    listening.bind("127.0.0.1", 0)
    if started:
        listening.start()
    try:
        yield listening, accepted
    finally:
        listening.stop()
        listening.close()


def refused(address: tuple[str, int]) -> bool:
    """Whether a connection is refused."""
    with socket.socket() as sock:
        return sock.connect_ex(address) != 0


async def test_down_and_up_again() -> None:
    """Down is refused, up again is the same port, as often as one likes; twice the same changes nothing."""
    with listening() as (address, accepted):
        port = address.address[1]
        for _ in range(3):
            address.down()
            address.down()
            assert refused(address.address)
            address.up()
            address.up()
            assert not refused(("127.0.0.1", port))
            await accepted.one()


async def test_down_and_up_with_a_connection_waiting() -> None:
    """What was not accepted is lost with the listener; what comes to the new one is accepted."""
    with listening() as (address, accepted):
        assert not refused(address.address)
        address.down()
        address.up()
        assert not refused(address.address)
        await accepted.one()


async def test_connections_queue_before_the_start() -> None:
    """Whoever comes between bind and start is served."""
    with listening(started=False) as (address, accepted):
        assert not refused(address.address)
        address.start()
        await accepted.one()


async def test_the_port_is_kept_while_down() -> None:
    """Nobody is given the port by accident: a bind without the intention to share fails."""
    with listening() as (address, accepted):
        address.down()
        with socket.socket() as sock, pytest.raises(OSError, match="in use"):
            sock.bind(address.address)
        address.up()
        assert not refused(address.address)
        await accepted.one()


async def test_a_port_that_was_taken_meanwhile() -> None:
    """Somebody listens there on purpose: up says so, and works once they are gone."""
    with listening() as (address, accepted):
        address.down()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(address.address)
            other.listen()
            for _ in range(2):
                with pytest.raises(OSError, match="in use"):
                    address.up()
        address.up()
        assert not refused(address.address)
        await accepted.one()


async def test_closed_is_free() -> None:
    """After close anybody may have the port."""
    with listening() as (address, _):
        address.close()
        with socket.socket() as sock:
            sock.bind(address.address)


@contextmanager
def no_file_descriptors() -> Iterator[None]:
    """As if the limit of open files were reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_no_file_descriptors_left() -> None:
    """EMFILE does not end the accepting: the connection waits, and is served when there are some again."""
    with listening() as (address, accepted), socket.socket() as client:
        client.settimeout(0)
        with no_file_descriptors():
            await asyncio.get_running_loop().sock_connect(client, address.address)
            await until(lambda: address.resting)
            assert accepted.sockets.empty()
        await accepted.one()


async def test_down_while_resting() -> None:
    """The pause after EMFILE does not bring back what was switched off."""
    with listening() as (address, accepted), socket.socket() as client:
        client.settimeout(0)
        with no_file_descriptors():
            await asyncio.get_running_loop().sock_connect(client, address.address)
            await until(lambda: address.resting)
        address.down()
        assert not address.resting
        assert refused(address.address)
        address.up()
        assert not refused(address.address)
        await accepted.one()


class Aborting(socket.socket):
    """A listener whose first connection left before it was accepted, as the kernel reports it."""

    aborted = 0

    def accept(self) -> tuple[socket.socket, object]:
        """ECONNABORTED once."""
        if not self.aborted:
            self.aborted += 1
            raise ConnectionAbortedError
        return super().accept()


async def test_a_connection_that_left_before_it_was_accepted() -> None:
    """ECONNABORTED is that connection's; the next one is accepted in the same round."""
    accepted = Accepted()
    listening = Listening(accepted.sockets.put_nowait)
    with Aborting() as listener:
        listener.settimeout(0)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not refused(listener.getsockname())
        listening._accept(listener)
        assert listener.aborted == 1
        await accepted.one()
    assert not listening.resting
