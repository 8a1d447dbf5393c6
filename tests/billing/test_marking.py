"""What is created is marked; what cannot be marked is left alone."""

from datetime import UTC, datetime

import pytest

from probe.billing.marking import Mark, mark, mark_on

AT = datetime(2026, 1, 15, 14, 28, 3, 900_000, tzinfo=UTC)
OWN = Mark(run_id="r1", scenario="s", ends_by=None)


def test_a_created_object_names_its_run() -> None:
    """The scenario's own metadata stays, and cannot take our keys."""
    given = {"amount": 100, "metadata": {"team": "billing", "paypath_run_id": "forged"}}
    marked = mark("v1.payment_intents.create", given, Mark(run_id="r1", scenario="card-charge", ends_by=AT))
    assert marked == {
        "amount": 100,
        "metadata": {
            "team": "billing",
            "paypath_run_id": "r1",
            "paypath_scenario": "card-charge",
            "paypath_ends_by": "2026-01-15T14:28:03Z",
        },
    }
    assert given["metadata"] == {"team": "billing", "paypath_run_id": "forged"}


@pytest.mark.parametrize(
    "method",
    [
        "v1.refunds.create",
        "v1.customers.create",
        "v1.setup_intents.create",
        "v1.checkout.sessions.create",
        "v1.issuing.cards.create",
    ],
)
def test_types_with_metadata(method: str) -> None:
    """As the SDK's own types say, in every namespace."""
    assert "metadata" in mark(method, {}, OWN)


@pytest.mark.parametrize(
    "method", ["v1.tokens.create", "v1.payment_intents.confirm", "v1.balance.retrieve", "v1.no_such.create"]
)
def test_what_takes_no_metadata_is_left_alone(method: str) -> None:
    """Stripe refuses an unknown parameter with a 400."""
    assert mark(method, {"a": 1}, OWN) == {"a": 1}


def test_a_mark_is_read_back() -> None:
    """As it was written, to the second."""
    made = mark("v1.customers.create", {}, Mark(run_id="r1", scenario="s", ends_by=AT))
    assert mark_on(made) == Mark(run_id="r1", scenario="s", ends_by=AT.replace(microsecond=0))


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"paypath_run_id": "r1", "paypath_ends_by": "soon"}, Mark(run_id="r1", scenario="", ends_by=None)),
        ({"paypath_run_id": "r1"}, Mark(run_id="r1", scenario="", ends_by=None)),
        ({"paypath_run_id": ""}, None),
        ({"order": "6735"}, None),
        ({}, None),
        (None, None),
        ("paypath_run_id", None),
    ],
)
def test_marks_of_others(metadata: object, expected: Mark | None) -> None:
    """What no probe made carries none; what an older probe made says nothing of its end."""
    assert mark_on({"metadata": metadata}) == expected
