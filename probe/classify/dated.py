"""What the dates of a watched certificate, and of the one that is in use instead of it, say at a moment."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from probe.classify.concern import Concern, ending, named
from probe.classify.ladder import Rung, lifetime_s, reached
from probe.classify.wording import age, dates, moment
from probe.model.certificate import Certificate, CertificateRole
from probe.model.failure import Confidence, Severity
from probe.model.watch import Held, WatchedCertificate


def date_concerns(
    watched: WatchedCertificate, certificate: Certificate, rungs: Sequence[Rung], *, at: datetime
) -> Iterator[Concern]:
    """Its own dates first, then those of what the running service still holds."""
    own = _own(watched, certificate, rungs, at=at)
    if own is not None:
        yield own
    over = watched.use_unseen and watched.not_in_use is not None and at > watched.not_in_use
    if watched.not_in_use is not None and not over:
        yield _not_in_use(watched, certificate, watched.not_in_use, rungs, at=at)


def _own(
    watched: WatchedCertificate, certificate: Certificate, rungs: Sequence[Rung], *, at: datetime
) -> Concern | None:
    name = named(watched, certificate, at=at)
    if certificate.expired(at):
        text = f"{name} {ending(certificate, certificate.not_after, at)}."
        return Concern(reason="certificate.expired", summary=text, severity=_at_most(watched, Severity.PAGE))
    if certificate.not_yet_valid(at):
        needed = watched.path is not None and not watched.only_held_as(Held.WATCHED)
        severity = _at_most(watched, Severity.PAGE if needed else Severity.TICKET)
        text = f"{name} {dates(certificate, at)}."
        return Concern(reason="certificate.not_yet_valid", summary=text, severity=severity)
    rung = reached(rungs, certificate.not_after - at)
    if rung is None:
        return None
    text = f"{name} {ending(certificate, certificate.not_after, at)}: {_inside(rung, certificate)}."
    return Concern(reason="certificate.expiring", summary=text, severity=_at_most(watched, rung.severity))


def _not_in_use(
    watched: WatchedCertificate, certificate: Certificate, end: datetime, rungs: Sequence[Rung], *, at: datetime
) -> Concern:
    """As grave as the end of the old one is near; a ticket from the first."""
    rung = reached(rungs, end - at)
    late = at > end or (rung is not None and rung.severity is Severity.PAGE)
    new = f"{certificate.source.location} holds a new certificate (serial {certificate.serial})"
    if watched.use_unseen:
        held = "what the running service holds could never be seen: it may still be the one before it, which"
        summary = f"{new}, and {held} expires in {age(end - at)}, at {moment(end)}."
    elif at > end:
        held = f"one that expired {age(at - end)} ago, at {moment(end)}: its next new connection fails"
        summary = f"{new}, but the running service still holds {held}."
    else:
        held = f"one that expires in {age(end - at)}, at {moment(end)}"
        summary = f"{new}, but the running service still holds {held}."
    return Concern(
        reason="certificate.rotated_but_not_used",
        summary=summary,
        severity=Severity.PAGE if late else Severity.TICKET,
        confidence=Confidence.INFERRED if watched.use_unseen else Confidence.PROVEN,
    )


def _inside(rung: Rung, certificate: Certificate) -> str:
    """Which rung, and what it comes to for this one."""
    if rung.left_s == rung.written_s:
        return f"inside its threshold of {rung.name}"
    lived = age(timedelta(seconds=lifetime_s(certificate)))
    scaled = age(timedelta(seconds=rung.left_s))
    return f"inside its threshold of {rung.name}, which is {scaled} for one that lives for {lived}"


def _at_most(watched: WatchedCertificate, severity: Severity) -> Severity:
    """What no handshake needs wakes nobody; a stale answer costs its server a renewal, and no payment."""
    if watched.relied_on is False and not watched.ours:
        return Severity.NONE
    stapled = watched.certificate is not None and watched.certificate.role is CertificateRole.OCSP
    return Severity.TICKET if stapled and severity is Severity.PAGE else severity
