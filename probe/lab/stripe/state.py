"""Everything that the simulator remembers, and the plain views of it that tests use."""

import dataclasses
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from probe.lab.stripe.cards import Card
from probe.lab.stripe.collection import Collection
from probe.lab.stripe.errors import Json
from probe.model.clock import Clock

API_VERSION: Final = "2026-10-28.endive"
"""The account's own version: what is answered where a request names none, and what events are written in."""

MOST_KEPT: Final = 1000
"""Objects of one kind that are remembered."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMoney:
    """Money that is held or taken and not yet given back."""

    kind: str
    """`authorisation` or `captured`."""
    charge: str
    payment_intent: str | None
    amount_minor: int
    """What is left of it."""
    currency: str
    metadata: dict[str, str]


@dataclass(slots=True)
class CardFacts:
    """What the simulator knows of a payment method's card and never shows."""

    card: Card
    cvc_given: bool = True
    set_up: bool = False
    """Prepared by a setup intent, or by a payment with `setup_future_usage`."""
    spent: bool = False
    """Used without a customer, or detached: may not be used again."""


@dataclass(slots=True)
class Collections:
    """The objects by kind; the texts are those of Stripe's messages."""

    payment_intents: Collection = field(default_factory=lambda: Collection("payment_intent", param="intent"))
    setup_intents: Collection = field(default_factory=lambda: Collection("setupintent", param="intent"))
    setup_attempts: Collection = field(default_factory=lambda: Collection("setup_attempt"))
    payment_methods: Collection = field(default_factory=lambda: Collection("PaymentMethod", param="payment_method"))
    charges: Collection = field(default_factory=lambda: Collection("charge"))
    refunds: Collection = field(default_factory=lambda: Collection("refund"))
    disputes: Collection = field(default_factory=lambda: Collection("dispute", param="dispute"))
    customers: Collection = field(default_factory=lambda: Collection("customer"))
    tokens: Collection = field(default_factory=lambda: Collection("token", param="token"))
    events: Collection = field(default_factory=lambda: Collection("event"))
    webhook_endpoints: Collection = field(
        default_factory=lambda: Collection("webhook endpoint", param="webhook_endpoint")
    )
    balance_transactions: Collection = field(default_factory=lambda: Collection("balance_transaction"))


class SimulatorState:
    """One Stripe account in test mode. Time and ids come in through `clock` and `random`."""

    def __init__(self, clock: Clock, random: random.Random) -> None:
        """An account in which nothing has happened yet."""
        self.clock = clock
        self._random = random
        self.account = self.new_id("acct", 16)
        self.all = Collections()
        self.card_facts: dict[str, CardFacts] = {}
        """By id of the payment method or token."""
        self.webhook_secrets: dict[str, str] = {}
        """By id of the endpoint; shown only when it is made."""
        self.restricted: dict[str, frozenset[str]] = {}
        """Permissions (`rak_charge_write`) by restricted key; a key that is not here may do everything."""
        self.refuses_removed = False
        """Refuse what the request's API version no longer has (`payment_method_types` from 2026-09-30 on), as Stripe's
        changelog says that it does. While False, every version takes what the older ones take."""
        self.outbox: Callable[[Json, Json], None] | None = None
        """Takes an event and an endpoint that wants it, while the web application runs."""
        self._due: list[tuple[float, Callable[[], None]]] = []

    def new_id(self, prefix: str, length: int = 24) -> str:
        """An id as Stripe writes them: prefix, underscore, letters and digits."""
        return f"{prefix}_{self.new_secret(length)}"

    def new_secret(self, length: int = 32) -> str:
        """Letters and digits."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def created(self) -> int:
        """Now, in whole seconds since the epoch."""
        return int(self.clock.now().timestamp())

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen at the first request after `seconds`."""
        self._due.append((self.clock.monotonic() + seconds, happen))

    def catch_up(self) -> None:
        """Let happen what is due; every request begins with it."""
        now = self.clock.monotonic()
        ripe = [happen for at, happen in self._due if at <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        for happen in ripe:
            happen()
        self._forget_old()

    def _forget_old(self) -> None:
        """Keep the newest of each kind, and all money that is still open: a lab that runs for days must not grow."""
        for kind in dataclasses.fields(self.all):
            getattr(self.all, kind.name).trim(MOST_KEPT, spare=_open)
        if len(self.card_facts) > 2 * MOST_KEPT:
            known = {each["id"] for each in (*self.all.payment_methods, *self.all.tokens)}
            known |= {charge["payment_method"] for charge in self.all.charges}
            self.card_facts = {name: facts for name, facts in self.card_facts.items() if name in known}

    def open_money(self) -> list[OpenMoney]:
        """Uncaptured authorisations and captured, not wholly refunded charges; empty after a clean run."""
        return [
            OpenMoney(
                kind="captured" if charge["captured"] else "authorisation",
                charge=charge["id"],
                payment_intent=charge["payment_intent"],
                amount_minor=charge["amount"] - charge["amount_refunded"],
                currency=charge["currency"],
                metadata=dict(charge["metadata"]),
            )
            for charge in self.all.charges
            if _open(charge)
        ]

    def unfinished_intents(self) -> list[Json]:
        """Payment intents that are neither succeeded nor canceled: no money, but something left behind."""
        return [dict(i) for i in self.all.payment_intents if i["status"] not in {"succeeded", "canceled"}]


def _open(made: Json) -> bool:
    """Whether an object is a charge whose money has not been given back."""
    return bool(
        made["object"] == "charge" and made["status"] == "succeeded" and made["amount_refunded"] < made["amount"]
    )
