"""Tokens: made from a number, used once."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator

NUMBER = {"number": "4000000000009995", "exp_month": 8, "exp_year": 2031, "cvc": "123"}


async def test_used_once(simulator: Simulator) -> None:
    """The payment method made of a token behaves as the card does; a second one cannot be made of it."""
    token = await simulator.v1.tokens.create_async({"card": NUMBER})
    assert (token.card.last4, token.used) == ("9995", False)
    method = await simulator.v1.payment_methods.create_async({"type": "card", "card": {"token": token.id}})
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method=method.id)
    assert caught.value.error.decline_code == "insufficient_funds"
    assert (await simulator.v1.tokens.retrieve_async(token.id)).used is True
    with pytest.raises(stripe.InvalidRequestError) as again:
        await simulator.v1.payment_methods.create_async({"type": "card", "card": {"token": token.id}})
    assert again.value.code == "token_already_used"


async def test_refused(simulator: Simulator) -> None:
    """A wrong number is a 402, a missing card and an unknown token are 400s."""
    with pytest.raises(stripe.CardError) as caught:
        await simulator.v1.tokens.create_async({"card": {**NUMBER, "number": "4242424242424241"}})
    assert caught.value.code == "incorrect_number"
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: card"):
        await simulator.v1.tokens.create_async({})
    with pytest.raises(stripe.InvalidRequestError, match="No such token: 'tok_none'"):
        await simulator.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_none"}})
