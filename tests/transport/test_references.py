"""Addresses beside the paths: what their answers, and their silence, say of this machine's network."""

import asyncio
import errno
import socket
from collections.abc import Callable

from probe.transport.dial import Address
from probe.transport.references import ASK_EVERY_S, LIMIT_S, References
from tests.support.virtual_time import VirtualClock, run_virtually

FIRST, SECOND = ("10.0.0.1", 443), ("10.0.0.2", 53)
CUT_OFF = "10.0.0.1:443, 10.0.0.2:53 of `self_check.addresses`: answered before, and nobody does now"


class Net:
    """A network in which some machines answer, some refuse, and the rest is silent."""

    def __init__(self, *answering: tuple[str, int]) -> None:
        """`answering` do."""
        self.answering = set(answering)
        self.refusing: set[tuple[str, int]] = set()
        self.asked = 0

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """Never asked."""
        raise AssertionError(f"{host}:{port} is looked up")

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:
        """Never asked."""
        raise AssertionError(f"{host}:{port} is looked up in {family}")

    async def connect(self, address: Address) -> socket.socket:
        """As told."""
        self.asked += 1
        if (address.host, address.port) in self.refusing:
            raise OSError(errno.ECONNREFUSED, "refused")
        if (address.host, address.port) in self.answering:
            return socket.socket()
        await asyncio.Event().wait()
        raise AssertionError


def played(net: Net, *then: Callable[[Net, References], None], apart_s: float = 2 * ASK_EVERY_S) -> list[str | None]:
    """What is said after each of these, so far apart."""

    async def scene() -> list[str | None]:
        clock = VirtualClock()
        references = References((FIRST, SECOND), dialer=net, clock=clock)
        said: list[str | None] = []
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(references.keep_asking())
            await clock.sleep(2 * LIMIT_S)
            for each in then:
                each(net, references)
                await clock.sleep(apart_s)
                said.append(await references.why_offline())
            asking.cancel()
        return said

    return run_virtually(scene())


def silent(net: Net, _: References) -> None:
    """Nobody answers any more."""
    net.answering, net.refusing = set(), set()


def one_refuses(net: Net, _: References) -> None:
    """The first is silent, the second refuses."""
    net.answering, net.refusing = set(), {SECOND}


def passed(_: Net, references: References) -> None:
    """A path has passed."""
    references.network_works()


def test_all_that_answered_are_silent() -> None:
    """Then nothing can be said of a path, for as long as it lasts; one answer is enough for the opposite, a refusal too."""
    assert played(Net(FIRST, SECOND), silent, silent, one_refuses, silent) == [CUT_OFF, CUT_OFF, None, CUT_OFF]


def test_what_never_answered_says_nothing() -> None:
    """A wrong address, or one that a firewall forbids."""
    assert played(Net(), silent, silent) == [None, None]
    only_one = played(Net(FIRST), silent)
    assert only_one == ["10.0.0.1:443 of `self_check.addresses`: answered before, and nobody does now"]


def test_what_was_silent_while_a_path_passed_says_nothing() -> None:
    """It was taken down, or forbidden: later, an outage of the path is one."""
    assert played(Net(FIRST, SECOND), silent, silent, passed, silent) == [CUT_OFF, CUT_OFF, None, None]


def test_while_another_path_passes_the_network_works() -> None:
    """Whatever the addresses say at that moment."""
    assert played(Net(FIRST, SECOND), silent, passed, apart_s=1.0) == [CUT_OFF, None]


def test_who_asks_at_once_gets_one_answer() -> None:
    """A thousand paths fail in the same second; without addresses nothing is asked."""

    async def scene() -> int:
        net, clock = Net(FIRST, SECOND), VirtualClock()
        references = References((FIRST, SECOND), dialer=net, clock=clock)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(references.keep_asking())
            await clock.sleep(1)
            for _ in range(100):
                group.create_task(references.why_offline())
            asking.cancel()
        await References((), dialer=net, clock=clock).keep_asking()
        return net.asked

    assert run_virtually(scene()) == 2
