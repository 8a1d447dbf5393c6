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


PROXYS_WORD: Final = "connector.proxy_"
"""What the reasons begin with that only proxies give: their sentences tell the proxy from the connector by themselves."""
_CONNECTOR: Final = re.compile(r"\b([Tt])he connector\b")


def of_the_proxy(summary: str, target: Endpoint) -> str:
    """The tables speak of the connector; on the leg to a proxy, who did it is the proxy, and the connector was not reached."""
    return f"{_to_the_proxy(summary).rstrip('.')}. The connector {target} was not reached."


def _to_the_proxy(summary: str) -> str:
    said = _CONNECTOR.sub(r"\1he proxy", summary).replace("configured for this path", "configured for it")
    return f"On the way through the proxy: {said}"


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
    summary, blame = finding.summary, finding.blame
    if attempt.tunnel_to is not None:
        summary = _told_there(finding, attempt, attempt.tunnel_to)
        blame = _blamed_there(blame or catalogue.entry(finding.reason).blame, finding.reason)
    return catalogue.failure(
        finding.reason,
        phase=phase or attempt.phase,
        confidence=finding.confidence,
        summary=summary,
        evidence=evidence(attempt, observed_code=observed_code, stripe=stripe),
        certificate=finding.certificate,
        also=finding.also,
        blame=blame,
        proxy=None if attempt.tunnel_to is None else str(attempt.endpoint),
    )


def _told_there(finding: Finding, attempt: Attempt, target: Endpoint) -> str:
    """The sentence about the leg to a proxy."""
    if finding.reason.startswith(PROXYS_WORD):
        return f"{finding.summary.rstrip('.')}. The connector {target} was not reached."
    return _to_the_proxy(finding.summary) if attempt.let_through else of_the_proxy(finding.summary, target)


def _blamed_there(blame: Blame, reason: str) -> Blame:
    """What is the connector's fault on the hop is, on the leg to a proxy, that of whoever runs the proxy."""
    theirs = blame is Blame.CONNECTOR and not reason.startswith(PROXYS_WORD)
    return Blame.NETWORK if theirs else blame
