"""`/v1/payment_methods`: the test cards, made, attached and detached."""

from collections.abc import Callable
from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.card_input import METHOD_INPUT, card_refusal, make_method, named_card, new_method
from probe.lab.stripe.errors import Json, Refusal, no_such
from probe.lab.stripe.faults import DECLINE_IGNORED
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import (
    BILLING_DETAILS,
    EXPAND,
    PAGE,
    choice,
    fields,
    integer,
    metadata,
    refused_all,
    text,
)
from probe.lab.stripe.state import CardFacts

_OTHER_TYPES: Final = refused_all(
    "customer", "payment_method", "us_bank_account", "sepa_debit", "link", "customer_account"
)


def usable(call: Call, identifier: str, *, customer: str | None, param: str = "payment_method") -> Json:
    """The payment method that a request names; each use of `pm_card_…` makes a new one. A 400 where it may not be used."""
    if (card := named_card(identifier)) is not None:
        return new_method(call.state, CardFacts(card))
    method = call.state.all.payment_methods.named(identifier, param=param)
    if method["customer"] is not None and method["customer"] != customer:
        raise Refusal(
            f"The provided PaymentMethod ({identifier}) belongs to a Customer. You must provide that Customer to use it.",
            param=param,
        )
    if call.state.card_facts[identifier].spent:
        raise Refusal(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was"
            " detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach"
            " it to a Customer first.",
            param=param,
        )
    return method


def attach_to(call: Call, method: Json, customer: str) -> None:
    """Attach, with its event."""
    method["customer"] = customer
    call.emit("payment_method.attached", method)


def _create(call: Call) -> Json:
    return make_method(call, call.parameters)


def _retrieve(call: Call) -> Json:
    if (card := named_card(call.ids["id"])) is not None:
        return new_method(call.state, CardFacts(card))
    return call.state.all.payment_methods.get(call.ids["id"])


def _update(call: Call) -> Json:
    method = call.state.all.payment_methods.get(call.ids["id"])
    if method["customer"] is None:
        raise Refusal("You must save this PaymentMethod to a customer before you can update it.")
    merge_metadata(method, call.parameters.get("metadata"))
    method["allow_redisplay"] = call.parameters.get("allow_redisplay", method["allow_redisplay"])
    method["billing_details"] |= call.parameters.get("billing_details", {})
    method["card"] |= call.parameters.get("card", {})
    call.emit("payment_method.updated", method)
    return method


def _attach(call: Call) -> Json:
    customer = call.state.all.customers.named(call.parameters["customer"], param="customer")["id"]
    identifier = call.ids["id"]
    if named_card(identifier) is None and call.state.all.payment_methods.find(identifier) is None:
        raise no_such("PaymentMethod", identifier, param="payment_method", status=404)
    method = usable(call, identifier, customer=customer)
    card = call.state.card_facts[method["id"]].card
    if card.decline is not None and not card.attachable and DECLINE_IGNORED not in call.faults.active:
        raise card_refusal(card.decline, payment_method=method)
    attach_to(call, method, customer)
    return method


def _detach(call: Call) -> Json:
    method = call.state.all.payment_methods.get(call.ids["id"])
    if method["customer"] is None:
        raise Refusal(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    method["customer"] = None
    call.state.card_facts[method["id"]].spent = True
    call.emit("payment_method.detached", method)
    return method


def _list(call: Call) -> Json:
    return page(call, call.state.all.payment_methods, _attached(call, call.parameters.get("customer")))


def _list_of_customer(call: Call) -> Json:
    customer = call.state.all.customers.get(call.ids["customer"])["id"]
    return page(call, call.state.all.payment_methods, _attached(call, customer))


def _attached(call: Call, customer: str | None) -> Callable[[Json], bool]:
    """Match what is attached: to this customer, or to any."""
    alike = same(call, "type", "allow_redisplay")
    return lambda one: alike(one) and (one["customer"] == customer if customer else one["customer"] is not None)


_KIND: Final = "payment_method"
_PAGE: Final = PAGE | {"type": choice("card"), "allow_redisplay": choice("always", "limited", "unspecified")}

ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/payment_methods",
        act=_create,
        resource=_KIND,
        spec=EXPAND | METHOD_INPUT | _OTHER_TYPES,
        required=("type",),
    ),
    Route(method="GET", path="/v1/payment_methods", act=_list, resource=_KIND, spec=_PAGE | {"customer": text}),
    Route(method="GET", path="/v1/payment_methods/{id}", act=_retrieve, resource=_KIND),
    Route(
        method="POST",
        path="/v1/payment_methods/{id}",
        act=_update,
        resource=_KIND,
        spec=EXPAND
        | {
            "metadata": metadata,
            "billing_details": BILLING_DETAILS,
            "allow_redisplay": choice("always", "limited", "unspecified"),
            "card": fields(exp_month=integer(1, 12), exp_year=integer(2000)),
        },
    ),
    Route(
        method="POST",
        path="/v1/payment_methods/{id}/attach",
        act=_attach,
        resource=_KIND,
        spec=EXPAND | {"customer": text},
        required=("customer",),
    ),
    Route(method="POST", path="/v1/payment_methods/{id}/detach", act=_detach, resource=_KIND),
    Route(
        method="GET", path="/v1/customers/{customer}/payment_methods", act=_list_of_customer, resource=_KIND, spec=_PAGE
    ),
)
