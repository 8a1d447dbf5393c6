"""What a rule says, before the catalogue makes a failure of it."""

import re
from dataclasses import dataclass
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt, evidence
from probe.model.certificate import Certificate
from probe.model.failure import Blame, Confidence, Failure, Phase, StripeError
from probe.model.observation import Endpoint


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


_CONNECTOR: Final = re.compile(r"\b([Tt])he connector\b")


def of_the_proxy(summary: str, target: Endpoint) -> str:
    """The tables speak of the connector; on the leg to a proxy, who did it is the proxy, and the connector was not reached."""
    said = _CONNECTOR.sub(r"\1he proxy", summary).rstrip(".")
    return f"On the way through the proxy: {said}. The connector {target} was not reached."


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
    return catalogue.failure(
        finding.reason,
        phase=phase or attempt.phase,
        confidence=finding.confidence,
        summary=finding.summary if attempt.tunnel_to is None else of_the_proxy(finding.summary, attempt.tunnel_to),
        evidence=evidence(attempt, observed_code=observed_code, stripe=stripe),
        certificate=finding.certificate,
        also=finding.also,
        blame=finding.blame,
    )
