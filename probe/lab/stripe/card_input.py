"""Cards as a request gives them: a number, a token, or the name of a test card; and what of them is shown."""

import hashlib
from typing import Final

from probe.lab.stripe import cards
from probe.lab.stripe.calls import Call
from probe.lab.stripe.cards import Card, Decline
from probe.lab.stripe.errors import Json, Refusal, missing_parameter, no_such
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.parameters import (
    BILLING_DETAILS,
    Spec,
    anything,
    choice,
    fields,
    integer,
    metadata,
    only,
    text,
)
from probe.lab.stripe.state import CardFacts, SimulatorState

CARD = fields(number=text, exp_month=integer(), exp_year=integer(), cvc=text, token=text, networks=anything, name=text)
METHOD_INPUT: Spec = {
    "type": only("card"),
    "card": CARD,
    "billing_details": BILLING_DETAILS,
    "metadata": metadata,
    "allow_redisplay": choice("always", "limited", "unspecified"),
    "radar_options": anything,
}
"""What makes a payment method: the parameters of its create, and of `payment_method_data`."""

_CENTURY: Final = 100
_MAX_YEARS: Final = 50
_BAD_MONTH: Final = Decline(
    code="invalid_expiry_month", message="Your card's expiration month is invalid.", param="exp_month"
)
_BAD_YEAR: Final = Decline(
    code="invalid_expiry_year", message="Your card's expiration year is invalid.", param="exp_year"
)
_BAD_CVC: Final = Decline(code="invalid_cvc", message="Your card's security code is invalid.", param="cvc")


def card_refusal(decline: Decline, **extra: object) -> Refusal:
    """The 402 for a decline; `extra` is what else stands in the error object."""
    detail: Json = {"decline_code": decline.decline_code} if decline.decline_code else {}
    return Refusal(
        decline.message,
        status=402,
        kind="card_error",
        code=decline.code,
        param=decline.param,
        executed=True,
        extra={**detail, **extra},
    )


def make_method(call: Call, parameters: Json) -> Json:
    """Make a payment method from parameters of the kinds `METHOD_INPUT`, and keep it."""
    if "type" not in parameters:
        raise missing_parameter("type")
    if "card" not in parameters:
        raise missing_parameter("card")
    given = parameters["card"]
    if "token" in given:
        facts, expiry = _spend_token(call.state, given["token"]), None
    else:
        facts, expiry = read_card(call.state, given)
    method = new_method(call.state, facts, expiry)
    method["metadata"] = {k: v for k, v in parameters.get("metadata", {}).items() if v}
    method["allow_redisplay"] = parameters.get("allow_redisplay", method["allow_redisplay"])
    for name, value in parameters.get("billing_details", {}).items():
        part = method["billing_details"]
        part[name] = {**part["address"], **(value or {})} if name == "address" else value
    return method


def named_card(name: str) -> Card | None:
    """The test card behind `pm_card_…` or `tok_…`."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            return cards.BY_NAME.get(name.removeprefix(prefix))
    return None


def new_method(state: SimulatorState, facts: CardFacts, expiry: tuple[int, int] | None = None) -> Json:
    """A new payment method of this card."""
    method = template("payment_method") | {"id": state.new_id("pm"), "created": state.created()}
    shown = method["card"]
    card = facts.card
    shown |= {
        "brand": card.brand,
        "display_brand": card.brand,
        "funding": card.funding,
        "last4": card.last4,
        "fingerprint": fingerprint(card),
        "networks": {"available": [card.brand], "preferred": None},
        "checks": checks(facts),
    }
    shown["exp_month"], shown["exp_year"] = expiry or (state.clock.now().month, state.clock.now().year + 1)
    state.card_facts[method["id"]] = facts
    return state.all.payment_methods.add(method)


def checks(facts: CardFacts) -> Json:
    """What the issuer is said to have checked."""
    return {
        "address_line1_check": facts.card.line1_check,
        "address_postal_code_check": facts.card.postal_check,
        "cvc_check": facts.card.cvc_check if facts.cvc_given else None,
    }


def fingerprint(card: Card) -> str:
    """The same for every use of one number."""
    return hashlib.sha256(card.number.encode()).hexdigest()[:16]


def read_card(state: SimulatorState, given: Json) -> tuple[CardFacts, tuple[int, int]]:
    """Judge a number, its expiry and CVC; a 402 for what no card has."""
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise missing_parameter(f"card[{name}]")
    card = cards.by_number(given["number"])
    now = state.clock.now()
    year = given["exp_year"] + (2000 if given["exp_year"] < _CENTURY else 0)
    if card is None:
        raise card_refusal(cards.INCORRECT_NUMBER)
    if given["exp_month"] not in range(1, 13):
        raise card_refusal(_BAD_MONTH)
    if not (now.year, now.month) <= (year, given["exp_month"]) or year > now.year + _MAX_YEARS:
        raise card_refusal(_BAD_YEAR)
    cvc = given.get("cvc")
    if cvc is not None and not (cvc.isascii() and cvc.isdecimal() and len(cvc) in {3, 4}):
        raise card_refusal(_BAD_CVC)
    return CardFacts(card, cvc_given=cvc is not None), (given["exp_month"], year)


def _spend_token(state: SimulatorState, token: str) -> CardFacts:
    """The card behind a token: one of Stripe's named ones, or one made here, which may be used once."""
    named = named_card(token) if token.startswith("tok_") else None
    if named is not None:
        return CardFacts(named)
    kept = state.all.tokens.find(token)
    if kept is None:
        raise no_such("token", token, param="card[token]")
    if kept["used"]:
        raise Refusal(
            f"You cannot use a Stripe token more than once: {token}.", code="token_already_used", param="card[token]"
        )
    kept["used"] = True
    return state.card_facts[token]
