"""`/v1/disputes`: what the disputing test cards open; reading only."""

from typing import Final

from probe.lab.stripe.calls import Call, Route
from probe.lab.stripe.errors import Json
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import DATED_PAGE, text

_KIND: Final = "dispute"


def _retrieve(call: Call) -> Json:
    return call.state.all.disputes.get(call.ids["id"])


def _list(call: Call) -> Json:
    return page(call, call.state.all.disputes, same(call, "charge", "payment_intent"))


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/disputes",
        act=_list,
        resource=_KIND,
        spec=DATED_PAGE | {"charge": text, "payment_intent": text},
    ),
    Route(method="GET", path="/v1/disputes/{id}", act=_retrieve, resource=_KIND),
)
