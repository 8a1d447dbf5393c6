"""What would be left at Stripe is a mistake, unless the scenario's own cleanup names it."""

import pytest

from probe.compose.knowing import knowledge
from probe.documents.mistakes import SetupError
from probe.scenario.load import load_scenario

KNOWN = knowledge()
HEAD = "name: s\nevery: 5m\ndeadline: 15s\nsteps:\n"
MAKE = "  - stripe: v1.products.create\n    with: {name: a}\n"
SAVED = MAKE + "    save: {product: id}\n"


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
    ],
    ids=["none", "only reads", "another one", "no cleanup, so not in any case"],
)
def test_what_nothing_takes_back(cleanup: str) -> None:
    """The step is named, with what to add."""
    (told,) = _mistakes(SAVED + cleanup)
    assert told.startswith("s.yaml:5:13: paypath cannot take back what `v1.products.create` makes")
    assert told.endswith("add a step to `cleanup` that cancels or deletes `${saved.product}`")


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
