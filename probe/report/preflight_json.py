"""The judgement on a new identity as the contract's `paypath.preflight/1`, and its published shape (draft 2020-12)."""

from typing import Final

from probe.model.outcome import word
from probe.model.preflight import Preflight, PreflightCheck
from probe.report.facts import failure_of
from probe.report.json import certificate_to_dict, failure_to_dict
from probe.report.schema_parts import MOMENT, REASON, TEXT, TEXTS, defined, list_of, object_of, or_null
from probe.report.words import moment

SCHEMA: Final = "paypath.preflight/1"
"""Names the shape; a change that breaks a reader gets a new number."""


def preflight_to_dict(found: Preflight) -> dict[str, object]:
    """The contract's shape. `failure` says why where the outcome is not passed; `warnings` stand in nobody's way."""
    at, failure = found.at, failure_of(found.outcome)
    return {
        "schema": SCHEMA,
        "at": moment(at),
        "outcome": word(found.outcome),
        "failure": failure_to_dict(failure, at) if failure else None,
        "objections": [failure_to_dict(one, at) for one in found.objections],
        "warnings": [failure_to_dict(one, at) for one in found.warnings],
        "checks": [_check_to_dict(check) for check in found.checks],
        "current": certificate_to_dict(found.current, at) if found.current else None,
        "candidate": certificate_to_dict(found.candidate, at) if found.candidate else None,
        "paths": [live.path for live in found.facts.lives],
        "mends": list(found.mends),
    }


def _check_to_dict(check: PreflightCheck) -> dict[str, object]:
    failure = failure_of(check.outcome)
    return {
        "name": check.name,
        "outcome": word(check.outcome),
        "detail": check.detail,
        "path": check.path,
        "reason": failure.reason if failure else None,
    }


def preflight_schema() -> dict[str, object]:
    """One line of `preflight`."""
    check = object_of(
        {
            "name": {"type": "string", "description": "Stable, such as `key-matches`."},
            "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
            "detail": TEXT,
            "path": {**or_null(TEXT), "description": "The path that was asked; null: the files alone tell it."},
            "reason": or_null(REASON),
        }
    )
    return {
        "schema": {"const": SCHEMA},
        "at": MOMENT,
        "outcome": {"enum": ["passed", "failed", "unknown"]},
        "failure": {**or_null(defined("failure")), "description": "The first objection, or why it could not be told."},
        "objections": {**list_of("failure"), "description": "What stands against the candidate."},
        "warnings": {**list_of("failure"), "description": "What stands in nobody's way."},
        "checks": {
            "type": "array",
            "items": check,
            "description": "`current-works` is the control: it says what the current identity does, and decides nothing.",
        },
        "current": or_null(defined("certificate")),
        "candidate": {**or_null(defined("certificate")), "description": "null: there is none that can be read."},
        "paths": {**TEXTS, "description": "Those on which it was tried."},
        "mends": {**TEXTS, "description": "Those that refuse the current identity and accept the candidate."},
    }
