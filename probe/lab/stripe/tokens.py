"""`/v1/tokens`: a card number, handed over once."""

from typing import Final

from probe.lab.stripe.calls import Call, Route
from probe.lab.stripe.card_input import CARD, checks, fingerprint, read_card
from probe.lab.stripe.errors import Json, missing_parameter
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.parameters import EXPAND, refused_all

_CREATE: Final = (
    EXPAND | {"card": CARD} | refused_all("account", "bank_account", "customer", "cvc_update", "person", "pii")
)


def _create(call: Call) -> Json:
    if "card" not in call.parameters:
        raise missing_parameter("card")
    state = call.state
    facts, (month, year) = read_card(state, call.parameters["card"])
    token = template("token") | {"id": state.new_id("tok"), "created": state.created()}
    token["card"] |= {
        "id": state.new_id("card"),
        "brand": facts.card.brand.title(),
        "cvc_check": checks(facts)["cvc_check"],
        "exp_month": month,
        "exp_year": year,
        "fingerprint": fingerprint(facts.card),
        "funding": facts.card.funding,
        "last4": facts.card.last4,
        "name": call.parameters["card"].get("name"),
    }
    state.card_facts[token["id"]] = facts
    return state.all.tokens.add(token)


def _retrieve(call: Call) -> Json:
    return call.state.all.tokens.get(call.ids["id"])


ROUTES: Final = (
    Route(method="POST", path="/v1/tokens", act=_create, resource="token", spec=_CREATE),
    Route(method="GET", path="/v1/tokens/{id}", act=_retrieve, resource="token"),
)
