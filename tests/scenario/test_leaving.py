"""What would be left at Stripe is a mistake, unless the scenario's own cleanup names it."""

import pytest

from probe.compose.knowing import knowledge
from probe.documents.mistakes import SetupError
from probe.scenario.load import load_scenario

KNOWN = knowledge()
HEAD = "name: s\nevery: 5m\ndeadline: 15s\nsteps:\n"
MAKE = "  - stripe: v1.products.create\n    with: {name: a}\n"
SAVED = MAKE + "    save: {product: id, name: name}\n"


def _mistakes(text: str) -> list[str]:
    try:
        load_scenario(HEAD + text, "s.yaml", known=KNOWN)
    except SetupError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


@pytest.mark.parametrize(
    "cleanup",
    [
        "",
        "cleanup:\n  - stripe: v1.products.retrieve\n    with: {id: '${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.products.delete\n    with: {id: prod_1}\n",
        "  - stripe: v1.products.delete\n    with: {id: '${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.products.update\n    with: {id: '${saved.product}', name: b}\n",
        "cleanup:\n  - stripe: v1.products.update\n    with: {id: '${saved.product}', active: true}\n",
        "cleanup:\n  - stripe: v1.products.update\n    with: {id: prod_1, active: false, description: '${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.products.delete\n    with: {id: 'x${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.coupons.delete\n    with: {coupon: '${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.customers.update\n    with: {customer: cus_1, metadata: {p: '${saved.product}'}}\n",
        "cleanup:\n  - stripe: v1.refunds.create\n    with: {payment_intent: pi_1, metadata: {p: '${saved.product}'}}\n",
        "cleanup:\n  - stripe: v1.products.delete\n    when: saved.name\n    with: {id: '${saved.product}'}\n",
        "cleanup:\n  - stripe: v1.products.delete\n    with: {id: '${saved.name}'}\n",
    ],
)
def test_what_nothing_takes_back(cleanup: str) -> None:
    """The step is named, with what to add."""
    (told,) = _mistakes(SAVED + cleanup)
    assert told.startswith("s.yaml:5:13: paypath cannot take back what `v1.products.create` makes")
    assert told.endswith(
        "add a step to `cleanup`: `stripe: v1.products.delete` with `{id: '${saved.product}'}` or "
        "`stripe: v1.products.update` with `{id: '${saved.product}', active: false}`"
    )


def test_what_is_not_even_saved() -> None:
    """Then that is the first thing to do."""
    (told,) = _mistakes(MAKE)
    assert "save its id (`save: {made: id}`), and add a step" in told


@pytest.mark.parametrize(
    "text",
    [
        SAVED + "cleanup:\n  - stripe: v1.products.delete\n    with: {id: '${saved.product}'}\n",
        SAVED + "cleanup:\n  - stripe: v1.products.update\n    with: {id: '${saved.product}', active: false}\n",
        "  - stripe: v1.charges.create\n    with: {amount: 100, currency: usd, source: tok_visa}\n",
        "  - stripe: v1.customers.create\n",
    ],
    ids=["deleted", "put aside", "a charge", "a customer"],
)
def test_what_is_taken_back(text: str) -> None:
    """By the cleanup, or by paypath itself."""
    assert _mistakes(text) == []


def test_what_the_cleanup_makes_is_taken_back_by_a_later_step_of_it() -> None:
    """An earlier one cannot have known it."""
    make = SAVED
    delete = "  - stripe: v1.products.delete\n    with: {id: '${saved.product}'}\n    when: saved.product\n"
    assert _mistakes("  - handshake: {}\ncleanup:\n" + make + delete) == []


SUBSCRIBE = """  - stripe: v1.customers.create
    save: {customer: id}
  - stripe: v1.subscriptions.create
    with: {customer: '${saved.customer}', items: [{price: price_1}]}
    save: {subscription: id}
cleanup:
"""


@pytest.mark.parametrize(
    ("cleanup", "right"),
    [
        ("  - stripe: v1.subscriptions.cancel\n    with: {id: '${saved.subscription}'}\n", True),
        ("  - stripe: v1.subscriptions.cancel\n    with: {subscription_exposed_id: '${saved.subscription}'}\n", True),
        ("  - stripe: v1.customers.delete\n    with: {customer: '${saved.customer}'}\n", True),
        ("  - stripe: v1.customers.delete\n    when: saved.customer\n    with: {id: '${saved.customer}'}\n", True),
        ("  - stripe: v1.customers.delete\n    with: {customer: '${saved.subscription}'}\n", False),
        ("  - stripe: v1.customers.delete\n    with: {customer: cus_1}\n", False),
        ("  - stripe: v1.subscriptions.update\n    with: {id: '${saved.subscription}', description: x}\n", False),
        (
            "  - stripe: v1.customers.update\n    with: {id: '${saved.customer}', metadata: {s: '${saved.subscription}'}}\n",
            False,
        ),
    ],
)
def test_a_subscription_is_cancelled_or_goes_with_its_customer(cleanup: str, right: bool) -> None:  # noqa: FBT001 - a fact
    """By the very id, in the very place."""
    assert (_mistakes(SUBSCRIBE + cleanup) == []) is right


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("v1.files.create", "leave it out: nothing at Stripe takes it back"),
        (
            "v1.payouts.create\n    with: {amount: 100, currency: usd}",
            "`stripe: v1.payouts.cancel` with `{payout: '${saved.made}'}`",
        ),
        (
            "v1.customers.balance_transactions.create\n    with: {customer: cus_1, amount: 1, currency: usd}",
            "`v1.customers.delete` with the same `customer`",
        ),
        (
            "v1.test_helpers.customers.fund_cash_balance\n    with: {customer: cus_1, amount: 1, currency: usd}",
            "`v1.customers.delete` with the same `customer`",
        ),
    ],
)
def test_each_is_told_what_takes_it_back(step: str, said: str) -> None:
    """Where anything does."""
    assert any(said in mistake for mistake in _mistakes(f"  - stripe: {step}\n"))


def test_what_takes_back_need_not_be_taken_back() -> None:
    """A reversal of a transfer makes something as well: the end of it."""
    transfer = (
        "  - stripe: v1.transfers.create\n    with: {currency: usd, destination: acct_1}\n    save: {transfer: id}\n"
    )
    back = "cleanup:\n  - stripe: v1.transfers.reversals.create\n    with: {id: '${saved.transfer}'}\n"
    assert _mistakes(transfer + back) == []
    assert _mistakes("  - stripe: v1.transfers.reversals.create\n    with: {id: tr_1}\n") != []
