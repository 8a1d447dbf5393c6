"""The shapes of one run, of a failure and of a certificate (draft 2020-12), for those who read our results by program."""

from probe.classify.diagnosis import Mark
from probe.model.certificate import CertificateRole
from probe.model.failure import Blame, Confidence, Hop, Phase, Severity
from probe.model.network import Ended
from probe.model.scenario import StepKind
from probe.model.staple import StapleSignature, StapleStatus
from probe.model.tls import AlertFrom
from probe.report.json import SCHEMA
from probe.report.schema_parts import (
    COUNT,
    FLAG,
    HEX,
    MOMENT,
    REASON,
    SECONDS,
    TEXT,
    TEXTS,
    WHOLE,
    defined,
    list_of,
    object_of,
    one_of,
    or_null,
)


def run() -> dict[str, object]:
    """`paypath.run/1`: what `check` and `diagnose` print for each run."""
    return {
        "schema": {"const": SCHEMA},
        "run_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The same as run_id."},
        "scenario": TEXT,
        "path": TEXT,
        "environment": TEXT,
        "location": TEXT,
        "started_at": MOMENT,
        "duration_s": SECONDS,
        "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
        "attempts": {"type": "integer", "minimum": 1, "description": "The most tries that any step needed."},
        "failure": {**or_null(defined("failure")), "description": "Why it failed, or why it could not be told."},
        "phases": {
            "type": "object",
            "propertyNames": one_of(Phase),
            "additionalProperties": SECONDS,
            "description": "Of the try that decided, else of the first handshake; only phases that were reached.",
        },
        "tls": or_null(object_of(_tls())),
        "proxy": {
            **or_null(object_of(_leg())),
            "description": "The leg to the HTTP proxy in front of the connector, where there is one; `phases` and `tls` are then the connector's.",
        },
        "upstream": {
            **or_null(object_of(_leg())),
            "description": "The second hop, where it was probed: in the tunnel of a connector that is a proxy, or straight from here with the connector's own identity.",
        },
        "peer_chain": list_of("certificate"),
        "identity": list_of("certificate"),
        "steps": {"type": "array", "items": object_of(_step())},
        "warnings": list_of("failure"),
        "diagnostics": {
            **or_null(object_of(_diagnostics())),
            "description": "What a second connection saw, where one was made.",
        },
    }


def _tls() -> dict[str, object]:
    alert = object_of({"from": one_of(AlertFrom), "number": COUNT, "name": TEXT})
    return {
        "version": or_null(TEXT),
        "cipher": or_null(TEXT),
        "group": or_null(TEXT),
        "alpn": or_null(TEXT),
        "resumed": FLAG,
        "client_certificate_requested": or_null(FLAG),
        "acceptable_cas": TEXTS,
        "alerts": {"type": "array", "items": alert},
    }


def _leg() -> dict[str, object]:
    return {
        "endpoint": TEXT,
        "target": or_null(
            {
                "type": "string",
                "description": "What the proxy was asked to connect to; of the second hop what was asked for.",
            }
        ),
        "phases": {"type": "object", "propertyNames": one_of(Phase), "additionalProperties": SECONDS},
        "tls": {
            **or_null(object_of(_tls())),
            "description": "With this end of the leg itself; null where it is asked in the clear.",
        },
        "http_status": or_null(WHOLE),
        "peer_chain": {**list_of("certificate"), "description": "What was presented there."},
        "identity": {
            **list_of("certificate"),
            "description": "Our identity for the proxy alone; of the second hop the connector's.",
        },
    }


