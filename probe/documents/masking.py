"""What must never reach a message: keys, card numbers, webhook secrets.

Messages are about what somebody wrote, so more is masked in them than on the way out (`probe.redact.leaving`): whole keys, and
everything that could be a card number.
"""

import re
from typing import Final

from probe.documents.disguises import readings
from probe.redact.card_numbers import holds_card, mask_any_grouping, mask_card_numbers
from probe.redact.leaving import leaving
from probe.redact.patterns import holds_encoded

KEY_BEGINS: Final = r"(?:(?:sk|rk|pk)_(?:org_)?|(?<![0-9A-Za-z])(?:sk|rk|pk|ek)_(?:[a-z0-9]{1,24}_){0,3})"
"""How every Stripe key begins, up to its mode: `sk_`, `rk_org_`; what else may stand there only where a word begins (`task_is_live_`)."""

_KEY: Final = re.compile(r"(?:sk|rk|pk)_[a-z]+_[A-Za-z0-9_]+|whsec_[A-Za-z0-9+/=_]+")
_LIVE_KEY: Final = re.compile(KEY_BEGINS + r"live_\w*")
_LIKE_A_REAL_ONE: Final = re.compile(KEY_BEGINS + r"live_(?=[A-Za-z]*[0-9])[0-9A-Za-z]{12,}")
_LIKE_A_SECRET: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[sr]k_test_(?=[A-Za-z]*[0-9])[0-9A-Za-z]{12,}|whsec_[0-9A-Za-z]{12,})"
)
_USERINFO: Final = re.compile(r"://[^\s/?#]*@")
_ANY_KEY: Final = re.compile(KEY_BEGINS + r"(?:live|test)_\w*|whsec_\w+")


def live_key(text: str) -> re.Match[str] | None:
    """The first thing in `text` that looks like a live-mode key."""
    return _LIVE_KEY.search(text)


def any_key(text: str) -> re.Match[str] | None:
    """The first thing in `text` that looks like a Stripe key of either mode, or a webhook secret."""
    return _ANY_KEY.search(text)


def holds_live_key(text: str) -> bool:
    """Whether a live-mode key stands in `text`, in disguise too: percent-encoded, escaped, in Base64."""
    return any(live_key(reading) for reading in readings(text))


def file_holds_live_key(name: str) -> bool:
    """The same for the name of a file, which may be called after what stands in it: `/run/secrets/sk_live_key`, but no real key."""
    if "/" not in name:
        return holds_live_key(name)
    return any(map(_LIKE_A_REAL_ONE.search, readings(name)))


def label_holds_secret(text: str) -> bool:
    """Whether a key of test mode, a webhook secret, a card number or the user of a URL stands in a name that every metric and row would show; `risk_test_eu` is none."""
    if holds_encoded(text) or _USERINFO.search(text) is not None or mask_card_numbers(text) != text:
        return True
    return any(map(_LIKE_A_SECRET.search, readings(text)))


def holds_key(text: str) -> bool:
    """The same for a Stripe key of either mode, or a webhook secret."""
    return any(any_key(reading) for reading in readings(text))


def holds_card_number(text: str) -> bool:
    """Whether `text` holds what could be a card number, in disguise too, and however it is grouped and kept apart."""
    return any(map(holds_card, readings(text)))


def masked(text: str) -> str:
    """`text` without anything that looks like a key or a card number, and printable on any terminal."""
    shown = mask_any_grouping(_KEY.sub("***", text))
    return leaving("".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown))


def quoted(value: object, limit: int = 60) -> str:
    """A value between backticks as a message shows it: masked, printable, cut to `limit` characters."""
    text = masked(str(value))
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"
