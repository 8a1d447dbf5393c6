"""When whatever renews a certificate should have renewed it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from probe.model.certificate import Certificate
from probe.model.watch import Care

DEFAULT_PARTS: Final[Mapping[str, float]] = {"cert-manager": 1 / 3, "step-ca": 1 / 3}
"""Manager -> part of the lifetime that is left when it renews, where nothing else is said (cert-manager: `renewBefore`
unset; step: `step ca renew --daemon`)."""
_GRACE_PART: Final = 0.05
_LEAST_GRACE_S: Final = 3600.0
_MOST_GRACE_PART: Final = 0.5
"""Of a certificate of an hour there must be something left when its renewal is called overdue."""


def renewed_before_s(certificate: Certificate, care: Care) -> float | None:
    """How long before its end the certificate is renewed, in seconds; None where that is not known."""
    announced = announced_before_s(certificate, care)
    part = DEFAULT_PARTS.get(care.managed_by or "")
    if announced is not None or part is None:
        return announced
    return part * max((certificate.not_after - certificate.not_before).total_seconds(), 0.0)


def announced_before_s(certificate: Certificate, care: Care) -> float | None:
    """The same as configured, else as its manager itself says; without its manager's default.

    A time that does not lie within the lifetime cannot be meant for this certificate: with too long a `renewBefore`
    cert-manager takes its default, and so do we.
    """
    lifetime = (certificate.not_after - certificate.not_before).total_seconds()
    planned = care.proof.renewal_at if care.proof is not None else None
    said = None if planned is None else (certificate.not_after - planned).total_seconds()
    return next((s for s in (care.renew_before_s, said) if s is not None and 0 < s < lifetime), None)


def overdue_from(certificate: Certificate, care: Care) -> datetime | None:
    """From when on a renewal that has not come is overdue; None where nobody is said to renew it, or not known when.

    The grace is 5 % of the time before the end at which it is renewed, at least an hour, at most half of that time.
    """
    renewed = renewed_before_s(certificate, care)
    if care.managed_by is None or renewed is None:
        return None
    grace = min(max(_LEAST_GRACE_S, _GRACE_PART * renewed), _MOST_GRACE_PART * renewed)
    return certificate.not_after - timedelta(seconds=renewed - grace)
