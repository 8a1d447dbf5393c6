"""Ages, certificates and lists in words, for summaries: UTC, and how long ago."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from probe.model.certificate import Certificate, SourceKind
from probe.redact.leaving import leaving

_UNITS: Final = ((86400, 2, "day"), (3600, 1, "hour"), (60, 1, "minute"), (1, 1, "second"))
"""Seconds in a unit, from how many of them it is used, its name: 47 hours, then 2 days."""


_LISTED: Final = 6
"""Names of a list that are told; what is sold to others, or a shared front, has hundreds. The JSON result has them all."""
_LONGEST_NAME: Final = 120
_LONGEST_SUBJECT: Final = 240
"""Characters: a certificate may hold anything of up to 100 KB (OpenSSL's own limit), and this is for people."""


def age(span: timedelta) -> str:
    """`2 minutes`, `47 hours`, `12 days`; the sign is dropped, and so is what is smaller than the unit."""
    seconds = int(abs(span).total_seconds())
    for unit, at_least, name in _UNITS:
        count = seconds // unit
        if count >= at_least:
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "less than a second"


def moment(at: datetime) -> str:
    """`2026-01-15T14:28:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def described(certificate: Certificate) -> str:
    """Subject, serial and where it was seen: `CN=billing (serial 4f1c) in /etc/billing/tls.crt`."""
    place = "presented by" if certificate.source.kind is SourceKind.WIRE else "in"
    return f"{subject_of(certificate)} (serial {certificate.serial}) {place} {certificate.source.location}"


def subject_of(certificate: Certificate) -> str:
    """Its subject, cut where it is longer than anybody reads."""
    return readable(certificate.subject) or "without a subject"


def readable(name: str) -> str:
    """An RFC 4514 name, cut where it is longer than anybody reads."""
    return clipped(name, _LONGEST_SUBJECT)


def listed(names: Sequence[str], rank: Callable[[str], Any] | None = None, *, at_most: int = _LISTED) -> str:
    """The names as one text: all of a few, and of many those that `rank` puts first, and how many more there are."""
    more = len(names) - at_most
    first = names if rank is None or more <= 0 else sorted(names, key=rank)
    told = ", ".join(clipped(name, _LONGEST_NAME) for name in first[:at_most])
    return f"{told} and {more} more" if more > 0 else told


def clipped(text: str, at_most: int) -> str:
    """The text with its middle left out where it is longer; without secrets before it is cut."""
    if len(text) <= at_most:
        return text
    clean = leaving(text)
    half = at_most // 2
    return clean if len(clean) <= at_most else f"{clean[:half]}…{clean[half + 1 - at_most :]}"


def dates(certificate: Certificate, at: datetime) -> str:
    """What the dates say at `at`: `expired 2 minutes ago, at …`, `becomes valid in 3 hours, at …`, `expires in 29 days, at …`."""
    if certificate.expired(at):
        return f"expired {age(at - certificate.not_after)} ago, at {moment(certificate.not_after)}"
    if certificate.not_yet_valid(at):
        return f"becomes valid only in {age(certificate.not_before - at)}, at {moment(certificate.not_before)}"
    return f"expires in {age(certificate.not_after - at)}, at {moment(certificate.not_after)}"


def sentence(*parts: str) -> str:
    """The parts that are not empty, as one text that ends in a full stop."""
    text = " ".join(part for part in parts if part)
    return text if text.endswith((".", "?", "!")) else f"{text}."
