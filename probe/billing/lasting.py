"""Which methods make something at Stripe that stays, and that no undo of ours takes back. Closed tables; pure."""

from typing import Final

_UNDONE: Final = frozenset(
    {
        "v1.charges.create",
        "v1.customers.create",
        "v1.payment_intents.create",
        "v1.payment_methods.attach",
        "v1.payment_methods.create",
        "v1.setup_intents.create",
        "v1.webhook_endpoints.create",
    }
)
"""What they answer is in `probe.billing.undo.UNDOS`."""

_PASSING: Final = frozenset(
    {
        "v1.account_links.create",
        "v1.account_sessions.create",
        "v1.billing_portal.sessions.create",
        "v1.customer_sessions.create",
        "v1.ephemeral_keys.create",
        "v1.invoices.create_preview",
        "v1.refunds.create",
        "v1.tax.calculations.create",
        "v1.terminal.connection_tokens.create",
        "v1.test_helpers.confirmation_tokens.create",
        "v1.tokens.create",
    }
)
"""They take back themselves, or what they make ends by itself within hours or a day and can charge nobody."""

_MAKING: Final = frozenset({"accept", "attach", "attach_payment", "fund_cash_balance", "pay"})
"""Last words besides `create` of methods after which there is something that was not: money, or what will take some."""


def stays(method: str) -> bool:
    """Whether it makes something that is still there after the run, unless the scenario itself takes it back."""
    return _makes(method) and method not in _UNDONE | _PASSING


def _makes(method: str) -> bool:
    last = method.rpartition(".")[2]
    return last in _MAKING or last == "create" or last.startswith("create_")
