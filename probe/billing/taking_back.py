"""What a scenario's own cleanup can take back with what: a closed table by the method that makes something. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.billing.methods import find


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One call that takes back what a method makes."""

    method: str
    parameter: str
    """Under which it has the id."""
    besides: Mapping[str, object] = field(default_factory=dict)
    """Further parameters, without which it takes nothing back."""
    parent: str | None = None
    """The id is not that of what was made, but stands in this parameter of the method that made it: it goes with its parent."""


_ENDING: Final = (
    "delete",
    "cancel",
    "void_invoice",
    "void_credit_note",
    "void_grant",
    "expire",
    "reverse",
    "close",
    "archive",
    "deactivate",
    "disable",
    "uninstall",
)
"""Last words of the methods after which what the `create` beside them has made can charge nobody and does nothing any more. Their
last parameter in the URL is its id."""

_INACTIVE: Final[Mapping[str, object]] = {"active": False}
_UPDATES: Final[Mapping[str, Mapping[str, object]]] = {
    "v1.billing_portal.configurations": _INACTIVE,
    "v1.entitlements.features": _INACTIVE,
    "v1.file_links": {"expires_at": "now"},
    "v1.issuing.cardholders": {"status": "inactive"},
    "v1.issuing.cards": {"status": "canceled"},
    "v1.payment_links": _INACTIVE,
    "v1.payment_method_configurations": _INACTIVE,
    "v1.payment_method_domains": {"enabled": False},
    "v1.plans": _INACTIVE,
    "v1.prices": _INACTIVE,
    "v1.products": _INACTIVE,
    "v1.promotion_codes": _INACTIVE,
    "v1.shipping_rates": _INACTIVE,
    "v1.tax.registrations": {"expires_at": "now"},
    "v1.tax_rates": _INACTIVE,
}
"""What Stripe does not delete is put aside by an `update` with just this."""

_OTHERS: Final[Mapping[str, tuple[Way, ...]]] = {
    "v1.invoices.pay": (Way(method="v1.credit_notes.create", parameter="invoice"),),
    "v1.transfers.create": (Way(method="v1.transfers.reversals.create", parameter="id"),),
}

_CUSTOMER: Final = Way(method="v1.customers.delete", parameter="customer", parent="customer")
_ACCOUNT: Final = Way(method="v1.accounts.delete", parameter="account", parent="account")
_PARENTS: Final[Mapping[str, Way]] = {
    "v1.accounts.external_accounts.create": _ACCOUNT,
    "v1.accounts.login_links.create": _ACCOUNT,
    "v1.accounts.persons.create": _ACCOUNT,
    "v1.customers.balance_transactions.create": _CUSTOMER,
    "v1.customers.funding_instructions.create": _CUSTOMER,
    "v1.customers.payment_sources.create": _CUSTOMER,
    "v1.customers.tax_ids.create": _CUSTOMER,
    "v1.products.features.create": Way(method="v1.products.delete", parameter="id", parent="product"),
    "v1.radar.value_list_items.create": Way(
        method="v1.radar.value_lists.delete", parameter="value_list", parent="value_list"
    ),
    "v1.subscriptions.create": _CUSTOMER,
    "v1.test_helpers.customers.fund_cash_balance": _CUSTOMER,
}
"""What is gone with what it belongs to (docs.stripe.com/api/customers/delete: active subscriptions are cancelled at once)."""

_GIVING_BACK: Final = frozenset(
    {"v1.application_fees.refunds.create", "v1.credit_notes.create", "v1.transfers.reversals.create"}
)
"""Creates that take back what another one made."""


def ways(method: str) -> tuple[Way, ...]:
    """What takes back what `method` makes; empty where nothing at Stripe does."""
    service, _, last = method.rpartition(".")
    beside = _beside(service) if last == "create" else ()
    parent = _PARENTS.get(method)
    return (*beside, *_OTHERS.get(method, ()), *(() if parent is None else (parent,)))


def gives_back(method: str) -> bool:
    """Whether it makes something only to take back what another has made: that is not taken back in its turn."""
    return method in _GIVING_BACK


def _beside(service: str) -> tuple[Way, ...]:
    found = [each for word in _ENDING if (each := find(f"{service}.{word}")) is not None and each.path_arguments]
    ended = tuple(Way(method=each.name, parameter=each.path_arguments[-1]) for each in found)
    update, besides = find(f"{service}.update"), _UPDATES.get(service)
    if update is None or besides is None:
        return ended
    return (*ended, Way(method=update.name, parameter=update.path_arguments[-1], besides=besides))
