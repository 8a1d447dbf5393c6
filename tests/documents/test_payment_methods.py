"""Stripe's test payment methods may stand in a text; any other may be somebody's card."""

import pytest

from probe.documents.payment_methods import foreign_methods, is_test_method, names_card_number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pm_1RealCard99", "pm_1RealCard99"),
        ("payment_method=pm_1RealCard99&x=1", "pm_1RealCard99"),
        ("a%3Dpm_1RealCard99", "pm_1RealCard99"),
        ('{"payment_method": "pm_somebody"}', "pm_somebody"),
        ("payment_method_data[card][token]=tok_1N3T00LkdIwHu7ixt44h1F8k", "tok_1N3T00LkdIwHu7ixt44h1F8k"),
        ("${random.choice(pm_card_visa, pm_1RealCustomerCard)}", "pm_1RealCustomerCard"),
    ],
)
def test_foreign(text: str, found: str) -> None:
    """Alone, in a form, in JSON, among others."""
    assert found in set(foreign_methods(text))


@pytest.mark.parametrize(
    "text",
    [
        "payment_method=pm_card_visa",
        "source: tok_visa",
        "source=tok_429",
        "payment_method_types[]=card",
        "order=pm_of_the_day",
        "card_3ds_required",
        "payment_method=${saved.method}",
        "pi_3N3T00LkdIwHu7ixt44h1F8k",
        "token: abc",
    ],
)
def test_harmless(text: str) -> None:
    """Test methods, words, other ids, what is still to be filled in."""
    assert list(foreign_methods(text)) == []


def test_test_methods() -> None:
    """As Stripe's documentation lists them."""
    assert is_test_method("pm_card_threeDSecure2Required")
    assert is_test_method("tok_visa_chargeDeclinedInsufficientFunds")
    assert not is_test_method("pm_1RealCard99")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("card[number]=${values.a}", True),
        ("payment_method_data%5Bcard%5D%5Bnumber%5D=1", True),
        ("payment_method_data[card][number]=1", True),
        ('{"card": {"exp_month": 1, "number": "${values.a}"}}', True),
        ('{"card": "x", "number": 1}', False),
        ("order[number]=1", False),
    ],
)
def test_a_cards_number(text: str, named: bool) -> None:  # noqa: FBT001 - a fact
    """Whatever stands there, and however it is put together."""
    assert names_card_number(text) is named
