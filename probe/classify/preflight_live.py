"""What a live path says to the candidate, and as a control to the current identity: a path that is down proves nothing."""

from dataclasses import replace
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify import prober
from probe.classify.handshake import NOT_REQUESTED, judge_handshake
from probe.classify.judgement import Judgement
from probe.classify.preflight_chain import acceptable, known_intermediate, legs
from probe.classify.preflight_files import NO_CERTIFICATE, check, objection
from probe.classify.wording import described
from probe.model.failure import Confidence, Failure, Phase
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.preflight import LiveFacts, PreflightCheck, PreflightFacts

_AFTER_HANDSHAKE: Final = frozenset({Phase.SEND, Phase.WAIT, Phase.RECEIVE})
_OF_THE_IDENTITY: Final = ("tls.client_cert.", "tls.client_key.")
NEVER_OF_THE_IDENTITY: Final = ("dns.", "tcp.", "tls.server_cert.", "tls.crl.", "prober.")
"""Beginnings of reasons that no client certificate can cause."""
_SHOWN: Final = 4


def live_checks(live: LiveFacts, facts: PreflightFacts, catalogue: Catalogue) -> tuple[PreflightCheck, ...]:
    """The control first, then what the peer says it accepts, the handshake and the request with the candidate."""
    if live.shut is not None:
        return tuple(replace(found, path=live.path) for found in _unasked(live.shut))
    control = _control(live, facts, catalogue)
    handshake, request = _tried(live, facts, control.outcome, catalogue)
    issuer = _issuer_accepted(live, facts, catalogue, accepted=isinstance(request.outcome, Passed))
    return tuple(replace(found, path=live.path) for found in (control, issuer, handshake, request))


def _unasked(shut: Failed | Unknown) -> tuple[PreflightCheck, ...]:
    """Of a path on which nothing may be sent: whether the candidate would do nobody knows, and it stands in the way of all use."""
    why = Skipped("nothing is sent on a latched path")
    control, *rest = (check(name, why) for name in ("current-works", "issuer-accepted", "request"))
    return replace(control, decides=False), rest[0], check("handshake", shut), rest[1]


def answered(checks: tuple[PreflightCheck, ...]) -> bool:
    """Whether the path took the candidate, as far as it was asked."""
    wanted = [found.outcome for found in checks if found.name == "request"]
    return bool(wanted) and all(isinstance(outcome, Passed) for outcome in wanted)


