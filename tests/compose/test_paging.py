"""From configured sinks to real ones."""

import random

import pytest

from probe.catalogue.catalogue import load
from probe.compose.paging import paging_parts, sink_of
from probe.model.clock import FakeClock
from probe.model.paging import HeartbeatSpec, Paging, SinkKind, SinkSpec
from probe.model.secret import Secret
from probe.pager.alertmanager import Alertmanager
from probe.pager.heartbeat import Heartbeat
from probe.pager.pagerduty import PagerDuty
from probe.pager.posting import HttpPost
from probe.pager.webhook import Webhook
from tests.verdict.pages import START

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
