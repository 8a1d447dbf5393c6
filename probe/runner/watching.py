"""What a run teaches of certificates, and what it has to warn of though nothing broke in it."""

from collections.abc import Iterable

from probe.model.failure import Failure
from probe.model.outcome import Failed, Outcome
from probe.model.run import StepRun
from probe.runner.state import CertificateWatch


def watched(
    watch: CertificateWatch, path: str, steps: Iterable[StepRun], outcome: Outcome, warnings: tuple[Failure, ...]
) -> tuple[Failure, ...]:
    """The warnings with those of the path's certificates, as they stand after this run. Near expiry is never an outage.

    A certificate that the run failed by, or warned of already, is not told a second time.
    """
    for attempt in (attempt for step in steps for attempt in step.attempts):
        for observation in (attempt.observation, attempt.reconciled):
            if observation is not None:
                watch.learn(path, observation)
    found = watch.warnings(path)
    if not found:
        return warnings
    told = (*warnings, outcome.failure) if isinstance(outcome, Failed) else warnings
    named = {failure.certificate.sha256 for failure in told if failure.certificate is not None}
    reasons = {reason for failure in told for reason in (failure.reason, *failure.also)}
    return (*warnings, *(one for one in found if not _told(one, named, reasons)))


def _told(failure: Failure, named: set[str], reasons: set[str]) -> bool:
    certificate = failure.certificate
    return failure.reason in reasons - {"certificate.expiring"} or (
        certificate is not None and certificate.sha256 in named
    )
