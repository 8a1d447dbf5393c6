"""Two hops of one path, each judged for itself: which of them names the cause.

What stands behind a connector that is a proxy is reached through it, so whatever fails there fails the path. What stands
behind any other is reached from here, by another way than the connector's: there only a cause that lasts wherever one looks from
(a certificate, a key, a trust) fails a path whose first hop is well.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.answers import says_the_way
from probe.classify.attempt import beyond
from probe.classify.file_faults import fault_words
from probe.classify.finding import Finding, failure
from probe.classify.judgement import Judgement
from probe.classify.reconcile import is_cause, with_also
from probe.classify.refusal import explaining_dates
from probe.classify.wording import dates, described
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Failure, Severity
from probe.model.identity import FileFault
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown

MISSING: Final = "tls.client_cert.missing"
NOT_READ: Final = frozenset(
    {
        FileFault.CERTIFICATE_MISSING,
        FileFault.CERTIFICATE_UNREADABLE,
        FileFault.KEY_MISSING,
        FileFault.KEY_UNREADABLE,
        FileFault.KEY_ENCRYPTED,
    }
)
"""Faults that say nothing of the connector: its files may lie elsewhere, or be closed to us."""
_REFUSED: Final = "connector.identity_refused"
_LIES_BEHIND: Final = (
    "connector.http_",
    _REFUSED,
    "connector.unexpected_answer",
    "connector.closed_after_handshake",
    "connector.timeout",
)
"""What a connector does that cannot get on behind itself."""
_CLIENTS: Final = ("tls.client_cert.", "tls.client_key.")
_ASKED_NOTHING: Final = (
    "; it was asked nothing (`upstream.health_path`), and many refuse a certificate only in an answer"
)
_GAVE_UP: Final = frozenset({502, 503, 504})
"""How a gateway answers that got no answer itself (RFC 9110 15.6.3 to 15.6.5)."""
_OF_ITS_OWN: Final = ("connector.http_4xx", "connector.unexpected_answer")
"""Among them, what looks the same where only we have asked for the wrong thing: it needs more than a guess behind it."""


def as_shown(upstream: HandshakeObservation) -> HandshakeObservation:
    """The second hop as far as it can be judged: a file of the connector's that cannot be read here is no fault of its own."""
    identity = upstream.identity
    if identity is None or identity.fault not in NOT_READ:
        return upstream
    return replace(upstream, identity=replace(identity, fault=None, key_path=None))


def through_a_tunnel(first: Judgement, second: Judgement) -> Judgement:
    """Both hops of a connector that is a proxy: the second was gone because the first went well."""
    outcome = second.outcome if isinstance(first.outcome, Passed) else first.outcome
    return replace(first, outcome=outcome, warnings=(*first.warnings, *second.warnings))


def both_hops(
    first: Judgement,
    second: Judgement,
    upstream: HandshakeObservation,
    catalogue: Catalogue,
    *,
    at: datetime,
    passed_on: bool,
) -> Judgement:
    """One judgement of the two, the second of them on what `as_shown` gave.

    `passed_on`: the first hop refused a client certificate in words that may be about the connector's own.
    """
    behind = _not_shown(second.outcome, upstream, catalogue, at)
    warnings = (*first.warnings, *second.warnings, *_unread(upstream, catalogue, at))
    match first.outcome:
        case Passed():
            outcome, more = _after_a_pass(behind)
            return replace(first, outcome=outcome, warnings=(*warnings, *more))
        case Failed(found):
            lies_behind = passed_on or found.reason.startswith(_LIES_BEHIND)
            guess = passed_on or not found.reason.startswith(_OF_ITS_OWN)
            cause = _cause(behind, upstream, catalogue, at, guess=guess)
            narrowed = _narrowed(found, cause, behind, upstream, catalogue, lies_behind=lies_behind)
            return replace(first, outcome=Failed(narrowed), warnings=warnings)
        case _:
            return replace(first, warnings=warnings)


def _after_a_pass(behind: Outcome) -> tuple[Outcome, tuple[Failure, ...]]:
    """What the second hop makes of a path whose first is well; and what is only worth a warning, being seen from here."""
    match behind:
        case Failed(found) if is_cause(found.reason):
            return behind, ()
        case Failed(found) | Unknown(found):
            from_here = f"{found.summary} That is how it looks from here; the connector may go another way."
            return Passed(), (replace(found, severity=Severity.TICKET, summary=from_here),)
        case _:
            return Passed(), ()


def _narrowed(
    found: Failure,
    cause: Failure | None,
    behind: Outcome,
    upstream: HandshakeObservation,
    catalogue: Catalogue,
    *,
    lies_behind: bool,
) -> Failure:
    """The failure of the first hop, or the cause behind it where it can be one."""
    if cause is not None and lies_behind and not _speaks_of_another(found, cause):
        return explained(found, cause, catalogue, shown=upstream.tls.client_certificate_sent)
    if isinstance(behind, Failed):
        return with_also(found, (behind.failure.reason,), catalogue)
    if lies_behind and isinstance(behind, Passed):
        refused = found.reason.startswith((_REFUSED, *_CLIENTS)) and upstream.http is None
        well = (
            f"From here, its upstream {upstream.endpoint} shakes hands as it should{_ASKED_NOTHING if refused else ''}."
        )
        return replace(found, summary=f"{found.summary} {well}")
    return found


