"""`/v1/payment_intents`: create, confirm, capture, cancel, and the rest of a payment's life."""

from typing import Final

from probe.lab.stripe import charging, search
from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.confirming import answer_challenge, confirm, require_return_url
from probe.lab.stripe.currencies import check_amount, known_currency
from probe.lab.stripe.errors import Json, Refusal, unexpected_state
from probe.lab.stripe.faults import WRONG_AMOUNT, StripeFaults
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.intent_parameters import CONFIRMED, CREATED, accepted_types, chosen_method, known_customer
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import (
    DATED_PAGE,
    EXPAND,
    SHIPPING,
    Spec,
    anything,
    choice,
    flag,
    integer,
    metadata,
    only,
    refused_all,
    text,
    unset,
)
from probe.lab.stripe.state import SimulatorState

_AMOUNT: Final = integer(1)
_COMMON: Final[Spec] = {
    "capture_method": choice("automatic", "automatic_async", "manual"),
    "receipt_email": unset(text),
    "setup_future_usage": unset(choice("off_session", "on_session")),
    "shipping": unset(SHIPPING),
}
_DESCRIPTORS: Final[Spec] = {"statement_descriptor": text, "statement_descriptor_suffix": text}
_CONFIRMING: Final[Spec] = CONFIRMED | {
    "error_on_requires_action": flag,
    "off_session": flag,
    "radar_options": anything,
    "mandate_data": anything,
}
_NOT_SIMULATED: Final = refused_all(
    "amount_details",
    "application_fee_amount",
    "confirmation_token",
    "customer_account",
    "hooks",
    "mandate",
    "on_behalf_of",
    "payment_details",
    "payment_method_configuration",
    "transfer_data",
)
_UPDATE: Final[Spec] = (
    EXPAND
    | _NOT_SIMULATED
    | CREATED
    | _COMMON
    | _DESCRIPTORS
    | {"amount": _AMOUNT, "currency": text, "transfer_group": text}
)
_CREATE: Final[Spec] = _CONFIRMING | _UPDATE | {"confirm": flag, "confirmation_method": only("automatic")}
_CONFIRM: Final[Spec] = EXPAND | _NOT_SIMULATED | _CONFIRMING | _COMMON | refused_all("amount_to_confirm")
_CAPTURE: Final[Spec] = (
    EXPAND | _NOT_SIMULATED | _DESCRIPTORS | {"amount_to_capture": _AMOUNT, "metadata": metadata, "final_capture": flag}
)
_REASONS: Final = choice("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_CANCELABLE: Final = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
_CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_ECHOED: Final = (*_COMMON, *_DESCRIPTORS, "description", "transfer_group")
CANCEL_REASON: Final[Spec] = EXPAND | {"cancellation_reason": _REASONS}


def authenticate(state: SimulatorState, faults: StripeFaults, intent: str, *, succeeds: bool = True) -> None:
    """Answer the 3-D Secure challenge of a payment intent, as its cardholder would in a browser."""
    call = Call(
        state=state, faults=faults, request_id=None, idempotency_key=None, path="", version="", ids={}, parameters={}
    )
    answer_challenge(call, state.all.payment_intents.get(intent), succeeds=succeeds)


def _create(call: Call) -> Json:
    parameters = call.parameters
    currency = known_currency(parameters["currency"])
    check_amount(parameters["amount"], currency)
    if "off_session" in parameters and not parameters.get("confirm"):
        raise Refusal("You can only pass off_session when confirm=true.", param="off_session")
    intent = template("payment_intent") | accepted_types(call)
    intent |= {name: parameters[name] for name in _ECHOED if name in parameters}
    intent |= {
        "id": call.state.new_id("pi"),
        "amount": parameters["amount"] + (1 if WRONG_AMOUNT in call.faults.active else 0),
        "capture_method": parameters.get("capture_method", "automatic_async"),
        "created": call.state.created(),
        "currency": currency,
        "customer": known_customer(call),
        "metadata": {k: v for k, v in parameters.get("metadata", {}).items() if v},
        "payment_method_options": _options(parameters),
    }
    intent["client_secret"] = f"{intent['id']}_secret_{call.state.new_secret(25)}"
    if parameters.get("confirm"):
        require_return_url(intent, parameters)
    method = chosen_method(call, intent)
    if parameters.get("confirm") and method is None:
        raise _missing_method(intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.state.all.payment_intents.add(intent)
    call.emit("payment_intent.created", intent)
    if parameters.get("confirm") and method is not None:
        confirm(call, intent, method)
    return intent


def _retrieve(call: Call) -> Json:
    return call.state.all.payment_intents.get(call.ids["id"])


def _update(call: Call) -> Json:
    intent, parameters = _retrieve(call), call.parameters
    fixed = {"amount", "currency", "customer", "payment_method", "capture_method"} & set(parameters)
    if fixed and intent["status"] not in _CONFIRMABLE:
        raise unexpected_state(
            f"This PaymentIntent's {min(fixed)} could not be updated because it has a status of {intent['status']}."
            f" You may only update the {min(fixed)} of a PaymentIntent with one of the following statuses:"
            f" {', '.join(_CONFIRMABLE)}.",
            intent,
        )
    currency = known_currency(parameters.get("currency") or intent["currency"])
    amount = parameters.get("amount") or intent["amount"]
    check_amount(amount, currency)
    customer = known_customer(call) or intent["customer"]
    types = accepted_types(call) if any(name.endswith(("_types", "_methods")) for name in parameters) else {}
    method = chosen_method(call, intent | {"customer": customer}) if _names_method(parameters) else None
    intent |= {name: parameters[name] for name in _ECHOED if name in parameters}
    intent |= types | {"amount": amount, "currency": currency, "customer": customer}
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    if "payment_method_options" in parameters:
        intent["payment_method_options"] = _options(parameters)
    merge_metadata(intent, parameters.get("metadata"))
    return intent


def _confirm(call: Call) -> Json:
    intent, parameters = _retrieve(call), call.parameters
    if intent["status"] not in _CONFIRMABLE:
        because = (
            "it has already succeeded after being previously confirmed"
            if intent["status"] == "succeeded"
            else f"it has a status of {intent['status']}"
        )
        raise unexpected_state(f"You cannot confirm this PaymentIntent because {because}.", intent)
    require_return_url(intent, parameters)
    method = chosen_method(call, intent)
    if method is None:
        raise _missing_method(intent)
    intent |= {name: parameters[name] for name in _ECHOED if name in parameters}
    if "payment_method_options" in parameters:
        intent["payment_method_options"] = _options(parameters)
    confirm(call, intent, method)
    return intent


def _capture(call: Call) -> Json:
    intent, parameters = _retrieve(call), call.parameters
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a PaymentIntent"
            " with one of the following statuses may be captured: requires_capture.",
            intent,
        )
    amount = parameters.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise Refusal(
            "The requested capture amount is greater than the amount you can capture for this PaymentIntent.",
            code="amount_too_large",
            param="amount_to_capture",
            executed=True,
        )
    merge_metadata(intent, parameters.get("metadata"))
    intent |= {name: parameters[name] for name in _DESCRIPTORS if name in parameters}
    charging.capture(call, call.state.all.charges.get(intent["latest_charge"]), amount)
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    call.emit("payment_intent.succeeded", intent)
    return intent


def _cancel(call: Call) -> Json:
    intent = _retrieve(call)
    if intent["status"] not in _CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent with"
            f" one of the following statuses may be canceled: {', '.join(_CANCELABLE)}, processing.",
            intent,
        )
    if intent["status"] == "requires_capture":
        charge = call.state.all.charges.get(intent["latest_charge"])
        charging.release(call, charge, charge["amount"])
        call.emit("charge.refunded", charge)
    intent |= {
        "status": "canceled",
        "canceled_at": call.state.created(),
        "cancellation_reason": call.parameters.get("cancellation_reason"),
        "amount_capturable": 0,
        "next_action": None,
    }
    call.emit("payment_intent.canceled", intent)
    return intent


