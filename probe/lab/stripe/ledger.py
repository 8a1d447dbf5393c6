"""Balance transactions and the balance that they add up to."""

from typing import Final

from probe.lab.stripe.errors import Json
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.state import SimulatorState

DISPUTE_FEE: Final = 1500
SETTLES_AFTER_S: Final = 2 * 24 * 3600
"""A charge's money becomes available two days later."""


def fee(amount: int) -> int:
    """Stripe's standard fee: 2.9 % and 30 minor units."""
    return round(amount * 0.029) + 30


def book(state: SimulatorState, kind: str, amount: int, subject: Json, *, fee: int = 0, at_once: bool = False) -> Json:
    """Write one line: money that comes (positive) or goes (negative) because of `subject`."""
    due = state.created() + (0 if at_once or amount < 0 else SETTLES_AFTER_S)
    line = template("balance_transaction") | {
        "id": state.new_id("txn"),
        "amount": amount,
        "available_on": due,
        "created": state.created(),
        "currency": subject["currency"],
        "description": subject.get("description"),
        "fee": fee,
        "fee_details": _fee_details(fee, subject["currency"]),
        "net": amount - fee,
        "reporting_category": "dispute" if kind == "adjustment" else kind,
        "source": subject["id"],
        "status": _status(state, due),
        "type": kind,
    }
    return state.all.balance_transactions.add(line)


def refresh(state: SimulatorState) -> None:
    """Let what is due by now become available."""
    for line in state.all.balance_transactions:
        line["status"] = _status(state, line["available_on"])


def balance(state: SimulatorState) -> Json:
    """The sums by currency; always one of dollars, also where nothing ever happened."""
    refresh(state)
    shown = template("balance")
    currencies = {"usd", *(line["currency"] for line in state.all.balance_transactions)}
    for currency in sorted(currencies):
        for status in ("available", "pending"):
            total = sum(
                line["net"]
                for line in state.all.balance_transactions
                if line["currency"] == currency and line["status"] == status
            )
            shown[status].append({"amount": total, "currency": currency, "source_types": {"card": total}})
        shown["connect_reserved"].append({"amount": 0, "currency": currency})
    return shown


def _status(state: SimulatorState, due: int) -> str:
    return "available" if due <= state.created() else "pending"


def _fee_details(amount: int, currency: str) -> list[Json]:
    detail = {"amount": amount, "application": None, "currency": currency, "description": "Stripe processing fees"}
    return [detail | {"type": "stripe_fee"}] if amount else []
