"""What a rule says, before the catalogue makes a failure of it."""

from dataclasses import dataclass

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt, evidence
from probe.classify.place import placed
from probe.model.certificate import Certificate
from probe.model.failure import Blame, Confidence, Failure, Phase, StripeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason with how sure we are, and one sentence."""

    reason: str
    summary: str
    confidence: Confidence = Confidence.PROVEN
    certificate: Certificate | None = None
    also: tuple[str, ...] = ()
    blame: Blame | None = None
    """None: the catalogue's own."""
    ours: bool = False
    """It says nothing about the path: the outcome is unknown, not failed."""


def failure(
    finding: Finding,
    attempt: Attempt,
    catalogue: Catalogue,
    *,
    phase: Phase | None = None,
    observed_code: int | None = None,
    stripe: StripeError | None = None,
) -> Failure:
    """The failure that the finding is, with the attempt's evidence; its phase is the attempt's unless given."""
    there = placed(finding.reason, finding.summary, finding.blame, attempt, catalogue)
    return catalogue.failure(
        finding.reason,
        phase=phase or attempt.phase,
        confidence=finding.confidence,
        summary=there.summary,
        evidence=evidence(attempt, observed_code=observed_code, stripe=stripe),
        certificate=finding.certificate,
        also=finding.also,
        hop=there.hop,
        blame=there.blame,
        proxy=there.proxy,
    )
