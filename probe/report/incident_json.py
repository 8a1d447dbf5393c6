"""Incidents as one object, `paypath.incident/1`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from probe.model.incident import EventKind, PastIncident, TimelineEvent
from probe.report.json import certificate_to_dict
from probe.report.schema_parts import (
    COUNT,
    FLAG,
    MOMENT,
    SECONDS,
    TEXT,
    TEXTS,
    WHOLE,
    Schema,
    defined,
    object_of,
    one_of,
    or_null,
)
from probe.report.words import moment

SCHEMA: Final = "paypath.incident/1"


def incidents_to_dict(found: Sequence[PastIncident], *, since: datetime, until: datetime, runs: int) -> dict[str, Any]:
    """All of them: the timeline of all, the durations of the first that failed, and each one by itself under `incidents`."""
    first = next((each for each in found if each.outcome == "failed"), found[0] if found else None)
    events = [event_to_dict(event, path=each.path) for each in found for event in each.timeline]
    return {
        "schema": SCHEMA,
        "since": moment(since),
        "until": moment(until),
        "runs": runs,
        "timeline": sorted(events, key=lambda event: str(event["at"])),
        **_seconds(first),
        "runs_failed": sum(each.runs_failed for each in found),
        "runs_unknown": sum(each.runs_unknown for each in found),
        "incidents": [incident_to_dict(each, at=until) for each in found],
    }


def incident_to_dict(found: PastIncident, *, at: datetime) -> dict[str, Any]:
    """One of them; a certificate's `expires_in_s` counts from `at`."""
    return {
        "path": found.path,
        "outcome": found.outcome,
        "code": found.code,
        "reason": found.reason,
        "confidence": found.confidence,
        "summary": found.summary,
        "certificate": None if found.certificate is None else certificate_to_dict(found.certificate, at),
        "scenarios": list(found.scenarios),
        "began_at": None if found.began_at is None else moment(found.began_at),
        "began_exactly": found.began_exactly,
        "recovered_at": None if found.recovered_at is None else moment(found.recovered_at),
        **_seconds(found),
        "runs_failed": found.runs_failed,
        "runs_unknown": found.runs_unknown,
        "timeline": [event_to_dict(event, path=found.path) for event in found.timeline],
    }


def event_to_dict(event: TimelineEvent, *, path: str) -> dict[str, Any]:
    """One line of the timeline."""
    return {
        "at": moment(event.at),
        "event": event.event.value,
        "path": path,
        "code": event.code,
        "reason": event.reason,
        "text": event.text,
    }


def incident_schema() -> Schema:
    """The shape of `report` and `drill` (JSON Schema, draft 2020-12)."""
    event = object_of(
        {
            "at": MOMENT,
            "event": one_of(EventKind),
            "path": TEXT,
            "code": or_null(WHOLE),
            "reason": or_null(TEXT),
            "text": TEXT,
        }
    )
    timeline: Schema = {"type": "array", "items": event}
    seconds: Schema = {name: or_null(SECONDS) for name in _seconds(None)}
    counts: Schema = {"runs_failed": COUNT, "runs_unknown": COUNT}
    one = {
        "path": TEXT,
        "outcome": {"enum": ["failed", "unknown"]},
        "code": WHOLE,
        "reason": TEXT,
        "confidence": TEXT,
        "summary": TEXT,
        "certificate": or_null(defined("certificate")),
        "scenarios": TEXTS,
        "began_at": {**or_null(MOMENT), "description": "When it broke; null: nothing ran before it."},
        "began_exactly": {**FLAG, "description": "False: it broke between `began_at` and the first failure."},
        "recovered_at": {**or_null(MOMENT), "description": "null: it lasts."},
    }
    return {
        "schema": {"const": SCHEMA},
        "since": MOMENT,
        "until": MOMENT,
        "runs": COUNT,
        "timeline": timeline,
        **seconds,
        **counts,
        "incidents": {"type": "array", "items": object_of({**one, **seconds, **counts, "timeline": timeline})},
    }


def _seconds(found: PastIncident | None) -> Mapping[str, float | None]:
    names = ("seconds_to_detect", "seconds_to_name", "seconds_to_page", "seconds_to_recover")
    values = {name: None if found is None else getattr(found, name) for name in names}
    return {name: None if value is None else round(max(0.0, value), 3) for name, value in values.items()}
