"""The dead man's switch: told while runs finish, and left to fall when none does."""

import logging

import pytest

from probe.model.clock import FakeClock
from probe.model.paging import HeartbeatSpec
from probe.model.secret import Secret
from probe.pager.heartbeat import Heartbeat
from probe.pager.posting import HttpPost
from tests.pager.told import keeping, run
from tests.verdict.pages import EXPIRED, START


async def test_it_beats_while_runs_finish_whatever_their_outcome(caplog: pytest.LogCaptureFixture) -> None:
    """A failing path is the pages' business; a probe that hangs is the switch's."""
    clock = FakeClock(START)
    async with keeping(status=200) as kept:
        spec = HeartbeatSpec(url=Secret(f"{kept.url}/ping/secret"), every_s=60)
        heart = Heartbeat(spec, HttpPost(), clock=clock, silent_after_s=90)
        heart.run_finished(run(0, EXPIRED))
        assert (await heart.beat()).taken
        clock.advance(91)
        with caplog.at_level(logging.WARNING, logger="paypath.pager"):
            assert not (await heart.beat()).taken
        heart.run_finished(run(1))
        assert (await heart.beat()).taken
    assert kept.bodies == [{"alive": "paypath"}] * 2
    assert "no run has finished for 91 s" in caplog.text


async def test_a_switch_that_cannot_be_reached_is_said_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    """Its address is a secret."""
    spec = HeartbeatSpec(url=Secret("http://127.0.0.1:9/ping/secret"), every_s=60)
    heart = Heartbeat(spec, HttpPost(), clock=FakeClock(START), silent_after_s=90)
    with caplog.at_level(logging.WARNING, logger="paypath.pager"):
        await heart.beat()
        await heart.beat()
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text
