"""Ages and certificates in words, for summaries: UTC, and how long ago."""

from datetime import UTC, datetime, timedelta
from typing import Final

from probe.model.certificate import Certificate, SourceKind

_UNITS: Final = ((86400, 2, "day"), (3600, 1, "hour"), (60, 1, "minute"), (1, 1, "second"))
"""Seconds in a unit, from how many of them it is used, its name: 47 hours, then 2 days."""


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
    subject = certificate.subject or "without a subject"
    return f"{subject} (serial {certificate.serial}) {place} {certificate.source.location}"


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