def _diagnostics() -> dict[str, object]:
    """The schema of `probe.report.diagnostics`."""
    error: dict[str, object] = {"code": WHOLE, "depth": COUNT, "subject": or_null(TEXT), "serial": or_null(HEX)}
    issuer: dict[str, object] = {
        "below": {"type": "string", "description": "Subject of the certificate that names the address."},
        "url": TEXT,
        "subject": or_null(TEXT),
        "serial": or_null(HEX),
        "problem": {**or_null(TEXT), "description": "Why nothing was found there."},
    }
    remark: dict[str, object] = {"mark": one_of(Mark), "text": TEXT}
    return {
        "address": TEXT,
        "started_at": MOMENT,
        "duration_s": SECONDS,
        "ended": one_of(Ended),
        "engine": {
            "type": "string",
            "description": "The OpenSSL that looked: not the one that verifies for the verdict.",
        },
        "tls_version": or_null(TEXT),
        "leaf_sha256": or_null(HEX),
        "verify_errors": {"type": "array", "items": object_of(error), "description": "All of them, leaf first."},
        "must_staple": FLAG,
        "ocsp_staple": or_null(object_of(_staple())),
        "acceptable_cas": TEXTS,
        "issuers": {
            "type": "array",
            "items": object_of(issuer),
            "description": "Where issuers were sought that the peer does not send (AIA).",
        },
        "remarks": {"type": "array", "items": object_of(remark), "description": "The same in sentences."},
    }


def _staple() -> dict[str, object]:
    return {
        "response": {"type": "string", "description": "RFC 6960 4.2.1 in lower case, or `malformed`."},
        "status": or_null(one_of(StapleStatus)),
        "this_update": or_null(MOMENT),
        "next_update": or_null(MOMENT),
        "produced_at": or_null(MOMENT),
        "revoked_at": or_null(MOMENT),
        "revocation_reason": or_null(TEXT),
        "responder": TEXT,
        "signature": one_of(StapleSignature),
    }


def _step() -> dict[str, object]:
    return {
        "step": TEXT,
        "kind": one_of(StepKind),
        "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
        "duration_s": SECONDS,
        "attempts": COUNT,
        "request_id": or_null(TEXT),
        "reason": or_null(REASON),
        "cleanup": FLAG,
        "addresses": {
            "type": "array",
            "items": object_of(
                {
                    "address": TEXT,
                    "outcome": {"enum": ["passed", "failed", "unknown", "skipped"]},
                    "reason": or_null(REASON),
                }
            ),
            "description": "Each address of the connector's name, where every one was tried.",
        },
    }


def failure() -> dict[str, object]:
    """A failure or warning."""
    return {
        "code": WHOLE,
        "title": TEXT,
        "reason": REASON,
        "hop": one_of(Hop),
        "phase": or_null(one_of(Phase)),
        "blame": one_of(Blame),
        "confidence": one_of(Confidence),
        "retryable": FLAG,
        "severity": one_of(Severity),
        "summary": TEXT,
        "certificate": or_null(defined("certificate")),
        "evidence": object_of(_evidence()),
        "also": {"type": "array", "items": REASON},
        "runbook": TEXT,
        "proxy": {
            **or_null(TEXT),
            "description": "`host:port` of the HTTP proxy, where it happened on the way to it or is its own word.",
        },
    }


def _evidence() -> dict[str, object]:
    stripe = object_of({"type": or_null(TEXT), "code": or_null(TEXT), "decline_code": or_null(TEXT)})
    return {
        "verify_code": or_null(WHOLE),
        "alert": or_null(COUNT),
        "errno": or_null(WHOLE),
        "http_status": or_null(WHOLE),
        "observed_code": or_null(WHOLE),
        "stripe": or_null(stripe),
        "bytes_received": COUNT,
        "detail": TEXT,
    }


def certificate() -> dict[str, object]:
    """A certificate that could be read."""
    by_path = object_of({"kind": {"enum": ["file", "secret"]}, "path": TEXT})
    by_endpoint = object_of({"kind": {"const": "wire"}, "endpoint": TEXT})
    return {
        "role": one_of(CertificateRole),
        "subject": {"type": "string", "description": "RFC 4514."},
        "issuer": {"type": "string", "description": "RFC 4514."},
        "serial": HEX,
        "not_before": MOMENT,
        "not_after": MOMENT,
        "sha256": HEX,
        "san": TEXTS,
        "source": {"oneOf": [by_path, by_endpoint]},
        "expires_in_s": {"type": "integer", "description": "From the start of the run; negative once expired."},
    }
