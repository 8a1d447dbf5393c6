"""When a sweep led nowhere, so that another path of the same account is worth trying."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.sweep import Leftover, Sweep
from tests.support.runs import NOW, make_failure

LEFT = Leftover(
    type="payment_intent",
    id="pi_1",
    created=NOW,
    run_id="a" * 32,
    scenario="card-charge",
    undo="v1.refunds.create",
    outcome=Passed(),
)
EMPTY = Sweep(
    path="billing",
    paths=("billing",),
    started_at=NOW,
    duration_s=1.0,
    created_from=NOW - timedelta(days=30),
    created_before=NOW - timedelta(hours=1),
    outcome=Passed(),
)


@pytest.mark.parametrize(
    ("outcome", "found", "latched", "in_vain"),
    [
        (Passed(), (), False, False),
        (Failed(make_failure()), (LEFT,), False, False),
        (Failed(make_failure()), (), True, True),
        (Unknown(make_failure("prober.bug")), (), False, True),
        (Unknown(make_failure("prober.bug")), (LEFT,), False, False),
    ],
)
def test_a_sweep_that_led_nowhere(
    outcome: Outcome,
    found: tuple[Leftover, ...],
    latched: bool,  # noqa: FBT001 - a row of a table
    in_vain: bool,  # noqa: FBT001 - a row of a table
) -> None:
    """A latched path, or one that could not tell and found nothing."""
    assert not isinstance(outcome, Passed) or not in_vain
    sweep = replace(EMPTY, outcome=outcome, leftovers=found, latched=latched)  # type: ignore[arg-type]  # never skipped
    assert sweep.in_vain is in_vain
