"""`/v1/setup_intents`: a card is prepared for later, and nothing is charged."""

from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.card_input import card_refusal
from probe.lab.stripe.cards import GENERIC_DECLINE, Authentication, Decline
from probe.lab.stripe.confirming import next_action, require_return_url
from probe.lab.stripe.errors import Json, Refusal, unexpected_state
from probe.lab.stripe.faults import DECLINE_IGNORED, DECLINED, StripeFaults
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.intent_parameters import CONFIRMED, CREATED, accepted_types, chosen_method, known_customer
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import DATED_PAGE, EXPAND, Spec, anything, choice, flag, refused_all, text
from probe.lab.stripe.payment_methods import attach_to
from probe.lab.stripe.state import SimulatorState

_KIND: Final = "setup_intent"
_USAGE: Final = choice("off_session", "on_session")
_NOT_SIMULATED: Final = refused_all(
    "attach_to_self",
    "confirmation_token",
    "customer_account",
    "flow_directions",
    "on_behalf_of",
    "payment_method_configuration",
    "single_use",
)
_UPDATE: Final[Spec] = EXPAND | _NOT_SIMULATED | CREATED
_CONFIRM: Final[Spec] = EXPAND | refused_all("confirmation_token") | CONFIRMED | {"mandate_data": anything}
_CREATE: Final[Spec] = _CONFIRM | _UPDATE | {"confirm": flag, "usage": _USAGE}
_CANCEL: Final[Spec] = EXPAND | {"cancellation_reason": choice("abandoned", "duplicate", "requested_by_customer")}
_OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_ASKS_AT_SETUP: Final = frozenset({Authentication.ALWAYS, Authentication.UNLESS_SET_UP, Authentication.ON_SESSION})


def authenticate(state: SimulatorState, faults: StripeFaults, intent: str) -> None:
    """Pass the 3-D Secure challenge of a setup intent, as its cardholder would in a browser."""
    found = state.all.setup_intents.get(intent)
    if found["status"] != "requires_action":
        raise ValueError(f"{intent} has no challenge to answer: its status is {found['status']}")
    call = Call(state=state, faults=faults, request_id=None, idempotency_key=None, path="", version="", ids={})
    _succeed(call, found, state.all.payment_methods.get(found["payment_method"]))


