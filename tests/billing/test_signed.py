"""Webhooks are taken when they are signed as Stripe signs, and only then."""

import json

import pytest

from probe.billing.inbox import Delivery
from probe.billing.signed import TOLERANCE_S, Refused, read_delivery, sign
from probe.model.clock import SystemClock
from probe.model.secret import Secret

SECRET = Secret("whsec_ours")
EVENT = {"id": "evt_1", "object": "event", "type": "charge.refunded", "data": {"object": {"id": "ch_1"}}}


def now() -> int:
    """The SDK takes the machine's own time."""
    return int(SystemClock().now().timestamp())


def signed(value: object, *, at: int | None = None, secret: Secret = SECRET) -> tuple[bytes, str]:
    """A body and its header."""
    body = value if isinstance(value, str) else json.dumps(value)
    return body.encode(), sign(body, secret, at=now() if at is None else at)


def test_an_event_is_taken() -> None:
    """With what it is about; one about nothing that has an id is an event too."""
    body, header = signed(EVENT)
    assert read_delivery(body, header, SECRET) == Delivery(
        event_id="evt_1", kind="charge.refunded", object_id="ch_1", live=False
    )
    body, header = signed(EVENT | {"data": {"object": {"object": "balance"}}})
    taken = read_delivery(body, header, SECRET)
    assert isinstance(taken, Delivery)
    assert taken.object_id == ""


@pytest.mark.parametrize("place", ["event", "object", "deeper"])
def test_live_mode_is_seen_at_any_depth(place: str) -> None:
    """In the event, in what it is about, and below that."""
    live = {"livemode": True}
    event = {
        "event": EVENT | live,
        "object": EVENT | {"data": {"object": {"id": "ch_1"} | live}},
        "deeper": EVENT | {"data": {"object": {"id": "ch_1", "items": [{"price": live}]}}},
    }[place]
    taken = read_delivery(*signed(event), SECRET)
    assert isinstance(taken, Delivery)
    assert taken.live


def test_what_is_not_signed_rightly_is_refused() -> None:
    """Without a header, with nonsense, by another secret, over another body, and signed too long ago."""
    body, header = signed(EVENT)
    assert read_delivery(body, None, SECRET) is Refused.UNSIGNED
    assert read_delivery(body, "", SECRET) is Refused.UNSIGNED
    for wrong in ("nonsense", "t=1", "t=now,v1=abc", header.replace("v1=", "v0="), header + "0"):
        assert read_delivery(body, wrong, SECRET) is Refused.FORGED
    assert read_delivery(body + b" ", header, SECRET) is Refused.FORGED
    assert read_delivery(*signed(EVENT, secret=Secret("whsec_theirs")), SECRET) is Refused.FORGED
    assert read_delivery(b"\xff\xfe", header, SECRET) is Refused.FORGED
    assert read_delivery(*signed(EVENT, at=now() - TOLERANCE_S - 60), SECRET) is Refused.STALE
    assert isinstance(read_delivery(*signed(EVENT, at=now() - TOLERANCE_S + 60), SECRET), Delivery)


@pytest.mark.parametrize(
    "value", ["no JSON", "[" * 100_000, "[]", {"object": "charge", "id": "ch_1"}, {"object": "event"}]
)
def test_what_is_signed_and_no_event_is_refused(value: object) -> None:
    """Whoever has the secret may still send nonsense."""
    assert read_delivery(*signed(value), SECRET) is Refused.MALFORMED