def _speaks_of_another(found: Failure, cause: Failure) -> bool:
    """Whether the connector's answer refuses a client certificate, and what fails behind it is something else."""
    of_a_client = found.reason.startswith((_REFUSED, *_CLIENTS))
    return of_a_client and not cause.reason.startswith(_CLIENTS)


def explained(found: Failure, cause: Failure, catalogue: Catalogue, *, shown: bool) -> Failure:
    """The cause, with what the connector itself answered beside it, or because of it; `shown`: its own certificate was, from here."""
    answered = replace(
        cause.evidence,
        http_status=cause.evidence.http_status or found.evidence.http_status,
        observed_code=found.evidence.observed_code,
    )
    said = found.summary
    told = said[:1].lower() + said[1:] if said.startswith("The ") else said
    summary = f"{cause.summary.rstrip('.')}. {_why(found, cause, catalogue, shown=shown)}: {told}"
    return with_also(replace(cause, evidence=answered, summary=summary), (found.reason, *found.also), catalogue)


def _why(found: Failure, cause: Failure, catalogue: Catalogue, *, shown: bool) -> str:
    """How the connector's answer hangs together with the cause behind it, as far as the two show that.

    A certificate of the connector's that its upstream refuses, and an answer of a gateway that got none from there: that is why. An answer to
    the request itself, a 404 for one, would be the same with all well behind it.
    """
    calls_it_so = says_the_way(found.evidence.observed_code, catalogue)
    if found.reason.startswith(_OF_ITS_OWN) and not calls_it_so:
        return "Beside that, and perhaps for another cause"
    gave_up = found.evidence.http_status in _GAVE_UP or found.reason == _REFUSED or calls_it_so
    refused = shown and cause.reason.startswith(_CLIENTS) and cause.confidence is not Confidence.INFERRED
    return "That is why" if gave_up and refused else "That is probably why"


def _cause(
    behind: Outcome, upstream: HandshakeObservation, catalogue: Catalogue, at: datetime, *, guess: bool
) -> Failure | None:
    """What lasts on the second hop: its failure; where it may be guessed, its certificate that has expired and of which nothing was told."""
    if isinstance(behind, Failed):
        return behind.failure if is_cause(behind.failure.reason) else None
    seen = beyond(upstream, at)
    # One that was never asked for cannot be refused; nginx refuses in its HTTP answer alone, and 2xx says that it does not.
    untold = guess and seen.tls.client_certificate_sent and seen.http is None
    expired = seen.own.expired if untold else None
    return None if expired is None else _of(expired, "tls.client_cert.expired", "", upstream, catalogue, at)


def _not_shown(outcome: Outcome, upstream: HandshakeObservation, catalogue: Catalogue, at: datetime) -> Outcome:
    """The outcome without what comes only of our not having the connector's key; what can be read of it counts by its dates."""
    identity = upstream.identity
    if identity is not None and identity.key_path is not None and identity.fault not in NOT_READ:
        return outcome
    missing = isinstance(outcome, Failed) and outcome.failure.reason == MISSING
    if not missing and not isinstance(outcome, Passed):
        return outcome
    seen = beyond(upstream, at)
    dated = explaining_dates(seen) if seen.tls.client_certificate_requested else None
    if dated is None:
        return Passed()
    reason, certificate = dated
    because = "; its key cannot be read here, so it was not shown"
    return Failed(_of(certificate, reason, because, upstream, catalogue, at))


def _unread(upstream: HandshakeObservation, catalogue: Catalogue, at: datetime) -> Iterator[Failure]:
    """The connector's identity is configured and cannot be read here: then the second hop is only half probed."""
    identity = upstream.identity
    if identity is None or identity.fault is None or identity.fault not in NOT_READ:
        return
    which = identity.fault_path or identity.certificate_path
    what = "private key" if identity.fault.startswith("client_key.") else "client certificate"
    summary = f"The {what} {which} of identity {identity.name} {fault_words(identity, identity.fault)}: the upstream was asked without it."
    found = Finding(reason=f"tls.{identity.fault.value}", summary=summary)
    yield replace(failure(found, beyond(upstream, at), catalogue), severity=Severity.TICKET)


def _of(
    certificate: Certificate,
    reason: str,
    because: str,
    upstream: HandshakeObservation,
    catalogue: Catalogue,
    at: datetime,
) -> Failure:
    """What the dates of the connector's own certificate say, although nobody refused it here."""
    summary = f"The client certificate {described(certificate)} {dates(certificate, at)}{because}."
    found = Finding(reason=reason, summary=summary, certificate=certificate, confidence=Confidence.INFERRED)
    return failure(found, beyond(upstream, at), catalogue)
