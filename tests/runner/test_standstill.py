"""A process that does not get to its own run says nothing about the path: its loop is held up for real here."""

import asyncio
import random

from probe.catalogue.catalogue import load
from probe.compose.surroundings import Place, surroundings
from probe.model.clock import SystemClock
from probe.model.network import Endpoint
from probe.model.outcome import Unknown
from probe.model.path import Connector, PaymentPath, PhaseLimits
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.redact.text import Redactor
from probe.runner.runner import Runner
from probe.runner.standstill import Standstill
from probe.transport.offline import FakeNetwork
from tests.tls.rig import Silence

DEADLINE_S = 1.2
STEP = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
SCENARIO = Scenario(name="mtls-handshake", summary="", every_s=30, deadline_s=DEADLINE_S, steps=(STEP,), source="test")


def hold_up(seconds: float) -> None:
    """Nothing else happens in this process meanwhile."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        pass


async def run_at_a_silent_peer(*, held_up_s: float) -> Run:
    """One handshake; soon after its beginning the loop stands still. That waiting alone is the path's: `test_runner`."""
    around = surroundings(
        Place(redactor=Redactor([]), environment="test", limits=PhaseLimits(default_s=60.0)),
        network=FakeNetwork(),
        catalogue=load(),
        clock=SystemClock(),
        randomness=random.Random(1),
        observers=(),
    )
    with Silence() as silence:
        endpoint = Endpoint(host="127.0.0.1", port=silence.port, server_name="localhost")
        path = PaymentPath(name="billing", connector=Connector(url="https://localhost", endpoint=endpoint))
        asyncio.get_running_loop().call_later(0.05, hold_up, held_up_s)
        return await Runner(around, latches=None).run(SCENARIO, path, stop=asyncio.Event())


async def test_a_deadline_that_passed_while_we_stood_still_is_ours() -> None:
    """The peer had no time to answer in."""
    run = await run_at_a_silent_peer(held_up_s=DEADLINE_S)
    assert isinstance(run.outcome, Unknown), run.outcome
    assert run.outcome.failure.reason == "prober.deadline"
    assert "this machine is too slow" in run.outcome.failure.summary


async def test_lost_time_is_what_a_timer_is_late() -> None:
    """Of the ones that came, and of the one that is still to come."""
    with Standstill() as pending:
        hold_up(1.0)
    with Standstill() as told:
        hold_up(1.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert pending.lost_s >= 0.5
    assert told.lost_s >= 0.5
