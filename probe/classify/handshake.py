"""The judgement on a handshake: the way, the peer's answer, our own files, and what is worth a warning."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify import prober
from probe.classify.addresses import every, untried
from probe.classify.answers import (
    by_status,
    fault_found,
    may_be_of_a_hop_behind,
    observed_code,
    of_a_hop_behind,
    refusal,
    says_the_way,
)
from probe.classify.attempt import Attempt, beyond, from_handshake, leg
from probe.classify.clocks import clock_skew
from probe.classify.disclosures import quoted, shows_a_bad_one
from probe.classify.finding import Finding, failure
from probe.classify.hops import as_shown, both_hops, through_a_tunnel
from probe.classify.judgement import Judgement
from probe.classify.refusal import explaining_dates
from probe.classify.stricter import stricter
from probe.classify.unusable import unusable
from probe.classify.way import judge_way
from probe.classify.wording import dates, described
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure, Severity
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown

NOT_REQUESTED: Final = "tls.client_cert.not_requested"
ACCEPTED: Final = "certificate.expired_but_accepted"
_OK: Final = range(200, 300)
_CLIENT_ERROR: Final = range(400, 500)


def judge_handshake(
    observation: HandshakeObservation,
    catalogue: Catalogue,
    *,
    at: datetime,
    certificate_required: bool = False,
    any_answer: bool = False,
    error_code_at: str | None = None,
) -> Judgement:
    """What a pass over the first hop proves at `at`, and over the second where that was gone too.

    `certificate_required`: a peer that asks for no client certificate fails. `any_answer`: any HTTP answer below 500
    passes, 4xx with a warning; otherwise only 2xx does.
    """

    def one_hop(
        seen: HandshakeObservation,
        *,
        required: bool,
        lenient: bool,
        code_at: str | None = None,
        through: Endpoint | None = None,
    ) -> Judgement:
        return _judge_hop(
            seen,
            catalogue,
            at=at,
            certificate_required=required,
            any_answer=lenient,
            error_code_at=code_at,
            through=through,
        )

    tunnelled = observation.tunnel_to is not None
    first = one_hop(
        observation, required=certificate_required, lenient=any_answer and not tunnelled, code_at=error_code_at
    )
    if observation.upstream is None:
        return first
    shown = observation.upstream if tunnelled else as_shown(observation.upstream)
    through = observation.endpoint if tunnelled else None
    second = one_hop(shown, required=False, lenient=any_answer and tunnelled, through=through)
    if tunnelled:
        return through_a_tunnel(first, second)
    passed_on = observation.http is not None and may_be_of_a_hop_behind(beyond(observation, at), observation.http)
    return both_hops(first, second, observation.upstream, catalogue, at=at, passed_on=passed_on)


def _judge_hop(
    observation: HandshakeObservation,
    catalogue: Catalogue,
    *,
    at: datetime,
    certificate_required: bool,
    any_answer: bool,
    error_code_at: str | None,
    through: Endpoint | None = None,
) -> Judgement:
    """What one pass over one hop proves; `through`: the connector in whose tunnel it was made."""
    if observation.addresses:
        judged = [
            _judge_hop(
                one,
                catalogue,
                at=at,
                certificate_required=certificate_required,
                any_answer=any_answer,
                error_code_at=error_code_at,
            )
            for one in observation.addresses
        ]
        told = [(str(one.endpoint), each) for one, each in zip(observation.addresses, judged, strict=True)]
        return every(told, untried(observation, catalogue))
    attempt = replace(from_handshake(observation, at), error_code_at=error_code_at)
    if through is not None:
        attempt = replace(attempt, through=through)
    way = judge_way(attempt, catalogue)
    answer = attempt.http
    refused = refusal(attempt, answer) if answer is not None else None
    accepted = way is None and refused is None
    status = _by_answer(attempt, answer, catalogue, any_answer=any_answer)
    finding = way or refused or _own_code(attempt, status, catalogue) or status
    if finding is not None:
        outcome = _outcome(finding, attempt, catalogue, accepted=accepted)
    elif not attempt.tls.established and not attempt.let_through:  # a tunnel may be made without TLS
        odd = f"completed in phase {attempt.phase} without a finished handshake"
        outcome = Unknown(prober.bug("ContradictoryObservation", odd, "judging a handshake", catalogue))
    else:
        outcome = Passed()
    warnings = tuple(_warnings(attempt, answer, catalogue, any_answer=any_answer)) if accepted else ()
    warnings = (*_of_the_proxys_leg(observation, at, catalogue), *warnings)
    if certificate_required and isinstance(outcome, Passed) and _never_asked(attempt):
        outcome = Failed(_not_requested(attempt, catalogue))
        warnings = tuple(w for w in warnings if w.reason != NOT_REQUESTED or w.proxy is not None)
    identity = observation.identity
    if identity is not None and identity.fault is not None:
        outcome = Failed(unusable(identity, identity.fault, beyond(observation, at), outcome, catalogue))
    return Judgement(outcome, (*warnings, *_clocks(observation, catalogue)))


def _clocks(seen: HandshakeObservation, catalogue: Catalogue) -> Iterable[Failure]:
    """Said whatever became of the handshake: who looks for the cause of a refusal by date needs it most."""
    return clock_skew(seen.endpoint, seen.http, catalogue, started_at=seen.started_at, timings=seen.timings)


def _of_the_proxys_leg(seen: HandshakeObservation, at: datetime, catalogue: Catalogue) -> tuple[Failure, ...]:
    """What is worth saying about a proxy that let us through, whatever became of the rest."""
    there = leg(seen, at)
    if there is None or not there.let_through:
        return ()
    return tuple(_warnings(there, there.http, catalogue, any_answer=False))


def _by_answer(
    attempt: Attempt, answer: HttpAnswer | None, catalogue: Catalogue, *, any_answer: bool
) -> Finding | None:
    """What the answer of the health path means; None where it is as it should be, or nothing was asked for."""
    if answer is None or answer.status in _OK:
        return None
    if any_answer and answer.status < _CLIENT_ERROR.stop and not of_a_hop_behind(attempt, answer):
        return None
    return by_status(attempt, answer, catalogue)


def _own_code(attempt: Attempt, status: Finding | None, catalogue: Catalogue) -> Finding | None:
    """The connector answers with its own code for the way to it, and our dates show why: those that the peer must have looked at."""
    if status is None or attempt.http is None:
        return None
    code = observed_code(attempt.http, catalogue, at=attempt.error_code_at)
    if not says_the_way(code, catalogue):
        return None
    dated = explaining_dates(attempt) if attempt.tls.client_certificate_sent else None
    if dated is None:
        return replace(status, also=(*status.also, *(reason for reason, _ in attempt.own.dated)))
    reason, certificate = dated
    says = f"the connector {attempt.endpoint} answers HTTP {attempt.http.status} and calls it {code}"
    return Finding(
        reason=reason,
        summary=f"Our certificate {described(certificate)} {dates(certificate, attempt.at)}; {says}.",
        confidence=Confidence.INFERRED,
        certificate=certificate,
        also=(status.reason,),
    )


def _outcome(finding: Finding, attempt: Attempt, catalogue: Catalogue, *, accepted: bool) -> Outcome:
    """Failed, or unknown where it is our own machine's doing; what our dates prove is said as well."""
    if not accepted and not finding.ours:
        finding = replace(finding, also=(*finding.also, *(reason for reason, _ in attempt.own.dated)))
    made = failure(
        finding, attempt, catalogue, observed_code=observed_code(attempt.http, catalogue, at=attempt.error_code_at)
    )
    return Unknown(made) if finding.ours else Failed(made)


