"""The parameters that payment intents and setup intents share, and what becomes of them."""

from typing import Final

from probe.lab.stripe.calls import Call
from probe.lab.stripe.card_input import METHOD_INPUT, make_method
from probe.lab.stripe.errors import Json, Refusal, not_simulated
from probe.lab.stripe.parameters import Spec, anything, choice, fields, flag, items, metadata, text, unset
from probe.lab.stripe.payment_methods import usable

REMOVED_IN: Final = "2026-09-30"
"""From this API version on Stripe answers `payment_method_types` with a 400: docs.stripe.com/changelog/endive."""
THREE_D_SECURE: Final = choice("any", "automatic", "challenge")
METHOD_OPTIONS: Final = fields(card=fields(request_three_d_secure=THREE_D_SECURE, cvc_token=anything, network=anything))

CREATED: Spec = {
    "allowed_payment_method_types": items(text),
    "automatic_payment_methods": fields(enabled=flag, allow_redirects=choice("always", "never")),
    "customer": text,
    "description": unset(text),
    "excluded_payment_method_types": items(text),
    "metadata": metadata,
    "payment_method": unset(text),
    "payment_method_data": fields(**METHOD_INPUT),
    "payment_method_options": METHOD_OPTIONS,
    "payment_method_types": items(text),
}
CONFIRMED: Spec = {
    "payment_method": text,
    "payment_method_data": fields(**METHOD_INPUT),
    "payment_method_options": METHOD_OPTIONS,
    "return_url": text,
    "use_stripe_sdk": flag,
}

_WAYS: Final = ("payment_method_types", "automatic_payment_methods", "allowed_payment_method_types")


def accepted_types(call: Call) -> Json:
    """What an intent says of the payment methods that it takes: types given, or whatever the Dashboard has on."""
    parameters = call.parameters
    given = [name for name in _WAYS if name in parameters]
    if len(given) > 1:
        raise Refusal(f"You may only specify one of these parameters: {', '.join(given)}.", param=given[0])
    if "payment_method_types" in parameters and call.state.refuses_removed and call.version >= REMOVED_IN:
        raise Refusal(
            "The parameter payment_method_types is no longer supported. Use allowed_payment_method_types, or leave it out"
            " to use the payment methods enabled in the Dashboard.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    _require_cards(parameters)
    automatic = parameters.get("automatic_payment_methods", {"enabled": not given})
    redirects = {"allow_redirects": automatic.get("allow_redirects", "always")} if automatic.get("enabled") else None
    return {
        "automatic_payment_methods": redirects and {"enabled": True, **redirects},
        "payment_method_types": ["card"],
        "excluded_payment_method_types": parameters.get("excluded_payment_method_types"),
    }


def chosen_method(call: Call, intent: Json) -> Json | None:
    """The payment method that the request, or else the intent, names; None where neither does."""
    parameters = call.parameters
    if "payment_method_data" in parameters:
        if parameters.get("payment_method"):
            raise Refusal("You may only specify one of these parameters: payment_method, payment_method_data.")
        return make_method(call, parameters["payment_method_data"])
    identifier = parameters.get("payment_method", intent["payment_method"])
    return usable(call, identifier, customer=intent["customer"]) if identifier else None


def known_customer(call: Call) -> str | None:
    """The customer that the request names, checked."""
    customer = call.parameters.get("customer")
    return call.state.all.customers.named(customer, param="customer")["id"] if customer else None


def _require_cards(parameters: Json) -> None:
    """Other payment methods than cards are not simulated."""
    for name in ("payment_method_types", "allowed_payment_method_types"):
        if others := [one for one in parameters.get(name, ["card"]) if one != "card"]:
            raise not_simulated(f"{name}={others[0]}")
    if "card" in parameters.get("excluded_payment_method_types", ()):
        raise not_simulated("excluded_payment_method_types=card")