def _control(live: LiveFacts, facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    """Does the current identity pass right now? Says how the rest is to be read, and never decides."""
    outcome: Outcome
    detail = f"{live.endpoint} takes the current identity now"
    if live.interrupted:
        outcome = Unknown(prober.interrupted(catalogue))
    elif live.control is None:
        outcome = Skipped(_no_control(facts))
    else:
        judged = _judged(live, live.control, facts, catalogue)
        outcome = judged.outcome
        if _not_requested(live, judged) is not None:
            detail = f"{live.endpoint} answers, and asks for no client certificate"
    found = check("current-works", outcome, detail if isinstance(outcome, Passed) else "")
    return replace(found, decides=False)


def _no_control(facts: PreflightFacts) -> str:
    if facts.current is None:
        return "there is no current identity"
    return "the current identity has no private key here" if facts.current.key_path is None else "it was not tried"


def _tried(
    live: LiveFacts, facts: PreflightFacts, control: Outcome, catalogue: Catalogue
) -> tuple[PreflightCheck, PreflightCheck]:
    """Handshake and request, told apart by the phase in which the pass ended."""
    if live.interrupted:
        stopped = Unknown(prober.interrupted(catalogue))
        return check("handshake", stopped), check("request", stopped)
    if live.candidate is None:
        why = Skipped("the files cannot be used, so there is nothing to offer")
        return check("handshake", why), check("request", why)
    seen = live.candidate
    judged = _judged(live, seen, facts, catalogue)
    warnings = tuple(
        w for w in judged.warnings if w.reason != NOT_REQUESTED and not w.reason.startswith("certificate.")
    )
    untested = _not_requested(live, judged)
    if untested is not None:
        return check("handshake", Unknown(untested)), check(
            "request", Skipped("without the certificate it proves nothing")
        )
    outcome = _decided(judged.outcome, control, live)
    leg = seen.proxy if live.proxied and seen.proxy is not None else seen
    shaken = check("handshake", Passed(), f"{leg.tls.version} with {leg.endpoint}, client certificate sent")
    if not isinstance(outcome, Failed | Unknown):
        asked = "GET" if seen.tunnel_to is None else "CONNECT"
        status = f"{asked} {seen.http_path}: HTTP {seen.http.status}" if seen.http else "nothing was asked for"
        return shaken, check("request", outcome, status, warnings=warnings)
    text = outcome.failure.summary + _likewise(outcome, control)
    if outcome.failure.phase in _AFTER_HANDSHAKE:
        return shaken, check("request", outcome, text, warnings=warnings)
    return check("handshake", outcome, text, warnings=warnings), check("request", Skipped("it did not come so far"))


def _judged(live: LiveFacts, seen: HandshakeObservation, facts: PreflightFacts, catalogue: Catalogue) -> Judgement:
    return judge_handshake(seen, catalogue, at=facts.at, any_answer=live.any_answer)


def _not_requested(live: LiveFacts, judged: Judgement) -> Failure | None:
    """The warning that nobody asked for the certificate: then neither is it tested."""
    return next((w for w in judged.warnings if w.reason == NOT_REQUESTED and _ours(w, live)), None)


def _ours(failure: Failure, live: LiveFacts) -> bool:
    """Whether it happened on the leg that the identity is for: to the connector, or to the proxy in front of it."""
    return (failure.proxy is not None) == live.proxied


def _decided(outcome: Outcome, control: Outcome, live: LiveFacts) -> Outcome:
    """Whose fault a failure is: the candidate's only where no other cause is left."""
    if not isinstance(outcome, Failed):
        return outcome
    found = outcome.failure
    elsewhere = found.reason.startswith(NEVER_OF_THE_IDENTITY) or not _ours(found, live)
    if not elsewhere and (found.reason.startswith(_OF_THE_IDENTITY) or isinstance(control, Passed)):
        return outcome
    return Unknown(found)


def _likewise(outcome: Outcome, control: Outcome) -> str:
    """How the control changes the reading of a failure."""
    if isinstance(control, Failed | Unknown):
        return f" The current identity does not pass either ({control.failure.reason})."
    passes = isinstance(control, Passed) and isinstance(outcome, Failed)
    return " The current identity passes." if passes else ""


def _issuer_accepted(live: LiveFacts, facts: PreflightFacts, catalogue: Catalogue, *, accepted: bool) -> PreflightCheck:
    """Is an issuer of ours among the CAs that the peer names? It need not name any (RFC 8446 4.2.4)."""
    name, chain, theirs = "issuer-accepted", facts.candidate.chain, acceptable((live,))
    if not chain:
        return check(name, Skipped(NO_CERTIFICATE))
    if not any(leg.tls.established or leg.tls.version is not None for leg in legs(live)):
        return check(name, Skipped(f"{live.endpoint} was not reached"))
    if not theirs:
        return check(name, Skipped(f"{live.endpoint} does not say which CAs it accepts"))
    missing = known_intermediate(facts, chain[-1])
    above = [*(c.issuer for c in chain), *([missing.issuer] if missing else [])]
    fits = next((issuer for issuer in above if issuer in theirs), None)
    if fits is not None:
        return check(name, Passed(), f"{live.endpoint} accepts certificates of {fits}")
    said = f"{live.endpoint} says it accepts ({_listed(theirs)})"
    if accepted:
        return check(name, Passed(), f"not among those that {said}, and accepted all the same")
    text = f"{described(chain[0])} was issued by {chain[0].issuer}, which is not among the CAs that {said}"
    found = objection(
        catalogue, "tls.client_cert.unknown_ca", text, certificate=chain[0], confidence=Confidence.INFERRED
    )
    return check(name, Failed(found))


def _listed(names: frozenset[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(sorted(names)[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
