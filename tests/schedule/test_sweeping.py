"""The hourly sweep: what it looks through, and that nothing ends it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from probe.catalogue.catalogue import load
from probe.model.clock import FakeClock
from probe.model.failure import Confidence
from probe.model.network import Endpoint
from probe.model.outcome import Passed, Unknown
from probe.model.path import Connector, PaymentPath
from probe.model.sweep import Sweep
from probe.runner.leftovers import Window
from probe.schedule.sweeping import Sweeping

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATH = PaymentPath(
    name="billing",
    connector=Connector(url="https://h:1", endpoint=Endpoint(host="h", port=1, server_name="h")),
)
TROUBLE = Unknown(load().failure("tcp.refused", phase=None, confidence=Confidence.PROVEN, summary="down"))


class Sweeps:
    """Notes what it is asked for, and stops the whole after the last scripted outcome."""

    def __init__(self, outcomes: Sequence[Passed | Unknown | Exception], stop: asyncio.Event) -> None:
        """`outcomes` in turn; an exception is raised."""
        self.outcomes = list(outcomes)
        self.stop = stop
        self.windows: list[Window] = []

    async def sweep(self, account: Sequence[PaymentPath], window: Window, *, stop: asyncio.Event) -> Sweep:
        """The next outcome."""
        self.windows.append(window)
        outcome = self.outcomes.pop(0)
        if not self.outcomes:
            self.stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return Sweep(
            path=account[0].name,
            paths=(account[0].name,),
            started_at=window.created_before + HOUR,
            duration_s=0,
            created_from=window.created_from,
            created_before=window.created_before,
            outcome=outcome,
        )


async def _swept(*outcomes: Passed | Unknown | Exception) -> tuple[list[Window], list[Sweep]]:
    stop, told = asyncio.Event(), list[Sweep]()
    sweeps = Sweeps(outcomes, stop)
    await Sweeping(sweeps, [[PATH]], clock=FakeClock(NOW), tell=told.append).keep_sweeping(stop)
    return sweeps.windows, told


async def test_the_first_look_goes_back_a_week_and_later_ones_to_the_one_before() -> None:
    """With an hour twice, for what was in use then."""
    windows, told = await _swept(Passed(), Passed())
    assert windows == [
        Window(created_from=NOW - timedelta(days=7), created_before=NOW - HOUR),
        Window(created_from=NOW - 2 * HOUR, created_before=NOW),
    ]
    assert len(told) == 2


async def test_what_could_not_be_looked_at_is_looked_at_again() -> None:
    """The window stays open until a sweep has passed."""
    windows, _ = await _swept(Passed(), TROUBLE, TROUBLE, Passed())
    assert [window.created_from for window in windows[1:]] == [NOW - 2 * HOUR] * 3
    assert windows[3].created_before == NOW + 2 * HOUR


async def test_a_bug_in_a_sweep_does_not_end_the_probing() -> None:
    """It is logged, and the next one begins anew."""
    windows, told = await _swept(RuntimeError("bug"), Passed())
    assert (len(windows), len(told)) == (2, 1)


async def test_without_an_account_there_is_nothing_to_do() -> None:
    """It ends at once."""
    stop = asyncio.Event()
    sweeps = Sweeps([], stop)
    await Sweeping(sweeps, [], clock=FakeClock(NOW), tell=lambda _told: None).keep_sweeping(stop)
    assert sweeps.windows == []
