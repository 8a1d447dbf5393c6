"""Pages reach their sinks: late, in order, once, whatever dies in between."""

import asyncio
import logging
import pathlib
import sqlite3
from datetime import timedelta

import pytest

from probe.history.pages import MemoryOutbox, Outbox
from probe.history.store import FILE_NAME, History
from probe.model.clock import FakeClock
from probe.model.paging import Page
from probe.pager.delivery import KEPT_FOR, LONGEST_PAUSE_S, Delivery
from probe.pager.sink import FakeSink, Receipt
from tests.history.test_pages import NOW, PAGE, RESOLVE
from tests.pager.told import RANDOMNESS, Waited


class Rig:
    """Sinks, a clock, and what was counted."""

    def __init__(self, *outboxes: Outbox, sinks: tuple[FakeSink, ...] | None = None) -> None:
        """Two sinks unless told otherwise."""
        self.clock = FakeClock(NOW + timedelta(seconds=5))
        self.sinks = sinks or (FakeSink("chat"), FakeSink("oncall"))
        self.counted: list[tuple[str, str]] = []
        self.outboxes = outboxes or (MemoryOutbox(),)
        self.delivery = Delivery(
            self.sinks,
            self.outboxes,
            clock=self.clock,
            randomness=RANDOMNESS,
            count=lambda sink, outcome: self.counted.append((sink, outcome)),
        )

    def put(self, *pages: object) -> None:
        """Pages into the first outbox."""
        names = [sink.name for sink in self.sinks]
        self.outboxes[0].turn("billing", lambda state: (state, pages), sinks=names)  # type: ignore[arg-type,return-value]


async def test_a_dead_sink_holds_up_nobody_and_loses_nothing() -> None:
    """The other one has it at once; when it is back, it gets the page and its end, in order, each once."""
    rig = Rig()
    chat, oncall = rig.sinks
    oncall.refuses = True
    rig.put(PAGE, RESOLVE)
    assert not await rig.delivery.deliver_all(30)
    assert chat.titles() == [PAGE.title, RESOLVE.title]
    assert oncall.tried > 1
    oncall.refuses = False
    assert await rig.delivery.deliver_all(60)
    assert oncall.titles() == [PAGE.title, RESOLVE.title]
    assert chat.titles() == [PAGE.title, RESOLVE.title]
    assert rig.counted.count(("oncall", "delivered")) == 2
    assert rig.counted.count(("oncall", "failed")) == oncall.tried - 2


async def test_the_pauses_grow_to_five_minutes() -> None:
    """A second, two, four, …: never longer than the longest, and never much shorter than meant."""
    rig = Rig(sinks=(FakeSink("oncall", refuses=True),))
    rig.put(PAGE)
    pauses = []
    for _ in range(14):
        await rig.delivery.deliver_due()
        due = rig.outboxes[0].next_due(["oncall"])
        assert due is not None
        pauses.append((due - rig.clock.now()).total_seconds())
        rig.clock.advance(pauses[-1])
    assert 0.8 <= pauses[0] <= 1.2
    assert all(0.8 * 2**n <= pause <= 1.2 * 2**n for n, pause in enumerate(pauses[:8]))
    assert all(0.8 * LONGEST_PAUSE_S <= pause <= 1.2 * LONGEST_PAUSE_S for pause in pauses[9:])


@pytest.mark.parametrize(("asked_s", "wait_s"), [(42.0, 42), (3600.0, 300)])
async def test_a_sink_may_say_when_to_come_back(asked_s: float, wait_s: int) -> None:
    """Within reason: five minutes at most."""

    class Limited(FakeSink):
        async def send(self, page: object) -> Receipt:
            del page
            return Receipt(taken=False, detail="HTTP 429", retry_after_s=asked_s)

    rig = Rig(sinks=(Limited("oncall"),))
    rig.put(PAGE)
    await rig.delivery.deliver_due()
    assert rig.outboxes[0].next_due(["oncall"]) == rig.clock.now() + timedelta(seconds=wait_s)


async def test_what_waited_for_a_week_is_given_up_and_said(caplog: pytest.LogCaptureFixture) -> None:
    """It helps nobody any more."""
    rig = Rig(sinks=(FakeSink("oncall", refuses=True),))
    rig.put(PAGE)
    rig.clock.advance(KEPT_FOR.total_seconds())
    with caplog.at_level(logging.WARNING, logger="paypath.pager"):
        await rig.delivery.deliver_due()
    assert rig.counted == [("oncall", "expired")]
    assert "given up" in caplog.text
    assert rig.outboxes[0].next_due(["oncall"]) is None


