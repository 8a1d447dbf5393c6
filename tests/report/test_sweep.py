"""A sweep as people and programs read it."""

from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from probe.catalogue.catalogue import load
from probe.model.failure import Confidence
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.sweep import HeldBack, Leftover, Sweep
from probe.report.schema import result_schema
from probe.report.status import sweep_status
from probe.report.sweep import headline, render_sweeps, sweep_to_dict

NOW = datetime(2026, 1, 15, 16, 28, tzinfo=UTC)
WHY = load().failure("charge.refund_failed", phase=None, confidence=Confidence.PROVEN, summary="It is disputed.")
HELD = HeldBack(
    type="payment_intent",
    id="pi_2",
    created=NOW - timedelta(minutes=2),
    run_id="5f0d",
    scenario="card-charge",
    until=NOW + timedelta(minutes=58),
)
DRY = Skipped("a dry run takes nothing back")


def _left(outcome: Outcome = Passed(), undo: str = "v1.refunds.create") -> Leftover:  # noqa: B008 - a frozen value
    return Leftover(
        type="payment_intent",
        id="pi_1",
        created=NOW - timedelta(hours=2),
        run_id="5f0c",
        scenario="card-charge",
        undo=undo,
        amount_minor=100,
        currency="usd",
        outcome=outcome,
    )


def _sweep(*leftovers: Leftover, outcome: Passed | Failed | Unknown = Passed(), **more: object) -> Sweep:  # noqa: B008 - a frozen value
    keys: dict[str, object] = {
        "path": "billing",
        "paths": ("billing", "second"),
        "started_at": NOW,
        "duration_s": 0.25,
        "created_from": NOW - timedelta(days=30),
        "created_before": NOW - timedelta(hours=1),
        "outcome": outcome,
        "looked_at": 7,
        "leftovers": leftovers,
        **more,
    }
    return Sweep(**keys)  # type: ignore[arg-type]  # fields by name


CASES = [
    (_sweep(), "nothing is left behind", 0),
    (_sweep(held_back=(HELD,)), "1 held back, nothing else is left behind", 0),
    (_sweep(_left(), held_back=(HELD,)), "1 left behind, 1 taken back; 1 held back", 0),
    (_sweep(_left(), _left()), "2 left behind, 2 taken back", 0),
    (_sweep(_left(DRY), dry_run=True), "1 left behind; a dry run takes nothing back", 0),
    (_sweep(_left(Failed(WHY)), _left(), outcome=Failed(WHY)), "2 left behind, 1 taken back, 1 still there", 3),
    (_sweep(outcome=Failed(WHY), latched=True), "refused", 3),
    (_sweep(outcome=Unknown(WHY)), "could not tell", 3),
    (_sweep(_left(), outcome=Unknown(WHY)), "1 left behind, 1 taken back; could not look at everything", 3),
]


@pytest.mark.parametrize(("told", "words", "status"), CASES)
def test_each_kind_of_end(told: Sweep, words: str, status: int) -> None:
    """In words, as JSON that fits the published schema, and as an exit status."""
    assert headline(told) == words
    jsonschema.Draft202012Validator(result_schema()).validate(sweep_to_dict(told))
    assert sweep_status([told]) == status


@pytest.mark.parametrize("outcome", [Unknown(WHY), Failed(WHY)])
def test_one_account_that_is_not_known_to_be_clean_suffices(outcome: Failed | Unknown) -> None:
    """Of several; and where none was looked at, nothing is known. What the status never says is 1: a sweep judges no path."""
    assert sweep_status([_sweep(), _sweep(outcome=outcome)]) == 3
    assert sweep_status([]) == 3


def test_the_text_names_every_object_and_why_it_is_still_there() -> None:
    """With the money, the scenario and the run."""
    told = _sweep(
        _left(Failed(WHY)),
        _left(undo="v1.customers.delete"),
        _left(DRY, undo="v1.payment_intents.cancel"),
        outcome=Failed(WHY),
        not_permitted=("v1.webhook_endpoints.list",),
    )
    text = render_sweeps([told], color=False, width=200)
    assert text.splitlines() == [
        "✗ billing, second  3 left behind, 1 taken back, 2 still there",
        "  ✗ payment_intent pi_1 not refunded (100 usd in its smallest unit): card-charge, run 5f0c, 2026-01-15 14:28:00 UTC",
        "  ✓ payment_intent pi_1 deleted (100 usd in its smallest unit): card-charge, run 5f0c, 2026-01-15 14:28:00 UTC",
        "  – payment_intent pi_1 would be cancelled (100 usd in its smallest unit): card-charge, run 5f0c, 2026-01-15 14:28:00 UTC",
        "    It is disputed. (charge.refund_failed)",
        "    The key may not read v1.webhook_endpoints.list, so nothing can have been made there.",
    ]


def test_the_schema_names_every_key() -> None:
    """Of the sweep and of what was left."""
    line = sweep_to_dict(_sweep(_left(Failed(WHY)), outcome=Failed(WHY)))
    shape = result_schema()["$defs"]["sweep"]  # type: ignore[index]  # JSON
    assert list(line) == shape["required"]
    assert list(line["left_behind"][0]) == shape["properties"]["left_behind"]["items"]["required"]  # type: ignore[index]  # JSON


def test_what_is_held_back_is_told_with_its_moment() -> None:
    """In both forms: nobody is to believe that nothing is left."""
    told = _sweep(held_back=(HELD,))
    line = render_sweeps([told], color=False, width=100).splitlines()[1]
    assert line.startswith("  · payment_intent pi_2 held back until 2026-01-15 17:26:00 UTC")
    (held,) = sweep_to_dict(told)["held_back"]  # type: ignore[misc]  # JSON
    assert (held["id"], held["until"]) == ("pi_2", "2026-01-15T17:26:00.000Z")
