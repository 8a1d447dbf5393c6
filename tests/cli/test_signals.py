"""Real signals to this very process."""

import asyncio
import os
import signal

import pytest

from probe.cli.face import Face
from probe.cli.signals import Interrupted, first_signal, until_signal

FACE = Face(environ={})


async def arrive() -> None:
    """Let the loop take up a signal that was sent to this process."""
    for _ in range(5):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_stops_and_the_second_waits(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    """One act; the second signal only says that cleanup is under way."""
    acts: list[str] = []
    with first_signal(FACE, "stopping", lambda: acts.append("stop")):
        os.kill(os.getpid(), number)
        await arrive()
        os.kill(os.getpid(), number)
        await arrive()
    assert acts == ["stop"]
    assert capsys.readouterr().err.splitlines() == [
        "paypath: stopping",
        "paypath: cleanup is in progress; please wait",
    ]


async def test_a_cancelled_command_cleans_up_first() -> None:
    """The work is cancelled once, and its clean-up survives a second signal."""
    cleaned: list[str] = []
    begun = asyncio.Event()

    async def charge() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await arrive()
            cleaned.append("refunded")

    async def interrupt() -> None:
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        await asyncio.gather(until_signal(FACE, charge()), interrupt())
    assert cleaned == ["refunded"]


async def test_results_and_errors_come_out_as_they_are() -> None:
    """Without a signal nothing is changed or wrapped."""

    async def fails() -> None:
        raise KeyError("x")

    async def works() -> int:
        return 7

    assert await until_signal(FACE, works()) == 7
    with pytest.raises(KeyError):
        await until_signal(FACE, fails())


async def test_work_that_ends_with_a_result_although_cancelled() -> None:
    """What a stopped run still has to say is not thrown away."""

    async def stubborn() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "undone"
        return "never"

    assert await until_signal(FACE, stubborn()) == "undone"
