"""Where a watched certificate stands at a moment: the rung it has reached, whom that wakes, and what is wrong with it.

Near expiry is not an outage: nothing here fails a run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.concern import concern_failure
from probe.classify.dated import date_concerns
from probe.classify.ladder import Rung, ladder, reached
from probe.classify.tended import care_concerns
from probe.model.aside import gently
from probe.model.certificate import Certificate
from probe.model.failure import Failure, Severity
from probe.model.reliance import authority, by_path, needed
from probe.model.watch import Care, WatchedCertificate

__all__ = ["Judged", "Rung", "Standing", "judge_all", "judge_certificate", "ladder", "rungs_of"]

_ORDER: Final = (Severity.NONE, Severity.TICKET, Severity.PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one watched certificate is at a moment."""

    threshold: str | None
    """The rung that it has reached, as written and unscaled: `30d`, `48h`. None: above all of them, past its end, unreadable."""
    severity: Severity
    """The worst of its failures."""
    failures: tuple[Failure, ...]
    """What is wrong, dates first. Warnings all of them: a run fails by what happens in it."""


Judged = tuple[WatchedCertificate, Standing]


def judge_certificate(watched: WatchedCertificate, catalogue: Catalogue, *, at: datetime) -> Standing:
    """Judge one certificate by itself; where nobody knows whether the path relies on it, as if it did."""
    certificate = watched.certificate
    rungs = rungs_of(watched)
    dated = () if certificate is None else tuple(date_concerns(watched, certificate, rungs, at=at))
    concerns = (*dated, *care_concerns(watched, at=at))
    failures = tuple(concern_failure(concern, watched, catalogue) for concern in concerns)
    return Standing(
        threshold=None if certificate is None else _threshold(watched, certificate, rungs, at),
        severity=max((failure.severity for failure in failures), key=_ORDER.index, default=Severity.NONE),
        failures=failures,
    )


def judge_all(entries: Iterable[WatchedCertificate], catalogue: Catalogue, *, at: datetime) -> tuple[Judged, ...]:
    """Judge an inventory: of CAs that nothing was verified with yet, only those that the path may need count as needed."""
    every = tuple(entries)
    wanted = {id(entry) for path, mine in gently(by_path(every).items()) for entry in needed(path, mine)}
    return tuple((entry, judge_certificate(_settled(entry, wanted), catalogue, at=at)) for entry in gently(every))


def rungs_of(watched: WatchedCertificate) -> tuple[Rung, ...]:
    """Its ladder; how it is renewed is the leaf's affair alone, whatever else stands in the same file."""
    if watched.certificate is None:
        return ()
    return ladder(watched.certificate, watched.care if watched.ours else Care(thresholds_s=watched.care.thresholds_s))


def _settled(entry: WatchedCertificate, wanted: set[int]) -> WatchedCertificate:
    spare = entry.path is not None and entry.relied_on is None and id(entry) not in wanted
    return replace(entry, relied_on=False) if spare and authority(entry) else entry


def _threshold(
    watched: WatchedCertificate, certificate: Certificate, rungs: tuple[Rung, ...], at: datetime
) -> str | None:
    """By what ends first, the certificate or the older one that is in use instead of it."""
    end = watched.ends or certificate.not_after
    rung = None if at > end or certificate.not_yet_valid(at) else reached(rungs, end - at)
    return rung.name if rung is not None else None
