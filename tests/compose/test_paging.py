"""From configured sinks to real ones."""

import asyncio
import pathlib
import random

import pytest

from probe.catalogue.catalogue import load
from probe.compose.paging import PagingParts, Place, Unwritten, paging_parts, sink_of
from probe.history.pages import LEASE
from probe.history.store import History
from probe.model.clock import FakeClock
from probe.model.paging import HeartbeatSpec, PageAction, Paging, SinkKind, SinkSpec
from probe.model.secret import Secret
from probe.pager.alertmanager import Alertmanager
from probe.pager.heartbeat import Heartbeat
from probe.pager.pagerduty import PagerDuty
from probe.pager.posting import HttpPost
from probe.pager.sink import Sink
from probe.pager.webhook import Webhook
from tests.pager.told import Waited, run
from tests.verdict.pages import EXPIRED, START

URL = Secret("https://hooks.example/secret")


@pytest.mark.parametrize(
    ("kind", "made"),
    [(SinkKind.PAGERDUTY, PagerDuty), (SinkKind.ALERTMANAGER, Alertmanager), (SinkKind.WEBHOOK, Webhook)],
)
def test_each_kind_has_its_sink(kind: SinkKind, made: type) -> None:
    """By its configured name."""
    sink = sink_of(SinkSpec(name="oncall", kind=kind, url=URL, routing_key=Secret("key")), HttpPost())
    assert (type(sink), sink.name) == (made, "oncall")


def test_what_is_not_configured_is_not_there() -> None:
    """Nothing, a switch alone, or all of it."""

    def parts(paging: Paging) -> list[str] | None:
        made = paging_parts(
            paging,
            None,
            catalogue=load(),
            clock=FakeClock(START),
            randomness=random.Random(5023),
            intervals_s=[10.0],
            count=lambda _sink, _outcome: None,
        )
        return None if made is None else [type(each).__name__ for each in made.observers]

    beat = HeartbeatSpec(url=URL, every_s=60)
    sinks = (SinkSpec(name="chat", kind=SinkKind.WEBHOOK, url=URL),)
    assert parts(Paging()) is None
    assert parts(Paging(heartbeat=beat)) == [Heartbeat.__name__]
    assert parts(Paging(sinks=sinks, heartbeat=beat)) == ["Pager", "Heartbeat"]


SINKS = Paging(sinks=(SinkSpec(name="oncall", kind=SinkKind.WEBHOOK, url=URL),))
PLACE = Place(environment="staging", location="here")
PAIRS = [("handshake", "billing")]


def generation(history: History | None, sink: Sink, clock: FakeClock, unwritten: Unwritten) -> PagingParts:
    """What one configuration pages with, as `probe.compose.generation` makes it."""
    parts = paging_parts(
        SINKS,
        history,
        catalogue=load(),
        clock=clock,
        randomness=random.Random(5023),
        intervals_s=[10.0],
        count=lambda _sink, _outcome: None,
        sinks=[sink],
        unwritten=unwritten,
    )
    assert parts is not None
    assert parts.pager is not None
    parts.pager.configure(PAIRS, PLACE, at=clock.now())
    return parts


@pytest.mark.parametrize("written", [True, False])
async def test_an_incident_that_begins_while_a_configuration_takes_over_is_paged_once(
    tmp_path: pathlib.Path, *, written: bool
) -> None:
    """The sink has the page of the old one and has not answered when the new one takes over; failures go on in both. With and without a history."""
    clock, sink, unwritten = FakeClock(START), Waited("oncall"), Unwritten()
    histories = [History.open(tmp_path) if written else None for _ in range(2)]
    old, new = (generation(history, sink, clock, unwritten) for history in histories)
    assert old.pager is not None
    assert new.pager is not None
    for number in range(2):
        old.pager.run_finished(run(number, EXPIRED))
    clock.advance(20)
    async with asyncio.TaskGroup() as group:
        going = group.create_task(old.keep_going())
        await sink.asked.wait()
        group.create_task(old.finish(30.0))  # the new one has taken over
        old.pager.run_finished(run(2, EXPIRED))  # a run that was under way
        new.pager.run_finished(run(3, EXPIRED))
        await asyncio.sleep(0)
        sink.answers.set()
        await going
        clock.advance(LEASE.total_seconds() + 1)
        await new.delivery.deliver_due()
        assert [page.action for page in sink.taken] == [PageAction.TRIGGER]
        for number in (4, 5):
            new.pager.run_finished(run(number))
        clock.advance(60)
        await new.delivery.deliver_due()
    assert [page.action for page in sink.taken] == [PageAction.TRIGGER, PageAction.RESOLVE]
    for history in histories:
        if history is not None:
            history.close()
