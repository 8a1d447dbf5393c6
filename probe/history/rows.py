"""A finished run as it stands in the history: small, and without anything secret, so that many can wait to be written."""

from typing import Any, Final

from probe.history.entries import certificate_to_text
from probe.model.certificate import Certificate
from probe.model.outcome import Failed, Unknown, word
from probe.model.run import Run
from probe.redact.leaving import leaving

Row = tuple[Any, ...]
INSERT: Final = "INSERT OR IGNORE INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"


def row_of(run: Run) -> Row:
    """The columns of the table `run`, in their order."""
    failure = run.outcome.failure if isinstance(run.outcome, Failed | Unknown) else None
    return (
        run.run_id,
        run.scenario,
        run.path,
        run.environment,
        run.location,
        run.started_at.isoformat(timespec="microseconds"),
        run.duration_s,
        word(run.outcome),
        failure.code if failure else None,
        failure.reason if failure else None,
        failure.confidence.value if failure else None,
        leaving(failure.summary) if failure else None,
        failure.certificate.sha256 if failure and failure.certificate else None,
        _certificate_text(failure.certificate) if failure and failure.certificate else None,
    )


def _certificate_text(certificate: Certificate) -> str | None:
    """None for one whose names are no text, and can be written nowhere."""
    try:
        return certificate_to_text(certificate)
    except ValueError:
        return None