def _list(call: Call) -> Json:
    return page(call, call.state.all.payment_intents, same(call, "customer"))


def _search(call: Call) -> Json:
    return search.found(call, call.state.all.payment_intents)


def _missing_method(intent: Json) -> Refusal:
    return unexpected_state(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the"
        " PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment"
        " method or ConfirmationToken.",
        intent,
    )


def _options(parameters: Json) -> Json:
    """The options of cards, with Stripe's defaults."""
    given = parameters.get("payment_method_options", {}).get("card", {})
    plain = {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    return {"card": plain | given}


def _names_method(parameters: Json) -> bool:
    return bool(parameters.get("payment_method") or "payment_method_data" in parameters)


_KIND: Final = "payment_intent"
_ONE: Final = "/v1/payment_intents/{id}"
SECRET: Final[Spec] = EXPAND | {"client_secret": text}

ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/payment_intents",
        act=_create,
        resource=_KIND,
        spec=_CREATE,
        required=("amount", "currency"),
    ),
    Route(method="GET", path="/v1/payment_intents", act=_list, resource=_KIND, spec=DATED_PAGE | {"customer": text}),
    Route(
        method="GET",
        path="/v1/payment_intents/search",
        act=_search,
        resource=_KIND,
        spec=search.SPEC,
        required=("query",),
    ),
    Route(method="GET", path=_ONE, act=_retrieve, resource=_KIND, spec=SECRET),
    Route(method="POST", path=_ONE, act=_update, resource=_KIND, spec=_UPDATE),
    Route(method="POST", path=f"{_ONE}/confirm", act=_confirm, resource=_KIND, spec=_CONFIRM),
    Route(method="POST", path=f"{_ONE}/capture", act=_capture, resource=_KIND, spec=_CAPTURE),
    Route(method="POST", path=f"{_ONE}/cancel", act=_cancel, resource=_KIND, spec=CANCEL_REASON),
)
