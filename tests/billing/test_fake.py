"""The fake behaves as the real caller does, as far as a runner can see."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from probe.billing.fake import FakeCaller, Reply
from probe.billing.stripe import StripeCaller
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.network import Ended
from probe.model.observation import StripeObservation
from probe.model.path import PhaseLimits
from tests.billing.rig import path_to

CREATE = "v1.payment_intents.create"


async def ask(caller: StripeCaller, parameters: Mapping[str, object], *, deadline: float = 10.0) -> StripeObservation:
    """Create an intent."""
    return await caller.call(
        path=path_to(443),
        identity=None,
        method=CREATE,
        parameters=parameters,
        idempotency_key="k",
        limits=PhaseLimits(),
        deadline=deadline,
        traceparent=None,
        span_id=None,
    )


async def test_replies_come_in_turn_and_the_last_one_stays() -> None:
    """And what was asked is remembered."""
    fake = FakeCaller(
        FakeClock(datetime(2026, 1, 1, tzinfo=UTC)), {CREATE: [Reply(status=500), Reply(response={"id": "pi_1"})]}
    )
    first, second, third = [await ask(fake, {"amount": amount}) for amount in (1, 2, 3)]
    assert first.http is not None
    assert first.http.status == 500
    assert second.response == third.response == {"id": "pi_1"}
    assert second.writes
    assert [asked.parameters["amount"] for asked in fake.asked] == [1, 2, 3]


async def test_a_slow_reply_ends_at_the_deadline() -> None:
    """On the clock it was given."""
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    fake = FakeCaller(clock, {CREATE: Reply(response={"id": "pi_1"}, takes_s=3.0)})
    assert (await ask(fake, {})).ended is Ended.COMPLETED
    late = await ask(fake, {}, deadline=4.0)
    assert (late.ended, late.phase, late.response, late.http) == (Ended.TIMED_OUT, Phase.WAIT, None, None)
    assert clock.monotonic() == 4.0


async def test_a_method_without_a_reply_is_the_tests_mistake() -> None:
    """It is named, with those that have one."""
    fake = FakeCaller(FakeClock(datetime(2026, 1, 1, tzinfo=UTC)), {"v1.balance.retrieve": Reply()})
    with pytest.raises(AssertionError, match=r"no reply to v1.payment_intents.create"):
        await ask(fake, {})
