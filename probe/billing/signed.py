"""Webhooks as Stripe signs them: verified by the SDK, and made for the tests of an endpoint."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from probe.billing.inbox import Delivery
from probe.checks.livemode import says_live
from probe.model.secret import Secret

TOLERANCE_S: Final = 300
"""How old a delivery may be; Stripe signs each try anew, and its SDKs take five minutes."""


class Refused(StrEnum):
    """Why a delivery is not taken; the value is a label."""

    UNSIGNED = "unsigned"
    FORGED = "forged"
    """The signature is not one of our secret, over this body."""
    STALE = "stale"
    MALFORMED = "malformed"
    """Signed rightly, and yet no event of Stripe's."""


def read_delivery(body: bytes, header: str | None, secret: Secret) -> Delivery | Refused:
    """The event in `body`, where its `Stripe-Signature` is right and new enough.

    The SDK takes the machine's own time: so do Stripe's users.
    """
    from stripe import SignatureVerificationError, WebhookSignature  # noqa: PLC0415 - costs 50 ms and 8 MB

    if not header:
        return Refused.UNSIGNED
    if not header.isascii():  # the SDK's comparison raises
        return Refused.FORGED
    try:
        WebhookSignature.verify_header(body, header, secret.reveal())
    except (SignatureVerificationError, UnicodeError):
        return Refused.FORGED
    try:
        WebhookSignature.verify_header(body, header, secret.reveal(), TOLERANCE_S)
    except SignatureVerificationError:
        return Refused.STALE
    return _delivery(body.decode())


def sign(body: str, secret: Secret, *, at: int) -> str:
    """The `Stripe-Signature` header of `body`, signed at `at` (Unix seconds)."""
    from stripe import WebhookSignature  # noqa: PLC0415 - as above

    return str(WebhookSignature.generate_signature_header(body, secret.reveal(), at))


def _delivery(text: str) -> Delivery | Refused:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return Refused.MALFORMED
    if not isinstance(event, Mapping) or event.get("object") != "event" or not isinstance(event.get("id"), str):
        return Refused.MALFORMED
    data = event.get("data")
    about = data.get("object") if isinstance(data, Mapping) else None
    return Delivery(
        event_id=event["id"],
        kind=str(event.get("type")),
        object_id=str(about.get("id") or "") if isinstance(about, Mapping) else "",
        live=says_live(text),
    )