def _create(call: Call) -> Json:
    parameters = call.parameters
    intent = template("setup_intent") | accepted_types(call)
    intent |= {
        "id": call.state.new_id("seti"),
        "created": call.state.created(),
        "customer": known_customer(call),
        "description": parameters.get("description"),
        "metadata": {k: v for k, v in parameters.get("metadata", {}).items() if v},
        "payment_method_options": _options(parameters),
        "usage": parameters.get("usage", "off_session"),
    }
    intent["client_secret"] = f"{intent['id']}_secret_{call.state.new_secret(25)}"
    if parameters.get("confirm"):
        require_return_url(intent, parameters, kind="Setup")
    method = chosen_method(call, intent)
    if parameters.get("confirm") and method is None:
        raise _missing_method(intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.state.all.setup_intents.add(intent)
    call.emit("setup_intent.created", intent)
    if parameters.get("confirm") and method is not None:
        _set_up(call, intent, method)
    return intent


def _confirm(call: Call) -> Json:
    intent = _retrieve(call)
    _require_open(intent, "confirm")
    require_return_url(intent, call.parameters, kind="Setup")
    method = chosen_method(call, intent)
    if method is None:
        raise _missing_method(intent)
    if "payment_method_options" in call.parameters:
        intent["payment_method_options"] = _options(call.parameters)
    _set_up(call, intent, method)
    return intent


def _set_up(call: Call, intent: Json, method: Json) -> None:
    """Try the card: succeeded, requires_action, or a 402."""
    intent["payment_method"] = method["id"]
    card = call.state.card_facts[method["id"]].card
    decline = None if card.attachable or DECLINE_IGNORED in call.faults.active else card.decline
    decline = GENERIC_DECLINE if decline is None and DECLINED in call.faults.active else decline
    if decline is not None:
        raise _declined(call, intent, method, decline)
    asking = (intent["payment_method_options"]["card"]["request_three_d_secure"]) in {"any", "challenge"}
    if card.authentication in _ASKS_AT_SETUP or (asking and card.authentication is Authentication.ON_REQUEST):
        intent["status"] = "requires_action"
        intent["next_action"] = next_action(call, intent, call.parameters.get("return_url"))
        call.emit("setup_intent.requires_action", intent)
        return
    _succeed(call, intent, method)


def _succeed(call: Call, intent: Json, method: Json) -> None:
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    intent["latest_attempt"] = _attempt(call, intent, method, error=None)["id"]
    call.state.card_facts[method["id"]].set_up = intent["usage"] == "off_session"
    if intent["customer"] is not None and method["customer"] is None:
        attach_to(call, method, intent["customer"])
    call.emit("setup_intent.succeeded", intent)


def _declined(call: Call, intent: Json, method: Json, decline: Decline) -> Refusal:
    error = card_refusal(decline, payment_method=method).error
    intent["latest_attempt"] = _attempt(call, intent, method, error=error)["id"]
    intent |= {"status": "requires_payment_method", "payment_method": None, "last_setup_error": error}
    call.emit("setup_intent.setup_failed", intent)
    return card_refusal(decline, payment_method=method, setup_intent=intent)


def _attempt(call: Call, intent: Json, method: Json, *, error: Json | None) -> Json:
    attempt = template("setup_attempt") | {
        "id": call.state.new_id("setatt"),
        "created": call.state.created(),
        "customer": intent["customer"],
        "payment_method": method["id"],
        "setup_error": error,
        "setup_intent": intent["id"],
        "status": "succeeded" if error is None else "failed",
        "usage": intent["usage"],
    }
    shown = attempt["payment_method_details"]["card"]
    shown |= {name: method["card"][name] for name in shown if name in method["card"]}
    return call.state.all.setup_attempts.add(attempt)


def _retrieve(call: Call) -> Json:
    return call.state.all.setup_intents.get(call.ids["id"])


def _update(call: Call) -> Json:
    intent, parameters = _retrieve(call), call.parameters
    _require_open(intent, "update")
    customer = known_customer(call) or intent["customer"]
    types = accepted_types(call) if any(name.endswith(("_types", "_methods")) for name in parameters) else {}
    named = parameters.get("payment_method") or "payment_method_data" in parameters
    method = chosen_method(call, intent | {"customer": customer}) if named else None
    intent |= types | {"customer": customer, "description": parameters.get("description", intent["description"])}
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    merge_metadata(intent, parameters.get("metadata"))
    return intent


def _cancel(call: Call) -> Json:
    intent = _retrieve(call)
    _require_open(intent, "cancel")
    reason = call.parameters.get("cancellation_reason")
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    call.emit("setup_intent.canceled", intent)
    return intent


def _list(call: Call) -> Json:
    return page(call, call.state.all.setup_intents, same(call, "customer", "payment_method"))


def _require_open(intent: Json, doing: str) -> None:
    if intent["status"] not in _OPEN:
        raise unexpected_state(
            f"You cannot {doing} this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent with one"
            f" of the following statuses allows it: {', '.join(_OPEN)}.",
            intent,
        )


def _missing_method(intent: Json) -> Refusal:
    return unexpected_state(
        "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment"
        " method and then confirm it again.",
        intent,
    )


def _options(parameters: Json) -> Json:
    given = parameters.get("payment_method_options", {}).get("card", {})
    return {"card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"} | given}


_ONE: Final = "/v1/setup_intents/{id}"
_PAGE: Final = (
    DATED_PAGE | {"customer": text, "payment_method": text} | refused_all("attach_to_self", "customer_account")
)

ROUTES: Final = (
    Route(method="POST", path="/v1/setup_intents", act=_create, resource=_KIND, spec=_CREATE),
    Route(method="GET", path="/v1/setup_intents", act=_list, resource=_KIND, spec=_PAGE),
    Route(method="GET", path=_ONE, act=_retrieve, resource=_KIND, spec=EXPAND | {"client_secret": text}),
    Route(method="POST", path=_ONE, act=_update, resource=_KIND, spec=_UPDATE),
    Route(method="POST", path=f"{_ONE}/confirm", act=_confirm, resource=_KIND, spec=_CONFIRM),
    Route(method="POST", path=f"{_ONE}/cancel", act=_cancel, resource=_KIND, spec=_CANCEL),
)
