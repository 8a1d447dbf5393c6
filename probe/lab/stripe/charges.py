"""`/v1/charges`: what payment intents charged, and charges of a test token that were made without one."""

from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.card_input import card_refusal, make_method
from probe.lab.stripe.charging import decline_of, make_charge
from probe.lab.stripe.currencies import check_amount, known_currency
from probe.lab.stripe.errors import Json, missing_parameter
from probe.lab.stripe.lists import cut, page, same
from probe.lab.stripe.parameters import DATED_PAGE, EXPAND, PAGE, SHIPPING, Spec, integer, metadata, text, unset

_KIND: Final = "charge"
_CHANGEABLE: Final[Spec] = {
    "description": unset(text),
    "receipt_email": unset(text),
    "shipping": SHIPPING,
    "transfer_group": text,
}


_CREATED: Final[Spec] = {
    "amount": integer(1),
    "currency": text,
    "description": unset(text),
    "metadata": metadata,
    "receipt_email": unset(text),
    "source": text,
    "transfer_group": text,
}
_NO_INTENT: Final[Json] = {
    "id": None,
    "capture_method": "automatic",
    "customer": None,
    "description": None,
    "receipt_email": None,
    "shipping": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "transfer_group": None,
}
"""What stands in for the intent of a charge that has none."""


def _create(call: Call) -> Json:
    for name in ("amount", "currency", "source"):
        if name not in call.parameters:
            raise missing_parameter(name)
    given = {name: value for name, value in call.parameters.items() if name in _CREATED}
    given["currency"] = known_currency(given["currency"])
    check_amount(given["amount"], given["currency"])
    given["metadata"] = {name: value for name, value in given.get("metadata", {}).items() if value}
    method = make_method(call, {"type": "card", "card": {"token": given["source"]}})
    decline = decline_of(call, call.state.card_facts[method["id"]])
    charge = make_charge(call, _NO_INTENT | given, method, decline)
    if decline is not None:
        raise card_refusal(decline, charge=charge["id"])
    return charge


def _retrieve(call: Call) -> Json:
    return call.state.all.charges.get(call.ids["id"])


def _list(call: Call) -> Json:
    return page(call, call.state.all.charges, same(call, "customer", "payment_intent", "transfer_group"))


def _update(call: Call) -> Json:
    charge = _retrieve(call)
    charge |= {name: call.parameters[name] for name in _CHANGEABLE if name in call.parameters}
    merge_metadata(charge, call.parameters.get("metadata"))
    call.emit("charge.updated", charge)
    return charge


def _refunds(call: Call) -> Json:
    return cut(call, _retrieve(call)["refunds"]["data"])


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/charges",
        act=_list,
        resource=_KIND,
        spec=DATED_PAGE | dict.fromkeys(("customer", "payment_intent", "transfer_group"), text),
    ),
    Route(method="POST", path="/v1/charges", act=_create, resource=_KIND, spec=EXPAND | _CREATED),
    Route(method="GET", path="/v1/charges/{id}", act=_retrieve, resource=_KIND),
    Route(
        method="POST",
        path="/v1/charges/{id}",
        act=_update,
        resource=_KIND,
        spec=EXPAND | _CHANGEABLE | {"metadata": metadata},
    ),
    Route(method="GET", path="/v1/charges/{id}/refunds", act=_refunds, resource=_KIND, spec=PAGE),
)