def _warnings(
    attempt: Attempt, answer: HttpAnswer | None, catalogue: Catalogue, *, any_answer: bool
) -> Iterable[Failure]:
    """What is worth saying about a peer that accepted us."""
    own = attempt.own
    certificate = own.expired or own.chain_expired
    if certificate is not None:
        reason, still = _expired_yet(attempt, answer)
        summary = f"Our certificate {described(certificate)} {dates(certificate, attempt.at)}; {still}."
        yield failure(Finding(reason=reason, summary=summary, certificate=certificate), attempt, catalogue)
    fault = fault_found(attempt, answer) if answer is not None and certificate is None else None
    if fault is not None:
        yield replace(failure(fault, attempt, catalogue), severity=Severity.TICKET)
    early = own.not_yet_valid
    if early is not None and fault is None and attempt.tls.client_certificate_sent:
        still = f"the connector {attempt.endpoint} did not refuse it: this machine's clock is behind, or it looks at no dates"
        summary = f"Our certificate {described(early)} {dates(early, attempt.at)}; {still}."
        yield failure(
            Finding(reason="tls.client_cert.not_yet_valid", summary=summary, certificate=early), attempt, catalogue
        )
    if own.name is not None and not own.watched and own.fault is None and _never_asked(attempt):
        yield _not_requested(attempt, catalogue)
    tolerated = any_answer and answer is not None and answer.status in _CLIENT_ERROR
    if tolerated and answer is not None and not of_a_hop_behind(attempt, answer):
        yield failure(by_status(attempt, answer, catalogue), attempt, catalogue)
    yield from stricter(attempt, catalogue)


def _expired_yet(attempt: Attempt, answer: HttpAnswer | None) -> tuple[str, str]:
    """What a handshake that succeeded with an expired certificate proves: acceptance only where HTTP answered 2xx.

    nginx finishes the handshake with a certificate that it refuses, and says so in its HTTP answer alone.
    """
    if not attempt.tls.client_certificate_sent:
        return "certificate.expired", "it was not sent"
    where = f"the connector {attempt.endpoint}"
    if answer is None:
        return (
            "certificate.expired",
            f"the TLS layer of {where} did not refuse it, and nothing was asked that tells the rest",
        )
    if shows_a_bad_one(answer):
        return "certificate.expired", f"{where} answered {quoted(answer)}: that shows a refusal, of ours or of another"
    if answer.status in _OK:
        return ACCEPTED, f"{where} accepted it all the same"
    return "certificate.expired", f"{where} answered HTTP {answer.status}, and does not say whether because of it"


def _never_asked(attempt: Attempt) -> bool:
    return attempt.tls.established and attempt.tls.client_certificate_requested is False


def _not_requested(attempt: Attempt, catalogue: Catalogue) -> Failure:
    own = attempt.own
    untested = f"; {described(own.leaf)} was neither sent nor tested" if own.leaf else ""
    summary = f"The connector {attempt.endpoint} did not ask for a client certificate{untested}."
    finding = Finding(reason=NOT_REQUESTED, summary=summary, certificate=own.leaf)
    return failure(finding, attempt, catalogue)
