"""`/v1/charges`: what payment intents charged; they are made by confirming an intent only."""

from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.errors import Json
from probe.lab.stripe.lists import cut, page, same
from probe.lab.stripe.parameters import DATED_PAGE, EXPAND, PAGE, SHIPPING, Spec, metadata, text, unset

_KIND: Final = "charge"
_CHANGEABLE: Final[Spec] = {
    "description": unset(text),
    "receipt_email": unset(text),
    "shipping": SHIPPING,
    "transfer_group": text,
}


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
