"""Which of the objects that Stripe lists a crashed run left behind. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.billing.marking import Mark, mark_on
from probe.billing.undo import Undo, amount_minor, undo_of

_HELD: Final = "requires_capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list of Stripe's to look through."""

    method: str
    expand: tuple[str, ...] = ()
    dated: bool = True
    """It can be asked for by `created`."""


LISTINGS: Final = (
    Listing(method="v1.payment_intents.list", expand=("data.latest_charge",)),
    Listing(method="v1.charges.list"),
    Listing(method="v1.setup_intents.list"),
    Listing(method="v1.customers.list"),
    Listing(method="v1.webhook_endpoints.list", dated=False),
)
"""Where objects that carry our mark and can be taken back are found, money first. Lists are up to date at once, a search is not
(docs.stripe.com/search: a minute, and hours in an outage). An attached payment method carries no mark; it goes with its customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When what is looked for was created."""

    created_from: datetime
    created_before: datetime
    held_back: bool = False
    """Look at what is younger as well, to say what is held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was left behind."""

    type: str
    id: str
    created: datetime
    mark: Mark
    undo: Undo
    amount_minor: int | None
    currency: str | None
    held_until: datetime | None = None
    """It may not be taken back before; None: it may be at once."""


def left_behind(made: Mapping[str, object], window: Window, *, now: datetime) -> Found | None:
    """What has to be taken back of an object, now or later; None for what is not ours, too old, or closed.

    `now` decides what is in use: the earliest that any clock says.
    """
    mark = mark_on(made)
    created = made.get("created")
    if mark is None or not isinstance(created, int) or isinstance(created, bool):
        return None
    at = datetime.fromtimestamp(created, UTC)
    if at < window.created_from:
        return None
    refunded = _refunded(made)
    undo = None if refunded is None else undo_of(made, refunded_minor=refunded)
    if undo is None:
        return None
    amount = _amount(made, refunded or 0)
    return Found(
        type=str(made.get("object")),
        id=str(made.get("id")),
        created=at,
        mark=mark,
        undo=undo,
        amount_minor=amount,
        currency=None if amount is None else str(made.get("currency")),
        held_until=_held_until(mark, at, window, now),
    )


def _held_until(mark: Mark, created: datetime, window: Window, now: datetime) -> datetime | None:
    """When the run has ended and the object is old enough; None where both are so."""
    in_use = [mark.ends_by] if mark.ends_by is not None and mark.ends_by >= now else []
    young = [created + max(now - window.created_before, timedelta())] if created >= window.created_before else []
    return max([*in_use, *young], default=None)


def charge_to_read(made: Mapping[str, object]) -> str | None:
    """The charge that says what was given back, where only its id came; it has to be read first."""
    charge = made.get("latest_charge")
    return charge if isinstance(charge, str) and made.get("status") == "succeeded" else None


def _refunded(made: Mapping[str, object]) -> int | None:
    """What was given back of an intent's or a charge's money, in minor units; None where nothing can be: a dispute has taken it already."""
    charge = made if made.get("object") == "charge" else made.get("latest_charge")
    if not isinstance(charge, Mapping):
        return 0
    return None if charge.get("disputed") is True else _whole(charge.get("amount_refunded"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _amount(made: Mapping[str, object], refunded: int) -> int | None:
    """The money that is out."""
    if made.get("object") == "charge":
        return _whole(made.get("amount")) - refunded
    if made.get("object") != "payment_intent":
        return None
    if made.get("status") == _HELD:
        return _whole(made.get("amount_capturable")) or _whole(made.get("amount"))
    return (amount_minor(made, "amount_received") - refunded) or None
