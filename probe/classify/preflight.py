"""The judgement on a new identity before anybody rolls it out: every check, the objections, and whether it could be told at all."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.preflight_chain import chain_complete
from probe.classify.preflight_compared import compared
from probe.classify.preflight_files import file_checks
from probe.classify.preflight_live import NEVER_OF_THE_IDENTITY, answered, live_checks
from probe.classify.wording import sentence
from probe.model.failure import Confidence, Failure, Severity
from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.preflight import Preflight, PreflightCheck, PreflightFacts

_OF_THE_COMPARISON: Final = "certificate."
"""What is only unlike the current certificate comes after what cannot work."""
_NOBODY_ASKED: Final = (
    "What the files alone tell is in order, but no connector was asked whether it accepts the certificate: name a configured "
    "path, or --connector HOST:PORT"
)


def judge_preflight(facts: PreflightFacts, catalogue: Catalogue) -> Preflight:
    """Everything that can be said of the candidate at `facts.at`: failed beats unknown beats passed."""
    lives = [(live, live_checks(live, facts, catalogue)) for live in facts.lives]
    accepted = bool(lives) and all(answered(checks) for _, checks in lives)
    checks = (
        *file_checks(facts, catalogue),
        chain_complete(facts, catalogue, accepted=accepted),
        *compared(facts, catalogue),
        *(check for _, found in lives for check in found),
    )
    found = [c.outcome.failure for c in checks if c.decides and isinstance(c.outcome, Failed)]
    objections = _each_once(sorted(found, key=lambda failure: failure.reason.startswith(_OF_THE_COMPARISON)))
    current = facts.current
    return Preflight(
        at=facts.at,
        outcome=_outcome(checks, objections, catalogue, asked=bool(lives)),
        checks=checks,
        objections=objections,
        warnings=_each_once([warning for check in checks for warning in check.warnings]),
        candidate=next(iter(facts.candidate.identity.certificates), None),
        current=next(iter(current.certificates), None) if current else None,
        mends=tuple(live.path for live, told in lives if _refused_now(told) and answered(told)),
        down=tuple(live.path for live, told in lives if _control(told) is not None and not answered(told)),
        facts=facts,
    )


def _outcome(
    checks: tuple[PreflightCheck, ...], objections: tuple[Failure, ...], catalogue: Catalogue, *, asked: bool
) -> Outcome:
    if objections:
        return Failed(objections[0])
    unknown = next((c.outcome for c in checks if c.decides and isinstance(c.outcome, Unknown)), None)
    if unknown is not None:
        return unknown
    return Passed() if asked else Unknown(_not_asked(catalogue))


def _not_asked(catalogue: Catalogue) -> Failure:
    return catalogue.failure(
        "prober.failed",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=sentence(_NOBODY_ASKED),
        severity=Severity.NONE,
    )


def _control(checks: tuple[PreflightCheck, ...]) -> Failure | None:
    """Why the current identity does not pass now; None where it does, or nobody knows."""
    outcomes = (check.outcome for check in checks if not check.decides)
    return next((outcome.failure for outcome in outcomes if isinstance(outcome, Failed)), None)


def _refused_now(checks: tuple[PreflightCheck, ...]) -> bool:
    """Whether another identity can be what mends it: a connection that failed once may come about by itself."""
    failure = _control(checks)
    return failure is not None and not failure.reason.startswith(NEVER_OF_THE_IDENTITY)


def _each_once(failures: list[Failure]) -> tuple[Failure, ...]:
    """Two paths that say the same of one certificate say it once."""
    return tuple({(failure.reason, failure.summary): failure for failure in failures}.values())
