"""`/v1/customers`: made, changed, and deleted down to a stub."""

from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.card_input import card_refusal
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import (
    ADDRESS,
    DATED_PAGE,
    EXPAND,
    SHIPPING,
    Spec,
    anything,
    choice,
    fields,
    integer,
    items,
    metadata,
    refused_all,
    text,
    unset,
)
from probe.lab.stripe.payment_methods import attach_to, usable

_KIND: Final = "customer"
_PLAIN: Final[Spec] = {
    "address": unset(ADDRESS),
    "balance": integer(-(10**12)),
    "description": unset(text),
    "email": unset(text),
    "invoice_prefix": text,
    "name": unset(text),
    "next_invoice_sequence": integer(1),
    "phone": unset(text),
    "preferred_locales": items(text),
    "shipping": unset(SHIPPING),
    "tax_exempt": choice("exempt", "none", "reverse"),
}
_WRITTEN: Final[Spec] = (
    EXPAND
    | _PLAIN
    | refused_all("business_name", "cash_balance", "individual_name", "source", "tax", "tax_id_data", "default_source")
    | {
        "invoice_settings": fields(custom_fields=anything, default_payment_method=unset(text), footer=unset(text)),
        "metadata": metadata,
        "validate": anything,
    }
)


def _create(call: Call) -> Json:
    customer = template("customer") | {
        "id": call.state.new_id("cus", 14),
        "created": call.state.created(),
        "invoice_prefix": call.state.new_secret(8).upper(),
    }
    method = _first_method(call, customer["id"])
    _write(call, customer)
    call.state.all.customers.add(customer)
    call.emit("customer.created", customer)
    if method is not None:
        attach_to(call, method, customer["id"])
    return customer


def _first_method(call: Call, customer: str) -> Json | None:
    """The payment method that comes with a new customer, attachable as any other."""
    if "payment_method" not in call.parameters:
        return None
    method = usable(call, call.parameters["payment_method"], customer=customer)
    card = call.state.card_facts[method["id"]].card
    if card.decline is not None and not card.attachable:
        raise card_refusal(card.decline, payment_method=method)
    return method


def _write(call: Call, customer: Json) -> None:
    parameters = call.parameters
    settings = parameters.get("invoice_settings", {})
    default = settings.get("default_payment_method")
    if default and default != parameters.get("payment_method"):
        method = call.state.all.payment_methods.named(default, param="invoice_settings[default_payment_method]")
        if method["customer"] != customer["id"]:
            raise Refusal(
                f"The customer does not have a payment method with the ID {default}. The payment method must be attached to"
                " the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
    customer |= {name: parameters[name] for name in _PLAIN if name in parameters}
    customer["invoice_settings"] |= settings
    merge_metadata(customer, parameters.get("metadata"))


def _retrieve(call: Call) -> Json:
    customers = call.state.all.customers
    return customers.stub(call.ids["id"]) or customers.get(call.ids["id"])


def _update(call: Call) -> Json:
    customer = call.state.all.customers.get(call.ids["id"])
    _write(call, customer)
    call.emit("customer.updated", customer)
    return customer


def _delete(call: Call) -> Json:
    customer = call.state.all.customers.get(call.ids["id"])
    for method in call.state.all.payment_methods:
        if method["customer"] == customer["id"]:
            method["customer"] = None
            call.state.card_facts[method["id"]].spent = True
    call.emit("customer.deleted", customer)
    stub = template("deleted_customer") | {"id": customer["id"]}
    return call.state.all.customers.delete(customer["id"], stub)


def _list(call: Call) -> Json:
    return page(call, call.state.all.customers, same(call, "email"))


_ONE: Final = "/v1/customers/{id}"

ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/customers",
        act=_create,
        resource=_KIND,
        spec=_WRITTEN | {"payment_method": text} | refused_all("test_clock"),
    ),
    Route(method="GET", path="/v1/customers", act=_list, resource=_KIND, spec=DATED_PAGE | {"email": text}),
    Route(method="GET", path=_ONE, act=_retrieve, resource=_KIND),
    Route(method="POST", path=_ONE, act=_update, resource=_KIND, spec=_WRITTEN),
    Route(method="DELETE", path=_ONE, act=_delete, resource=_KIND),
)
