"""A scenario's severity is the most that its failures may do."""

import dataclasses

import pytest

from probe.billing.fake import Reply
from probe.model.answer import StripeErrorFacts
from probe.model.failure import Severity
from probe.model.outcome import Failed
from tests.runner.rig import CREATE, REFUND, REFUNDS, Rig, intent, scenario

DECLINED = Reply(status=402, error=StripeErrorFacts(type="card_error", code="card_declined"))
UNAVAILABLE = Reply(status=402, error=StripeErrorFacts(type="card_error", code="processing_error"))


@pytest.mark.parametrize(
    ("reply", "said", "found"),
    [
        (DECLINED, Severity.PAGE, Severity.PAGE),
        (DECLINED, Severity.TICKET, Severity.TICKET),
        (DECLINED, Severity.NONE, Severity.NONE),
        (UNAVAILABLE, Severity.PAGE, Severity.TICKET),
        (UNAVAILABLE, Severity.NONE, Severity.NONE),
        (intent(livemode=True), Severity.NONE, Severity.PAGE),
    ],
)
async def test_the_milder_one_counts(reply: Reply, said: Severity, found: Severity) -> None:
    """Of the reason and the scenario; but live mode pages whatever the scenario says."""
    rig = Rig({CREATE: reply, REFUNDS: REFUND})
    run = await rig.run(dataclasses.replace(scenario(), severity=said))
    assert isinstance(run.outcome, Failed)
    assert run.outcome.failure.severity is found
