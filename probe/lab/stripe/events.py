"""`/v1/events`: what happened, newest first."""

from typing import Final

from probe.lab.stripe.calls import Call, Route
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.lists import page
from probe.lab.stripe.parameters import DATED_PAGE, flag, items, text

_KIND: Final = "event"
_MAX_TYPES: Final = 20
_PAGE: Final = DATED_PAGE | {"type": text, "types": items(text, maximum=_MAX_TYPES), "delivery_success": flag}


def _retrieve(call: Call) -> Json:
    return call.state.all.events.get(call.ids["id"])


def _list(call: Call) -> Json:
    parameters = call.parameters
    if "type" in parameters and "types" in parameters:
        raise Refusal("You may only specify one of these parameters: type, types.", param="type")
    wanted = parameters.get("types", [parameters["type"]] if "type" in parameters else ["*"])
    delivered = parameters.get("delivery_success")

    def matching(event: Json) -> bool:
        in_time = delivered is None or delivered == (event["pending_webhooks"] == 0)
        return in_time and any(_fits(event["type"], pattern) for pattern in wanted)

    return page(call, call.state.all.events, matching)


def _fits(kind: str, pattern: str) -> bool:
    """`charge.*` fits every event of charges."""
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


ROUTES: Final = (
    Route(method="GET", path="/v1/events", act=_list, resource=_KIND, spec=_PAGE),
    Route(method="GET", path="/v1/events/{id}", act=_retrieve, resource=_KIND),
)
