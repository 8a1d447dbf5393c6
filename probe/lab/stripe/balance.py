"""`/v1/balance`, `/v1/balance_transactions`, `/v1/account`: the account itself."""

from typing import Final

from probe.lab.stripe import ledger
from probe.lab.stripe.calls import Call, Route
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import DATED_PAGE, refused_all, text


def _balance(call: Call) -> Json:
    return ledger.balance(call.state)


def _transaction(call: Call) -> Json:
    ledger.refresh(call.state)
    return call.state.all.balance_transactions.get(call.ids["id"])


def _transactions(call: Call) -> Json:
    ledger.refresh(call.state)
    return page(call, call.state.all.balance_transactions, same(call, "currency", "source", "type"))


def _account(call: Call) -> Json:
    asked = call.ids.get("id", call.state.account)
    if asked != call.state.account:
        raise Refusal(
            f"The provided key does not have access to account '{asked}' (or that account does not exist). Application"
            " access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    account = template("account") | {"id": asked}
    account["external_accounts"]["url"] = f"/v1/accounts/{asked}/external_accounts"
    return account


_PAGE: Final = DATED_PAGE | dict.fromkeys(("currency", "source", "type"), text) | refused_all("payout")

ROUTES: Final = (
    Route(method="GET", path="/v1/balance", act=_balance, resource="balance"),
    Route(method="GET", path="/v1/balance_transactions", act=_transactions, resource="balance_transaction", spec=_PAGE),
    Route(method="GET", path="/v1/balance_transactions/{id}", act=_transaction, resource="balance_transaction"),
    Route(method="GET", path="/v1/account", act=_account, resource="account"),
    Route(method="GET", path="/v1/accounts/{id}", act=_account, resource="account"),
)
