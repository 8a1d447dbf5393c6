"""Real signals to this very process."""

import asyncio
import os
import signal

import pytest

from probe.cli.face import Face
from probe.cli.signals import first_signal

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


async def test_what_received_them_before_does_so_again() -> None:
    """A signal after the block does not fall back to Python's own way of ending."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with first_signal(FACE, "stopping", lambda: None):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
