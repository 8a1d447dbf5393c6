"""The shapes of the status and of events (draft 2020-12)."""

from probe.model.failure import Severity
from probe.report.board import EventKind
from probe.report.hops import HopState
from probe.report.schema_certificates import forecast
from probe.report.schema_parts import (
    COUNT,
    FLAG,
    MOMENT,
    REASON,
    SECONDS,
    TEXT,
    Schema,
    defined,
    object_of,
    one_of,
    or_null,
)
from probe.report.status_json import SCHEMA
from probe.verdict.window import Verdict


def status() -> dict[str, object]:
    """`paypath.status/1`: what `/api/v1/status` answers."""
    return {
        "schema": {"const": SCHEMA},
        "at": MOMENT,
        "environment": TEXT,
        "location": TEXT,
        "version": TEXT,
        "verdict": one_of(Verdict),
        "money_flows": or_null(FLAG),
        "paths": {"type": "array", "items": object_of(_path())},
    }


def event() -> dict[str, object]:
    """The `data` of an event named `happened`."""
    return {
        "number": COUNT,
        "at": MOMENT,
        "event": one_of(EventKind),
        "path": or_null(TEXT),
        "scenario": or_null(TEXT),
        "code": or_null(COUNT),
        "reason": or_null(REASON),
        "run_id": or_null(TEXT),
        "text": TEXT,
    }


def _path() -> dict[str, object]:
    return {
        "path": TEXT,
        "verdict": one_of(Verdict),
        "money_flows": or_null(FLAG),
        "latched": or_null(TEXT),
        "failing_since": or_null(MOMENT),
        "failure": or_null(defined("failure")),
        "forecast": or_null(object_of(forecast())),
        "hops": {"type": "array", "items": object_of(_hop())},
        "scenarios": {"type": "array", "items": object_of(_scenario())},
    }


def _hop() -> dict[str, object]:
    return {"hop": TEXT, "state": one_of(HopState), "took_s": or_null(SECONDS), "detail": TEXT}


def _scenario() -> dict[str, object]:
    ratio: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "scenario": TEXT,
        "summary": TEXT,
        "severity": one_of(Severity),
        "every_s": SECONDS,
        "verdict": one_of(Verdict),
        "outcome": or_null(TEXT),
        "reason": or_null(REASON),
        "last_run_at": or_null(MOMENT),
        "last_run_id": or_null(TEXT),
        "success_ratio": or_null(ratio),
        "running": FLAG,
        "not_begun": or_null(TEXT),
    }
