"""A finished run as it stands in the history: small, and without anything secret, so that many can wait to be written."""

from datetime import datetime
from typing import Any, Final

from probe.history.entries import certificate_from_text, certificate_to_text
from probe.history.moments import text_of
from probe.model.certificate import Certificate
from probe.model.incident import RecordedRun
from probe.model.outcome import Failed, Unknown, word
from probe.model.run import Run
from probe.redact.leaving import leaving

Row = tuple[Any, ...]
INSERT: Final = "INSERT OR IGNORE INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
COLUMNS: Final = (
    "run_id, scenario, path, started_at, duration_s, outcome, code, reason, confidence, summary, certificate"
)
"""Those of `recorded`, in the order of `probe.model.incident.RecordedRun`."""


def row_of(run: Run) -> Row:
    """The columns of the table `run`, in their order."""
    failure = run.outcome.failure if isinstance(run.outcome, Failed | Unknown) else None
    return (
        run.run_id,
        run.scenario,
        run.path,
        run.environment,
        run.location,
        text_of(run.started_at),
        run.duration_s,
        word(run.outcome),
        failure.code if failure else None,
        failure.reason if failure else None,
        failure.confidence.value if failure else None,
        leaving(failure.summary) if failure else None,
        failure.certificate.sha256 if failure and failure.certificate else None,
        _certificate_text(failure.certificate) if failure and failure.certificate else None,
    )


def recorded(row: Row) -> RecordedRun:
    """A run as it was recorded, from its `COLUMNS`. Raises ValueError for what is damaged."""
    run_id, scenario, path, started_at, duration_s, outcome, code, reason, confidence, summary, certificate = row
    return RecordedRun(
        run_id=run_id,
        scenario=scenario,
        path=path,
        started_at=datetime.fromisoformat(started_at),
        duration_s=duration_s,
        outcome=outcome,
        code=code,
        reason=reason,
        confidence=confidence,
        summary=summary,
        certificate=None if certificate is None else certificate_from_text(certificate),
    )


def _certificate_text(certificate: Certificate) -> str | None:
    """None for one whose names are no text, and can be written nowhere."""
    try:
        return certificate_to_text(certificate)
    except ValueError:
        return None