async def test_a_bug_in_one_sink_is_not_the_others_trouble(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the page is kept."""

    class Broken(FakeSink):
        async def send(self, page: object) -> Receipt:
            raise ZeroDivisionError(page)

    rig = Rig(sinks=(Broken("oncall"), FakeSink("chat")))
    rig.put(PAGE)
    await rig.delivery.deliver_due()
    assert sorted(rig.counted) == [("chat", "delivered"), ("oncall", "failed")]
    assert "this is a bug" in caplog.text


async def test_a_problem_is_said_once_in_a_row(caplog: pytest.LogCaptureFixture) -> None:
    """A sink that is down for an hour is not an hour of log."""
    rig = Rig(sinks=(FakeSink("oncall", refuses=True),))
    rig.put(PAGE)
    with caplog.at_level(logging.WARNING, logger="paypath.pager"):
        for _ in range(5):
            await rig.delivery.deliver_due()
            rig.clock.advance(LONGEST_PAUSE_S * 2)
    assert [r.getMessage() for r in caplog.records] == ["oncall does not take pages, they are kept: it is down"]


async def test_an_outbox_that_cannot_be_read_is_said_and_the_other_one_goes_on(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A history that was closed stands for one whose disk is gone."""
    history = History.open(tmp_path)
    history.close()
    memory = MemoryOutbox()
    rig = Rig(memory, history)
    rig.put(PAGE)
    assert await rig.delivery.deliver_all(60)
    assert rig.sinks[0].taken == [PAGE]
    assert "pages that wait cannot be read" in caplog.text


async def test_two_processes_hand_a_page_over_once(tmp_path: pathlib.Path) -> None:
    """Cron and a sidecar share a state directory: what one has taken the other leaves alone, also while the attempt lasts."""
    ours, theirs = History.open(tmp_path), History.open(tmp_path)
    begun, let_go = asyncio.Event(), asyncio.Event()

    class Slow(FakeSink):
        async def send(self, page: Page) -> Receipt:
            begun.set()
            await let_go.wait()
            return await super().send(page)

    sink = Slow("oncall")
    one, two = Rig(ours, sinks=(sink,)), Rig(theirs, sinks=(sink,))
    one.put(PAGE)
    async with asyncio.TaskGroup() as group:
        group.create_task(one.delivery.deliver_due())
        await begun.wait()
        await two.delivery.deliver_due()
        assert sink.taken == []
        let_go.set()
    await two.delivery.deliver_due()
    assert sink.taken == [PAGE]
    ours.close()
    theirs.close()


async def test_who_leaves_waits_for_the_answer_to_what_is_under_way() -> None:
    """And begins nothing more: broken off, the page would be sent again by whoever comes after."""
    sink = Waited("oncall")
    rig = Rig(sinks=(sink,))
    rig.put(PAGE, RESOLVE)
    async with asyncio.TaskGroup() as group:
        delivering = group.create_task(rig.delivery.keep_delivering())
        await sink.asked.wait()
        resting = group.create_task(rig.delivery.come_to_rest(30.0))
        await asyncio.sleep(0)
        assert not resting.done()
        sink.answers.set()
        await resting
        await delivering
    assert rig.counted == [("oncall", "delivered")]
    assert sink.titles() == [PAGE.title]


async def test_a_sink_that_never_answers_holds_up_nobody_who_leaves() -> None:
    """Neither does a delivery that was never begun."""
    sink = Waited("oncall")
    rig = Rig(sinks=(sink,))
    await rig.delivery.come_to_rest(0.0)
    assert await rig.delivery.deliver_all(0.0)
    rig = Rig(sinks=(sink,))
    rig.put(PAGE)
    async with asyncio.TaskGroup() as group:
        delivering = group.create_task(rig.delivery.keep_delivering())
        await sink.asked.wait()
        await rig.delivery.come_to_rest(0.01)
        delivering.cancel()
    assert rig.counted == []


async def test_a_page_that_was_taken_is_not_sent_again_while_the_file_is_locked(tmp_path: pathlib.Path) -> None:
    """That it was is written down later, before anything else is taken; and a locked file is not asked without a pause."""
    history = History.open(tmp_path)
    rig = Rig(history, sinks=(FakeSink("chat"),))
    (chat,) = rig.sinks
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)

    class Locking(FakeSink):
        async def send(self, page: Page) -> Receipt:
            other.execute("BEGIN IMMEDIATE")
            return await chat.send(page)

    rig.delivery._sinks["chat"] = Locking("chat")
    rig.put(PAGE)
    await rig.delivery.deliver_due()
    rig.clock.advance(60)
    before_s = rig.clock.monotonic()
    await rig.delivery.deliver_due()
    await rig.delivery._until_due()
    assert rig.clock.monotonic() - before_s >= 1
    other.execute("ROLLBACK")
    rig.delivery._sinks["chat"] = chat
    await rig.delivery.deliver_due()
    assert chat.titles() == [PAGE.title]
    assert history.next_due(["chat"]) is None
    other.close()
    history.close()


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_clock_that_is_set_back_delays_no_page(tmp_path: pathlib.Path, lasting: bool) -> None:  # noqa: FBT001 - a parameter
    """What was to be tried again in five minutes would wait for a day."""
    outbox: Outbox = History.open(tmp_path) if lasting else MemoryOutbox()
    rig = Rig(outbox, sinks=(FakeSink("oncall", refuses=True),))
    rig.put(PAGE)
    await rig.delivery.deliver_due()
    (oncall,) = rig.sinks
    oncall.refuses = False
    assert not outbox.take(["oncall"], now=rig.clock.now())
    assert outbox.take(["oncall"], now=rig.clock.now() - timedelta(days=1))
    if isinstance(outbox, History):
        outbox.close()
