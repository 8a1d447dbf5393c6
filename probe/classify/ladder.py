"""How long before its end a certificate asks for attention: rungs, scaled to how long it lives.

A certificate of 90 days that is renewed with 30 days left must not ask at every healthy renewal, and one of six days not from
its first: below a lifetime of 100 days all rungs are nearer to the end, in proportion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from probe.classify.renewal import renewed_before_s
from probe.documents.durations import duration_text
from probe.model.certificate import Certificate, CertificateRole
from probe.model.failure import Severity
from probe.model.watch import Care

DAY: Final = 86400.0
DEFAULT_S: Final = (30 * DAY, 14 * DAY, 7 * DAY, 2 * DAY)
"""The rungs where none are configured."""
LONG: Final = 100 * DAY
"""From this lifetime on the rungs are as they are written; below it they shrink with it: at most 0.3 of a lifetime by default."""
LONG_OF_LISTS: Final = 500 * DAY
"""The same for what is published over and over: AD CS gives a weekly list twelve hours beyond its successor, 7 % of its life."""
STAY_BELOW: Final = 0.9
"""The first rung, in parts of the time before the end at which the certificate is renewed."""
_LATEST_BEGIN: Final = 0.5
"""No rung begins before this part of a lifetime is over, whatever is written."""
_IN_HOURS: Final = 72
_HOUR: Final = 3600.0

LISTS: Final = frozenset({CertificateRole.CRL, CertificateRole.OCSP})
"""What somebody publishes anew all the time: its end is its nextUpdate."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder."""

    name: str
    """As written in the configuration, unscaled: `30d`, `48h`. A label of alerts: stable for all lifetimes."""
    written_s: float
    """The same in seconds."""
    left_s: float
    """Reached when no more than this is left, in seconds; scaled."""
    severity: Severity
    any_time: bool = False
    """Wakes people: the last rung. The page above it waits for working hours."""


def ladder(certificate: Certificate, care: Care) -> tuple[Rung, ...]:
    """The rungs of a certificate, the first to be reached first."""
    unscaled = sorted(set(care.thresholds_s or DEFAULT_S), reverse=True)
    scale = _scale(certificate, care, unscaled[0])
    count = len(unscaled)
    return tuple(
        Rung(
            name=rung_name(seconds),
            written_s=seconds,
            left_s=seconds * scale,
            severity=Severity.PAGE if count - place <= 2 else Severity.TICKET,  # noqa: PLR2004 - the last and the one before it
            any_time=place == count - 1,
        )
        for place, seconds in enumerate(unscaled)
    )


def reached(rungs: Sequence[Rung], left: timedelta) -> Rung | None:
    """The lowest rung that has been reached with this much left; None above all of them."""
    return next((rung for rung in reversed(rungs) if left.total_seconds() <= rung.left_s), None)


def lifetime_s(certificate: Certificate) -> float:
    """Seconds from notBefore to notAfter."""
    return (certificate.not_after - certificate.not_before).total_seconds()


def rung_name(seconds: float) -> str:
    """As people write it: in hours below three days (`48h`), else the shortest way (`30d`)."""
    hours = seconds / _HOUR
    return f"{hours:.0f}h" if hours < _IN_HOURS and hours >= 1 and hours.is_integer() else duration_text(seconds)


def _scale(certificate: Certificate, care: Care, first_s: float) -> float:
    """By what the rungs shrink, 0..1: with the lifetime where it is known, and to stay below the moment of renewal."""
    lifetime, limits = lifetime_s(certificate), [1.0]
    if lifetime > 0:  # of what is in use sometimes no more than the end is known
        long = LONG_OF_LISTS if certificate.role in LISTS else LONG
        limits += [lifetime / long, _LATEST_BEGIN * lifetime / first_s]
    renewed = renewed_before_s(certificate, care)
    if renewed:
        limits.append(STAY_BELOW * renewed / first_s)
    return min(limits)
