"""The JSON Schema (draft 2020-12) of `paypath.run/1`, for those who read our results by program."""

from enum import StrEnum
from typing import Final

from probe.classify.diagnosis import Mark
from probe.model.certificate import CertificateRole
from probe.model.failure import Blame, Confidence, Hop, Phase, Severity
from probe.model.observation import AlertFrom, Ended
from probe.model.scenario import StepKind
from probe.model.staple import StapleSignature, StapleStatus
from probe.report.json import SCHEMA

_Schema = dict[str, object]

_TEXT: Final[_Schema] = {"type": "string"}
_WHOLE: Final[_Schema] = {"type": "integer"}
_COUNT: Final[_Schema] = {"type": "integer", "minimum": 0}
_FLAG: Final[_Schema] = {"type": "boolean"}
_SECONDS: Final[_Schema] = {"type": "number", "minimum": 0, "description": "Seconds."}
_TEXTS: Final[_Schema] = {"type": "array", "items": _TEXT}
_MOMENT: Final[_Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "description": "RFC 3339, UTC, milliseconds.",
}
_REASON: Final[_Schema] = {"type": "string", "pattern": r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"}
_HEX: Final[_Schema] = {"type": "string", "pattern": "^[0-9a-f]*$"}


def result_schema() -> dict[str, object]:
    """The schema of what `check` and `diagnose` print for each run with `--format json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The result of one run ({SCHEMA})",
        **_object(_run()),
        "$defs": {"failure": _object(_failure()), "certificate": _object(_certificate())},
    }


def _object(properties: dict[str, object]) -> _Schema:
    """Every key is always there; later versions may add keys, so readers must let unknown ones pass."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _one_of(words: type[StrEnum]) -> _Schema:
    return {"enum": [word.value for word in words]}


def _or_null(schema: _Schema) -> _Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list_of(name: str) -> _Schema:
    return {"type": "array", "items": _defined(name)}


def _defined(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _run() -> dict[str, object]:
    return {
        "schema": {"const": SCHEMA},
        "run_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The same as run_id."},
        "scenario": _TEXT,
        "path": _TEXT,
        "environment": _TEXT,
        "location": _TEXT,
        "started_at": _MOMENT,
        "duration_s": _SECONDS,
        "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
        "attempts": {"type": "integer", "minimum": 1, "description": "The most tries that any step needed."},
        "failure": {**_or_null(_defined("failure")), "description": "Why it failed, or why it could not be told."},
        "phases": {
            "type": "object",
            "propertyNames": _one_of(Phase),
            "additionalProperties": _SECONDS,
            "description": "Of the try that decided, else of the first handshake; only phases that were reached.",
        },
        "tls": _or_null(_object(_tls())),
        "proxy": {
            **_or_null(_object(_proxy())),
            "description": "The leg to the HTTP proxy, where there is one; `phases` and `tls` are then the connector's.",
        },
        "peer_chain": _list_of("certificate"),
        "identity": _list_of("certificate"),
        "steps": {"type": "array", "items": _object(_step())},
        "warnings": _list_of("failure"),
        "diagnostics": {
            **_or_null(_object(_diagnostics())),
            "description": "What a second connection saw, where one was made.",
        },
    }


def _tls() -> dict[str, object]:
    alert = _object({"from": _one_of(AlertFrom), "number": _COUNT, "name": _TEXT})
    return {
        "version": _or_null(_TEXT),
        "cipher": _or_null(_TEXT),
        "group": _or_null(_TEXT),
        "alpn": _or_null(_TEXT),
        "resumed": _FLAG,
        "client_certificate_requested": _or_null(_FLAG),
        "acceptable_cas": _TEXTS,
        "alerts": {"type": "array", "items": alert},
    }


def _proxy() -> dict[str, object]:
    return {
        "endpoint": _TEXT,
        "target": _or_null({"type": "string", "description": "What the proxy was asked to connect to."}),
        "phases": {"type": "object", "propertyNames": _one_of(Phase), "additionalProperties": _SECONDS},
        "tls": {
            **_or_null(_object(_tls())),
            "description": "With the proxy itself; null where it is asked in the clear.",
        },
        "http_status": _or_null(_WHOLE),
        "peer_chain": {**_list_of("certificate"), "description": "What the proxy presented."},
        "identity": {**_list_of("certificate"), "description": "Our identity for the proxy alone."},
    }


def _diagnostics() -> dict[str, object]:
    """The schema of `probe.report.diagnostics`."""
    error: dict[str, object] = {"code": _WHOLE, "depth": _COUNT, "subject": _or_null(_TEXT), "serial": _or_null(_HEX)}
    issuer: dict[str, object] = {
        "below": {"type": "string", "description": "Subject of the certificate that names the address."},
        "url": _TEXT,
        "subject": _or_null(_TEXT),
        "serial": _or_null(_HEX),
        "problem": {**_or_null(_TEXT), "description": "Why nothing was found there."},
    }
    remark: dict[str, object] = {"mark": _one_of(Mark), "text": _TEXT}
    return {
        "address": _TEXT,
        "started_at": _MOMENT,
        "duration_s": _SECONDS,
        "ended": _one_of(Ended),
        "engine": {
            "type": "string",
            "description": "The OpenSSL that looked: not the one that verifies for the verdict.",
        },
        "tls_version": _or_null(_TEXT),
        "leaf_sha256": _or_null(_HEX),
        "verify_errors": {"type": "array", "items": _object(error), "description": "All of them, leaf first."},
        "must_staple": _FLAG,
        "ocsp_staple": _or_null(_object(_staple())),
        "acceptable_cas": _TEXTS,
        "issuers": {
            "type": "array",
            "items": _object(issuer),
            "description": "Where issuers were sought that the peer does not send (AIA).",
        },
        "remarks": {"type": "array", "items": _object(remark), "description": "The same in sentences."},
    }


def _staple() -> dict[str, object]:
    return {
        "response": {"type": "string", "description": "RFC 6960 4.2.1 in lower case, or `malformed`."},
        "status": _or_null(_one_of(StapleStatus)),
        "this_update": _or_null(_MOMENT),
        "next_update": _or_null(_MOMENT),
        "produced_at": _or_null(_MOMENT),
        "revoked_at": _or_null(_MOMENT),
        "revocation_reason": _or_null(_TEXT),
        "responder": _TEXT,
        "signature": _one_of(StapleSignature),
    }


def _step() -> dict[str, object]:
    return {
        "step": _TEXT,
        "kind": _one_of(StepKind),
        "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
        "duration_s": _SECONDS,
        "attempts": _COUNT,
        "request_id": _or_null(_TEXT),
        "reason": _or_null(_REASON),
        "cleanup": _FLAG,
        "addresses": {
            "type": "array",
            "items": _object(
                {
                    "address": _TEXT,
                    "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
                    "reason": _or_null(_REASON),
                }
            ),
            "description": "Each address of the connector's name, where every one was tried.",
        },
    }


def _failure() -> dict[str, object]:
    return {
        "code": _WHOLE,
        "title": _TEXT,
        "reason": _REASON,
        "hop": _one_of(Hop),
        "phase": _or_null(_one_of(Phase)),
        "blame": _one_of(Blame),
        "confidence": _one_of(Confidence),
        "retryable": _FLAG,
        "severity": _one_of(Severity),
        "summary": _TEXT,
        "certificate": _or_null(_defined("certificate")),
        "evidence": _object(_evidence()),
        "also": {"type": "array", "items": _REASON},
        "runbook": _TEXT,
        "proxy": {
            **_or_null(_TEXT),
            "description": "`host:port` of the HTTP proxy, where it happened on the way to it or is its own word.",
        },
    }


def _evidence() -> dict[str, object]:
    stripe = _object({"type": _or_null(_TEXT), "code": _or_null(_TEXT), "decline_code": _or_null(_TEXT)})
    return {
        "verify_code": _or_null(_WHOLE),
        "alert": _or_null(_COUNT),
        "errno": _or_null(_WHOLE),
        "http_status": _or_null(_WHOLE),
        "observed_code": _or_null(_WHOLE),
        "stripe": _or_null(stripe),
        "bytes_received": _COUNT,
        "detail": _TEXT,
    }


def _certificate() -> dict[str, object]:
    by_path = _object({"kind": {"enum": ["file", "secret"]}, "path": _TEXT})
    by_endpoint = _object({"kind": {"const": "wire"}, "endpoint": _TEXT})
    return {
        "role": _one_of(CertificateRole),
        "subject": {"type": "string", "description": "RFC 4514."},
        "issuer": {"type": "string", "description": "RFC 4514."},
        "serial": _HEX,
        "not_before": _MOMENT,
        "not_after": _MOMENT,
        "sha256": _HEX,
        "san": _TEXTS,
        "source": {"oneOf": [by_path, by_endpoint]},
        "expires_in_s": {"type": "integer", "description": "From the start of the run; negative once expired."},
    }
