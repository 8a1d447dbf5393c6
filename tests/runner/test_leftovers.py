"""What a sweep may touch: every condition by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from probe.billing.methods import find
from probe.runner.leftovers import LISTINGS, Window, charge_to_read, left_behind

NOW = datetime(2026, 1, 15, 16, 28, tzinfo=UTC)
WINDOW = Window(created_from=NOW - timedelta(days=30), created_before=NOW - timedelta(hours=1))
CREATED = int((NOW - timedelta(hours=2)).timestamp())
MARK = {"paypath_run_id": "r1", "paypath_scenario": "card-charge", "paypath_ends_by": "2026-01-15T14:28:37Z"}


def _intent(**more: object) -> dict[str, object]:
    """A charge of 100 that nobody refunded, two hours old."""
    charge = {"object": "charge", "amount_refunded": 0, "disputed": False}
    base: dict[str, object] = {
        "object": "payment_intent",
        "id": "pi_1",
        "status": "succeeded",
        "amount": 100,
        "amount_received": 100,
        "currency": "usd",
        "created": CREATED,
        "metadata": MARK,
        "latest_charge": charge,
    }
    return base | more


def test_a_charge_that_was_left_is_found_with_its_run() -> None:
    """And with the money that is out."""
    found = left_behind(_intent(), WINDOW, now=NOW)
    assert found is not None
    assert (found.type, found.id, found.undo.method) == ("payment_intent", "pi_1", "v1.refunds.create")
    assert (found.amount_minor, found.currency) == (100, "usd")
    assert (found.mark.run_id, found.mark.scenario) == ("r1", "card-charge")


@pytest.mark.parametrize(
    ("why", "made"),
    [
        ("somebody else's", _intent(metadata={"order": "6735"})),
        ("no metadata at all", _intent(metadata=None)),
        ("too old", _intent(created=int((NOW - timedelta(days=31)).timestamp()))),
        ("without a date", _intent(created=None)),
        ("refunded in full", _intent(latest_charge={"amount_refunded": 100})),
        ("disputed", _intent(latest_charge={"amount_refunded": 0, "disputed": True})),
        ("cancelled", _intent(status="canceled", amount_received=0)),
        ("a charge refunded", _intent(object="charge", amount_refunded=100)),
        ("a charge disputed", _intent(object="charge", disputed=True)),
        ("an intent's charge", _intent(object="charge", payment_intent="pi_1")),
        ("of a type that nothing takes back", _intent(object="product")),
    ],
)
def test_what_is_left_alone(why: str, made: dict[str, object]) -> None:
    """Each of these alone is reason enough."""
    assert left_behind(made, WINDOW, now=NOW) is None, why


@pytest.mark.parametrize(
    ("made", "until"),
    [
        (_intent(), None),
        (_intent(metadata=MARK | {"paypath_ends_by": "2026-01-15T16:28:00Z"}), NOW),
        (_intent(created=int((NOW - timedelta(minutes=59)).timestamp())), NOW + timedelta(minutes=1)),
        (
            _intent(
                created=int((NOW - timedelta(minutes=59)).timestamp()),
                metadata=MARK | {"paypath_ends_by": "2026-01-15T16:40:00Z"},
            ),
            NOW + timedelta(minutes=12),
        ),
    ],
    ids=["neither", "in use", "too young", "both"],
)
def test_what_is_held_back(made: dict[str, object], until: datetime | None) -> None:
    """Until its run has ended and it is old enough, whichever is later."""
    found = left_behind(made, WINDOW, now=NOW)
    assert found is not None
    assert found.held_until == until


@pytest.mark.parametrize(
    ("made", "method", "amount"),
    [
        (_intent(latest_charge={"amount_refunded": 40}), "v1.refunds.create", 60),
        (_intent(latest_charge="ch_1"), "v1.refunds.create", 100),
        (
            _intent(status="requires_capture", amount_received=0, amount_capturable=100),
            "v1.payment_intents.cancel",
            100,
        ),
        (_intent(status="requires_capture", amount_received=0), "v1.payment_intents.cancel", 100),
        (_intent(status="requires_payment_method", amount_received=0), "v1.payment_intents.cancel", None),
        (_intent(metadata={"paypath_run_id": "r1"}), "v1.refunds.create", 100),
        (_intent(metadata=MARK | {"paypath_ends_by": "whenever"}), "v1.refunds.create", 100),
        (_intent(object="charge", amount_refunded=40), "v1.refunds.create", 60),
        ({"object": "customer", "id": "cus_1", "created": CREATED, "metadata": MARK}, "v1.customers.delete", None),
    ],
)
def test_what_takes_it_back(made: dict[str, object], method: str, amount: int | None) -> None:
    """By type and state; what an older probe made says nothing of its end, and its age alone decides."""
    found = left_behind(made, WINDOW, now=NOW)
    assert found is not None
    assert (found.undo.method, found.amount_minor) == (method, amount)


def test_a_charge_that_came_by_its_id_alone_is_read_first() -> None:
    """Only where there is money in it."""
    assert charge_to_read(_intent(latest_charge="ch_1")) == "ch_1"
    assert charge_to_read(_intent()) is None
    assert charge_to_read(_intent(latest_charge="ch_1", status="requires_payment_method")) is None


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.method)
def test_every_list_is_one_of_the_sdk_s(listing: object) -> None:
    """And reads only."""
    method = find(listing.method)  # type: ignore[attr-defined]  # a Listing
    assert method is not None
    assert method.verb == "get"
