"""A run as the contract's `paypath.run/1`: plain values that `json.dumps` writes on one line."""

import json
from collections.abc import Mapping
from datetime import datetime

from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.failure import Evidence, Failure
from probe.model.observation import HandshakeObservation, StripeObservation
from probe.model.outcome import word
from probe.model.run import Run, StepRun
from probe.model.tls import NOTHING_SAID, TlsFacts
from probe.redact.leaving import leaving_value
from probe.report.diagnostics import diagnostics_to_dict
from probe.report.facts import attempts, failure_of, leg_to_proxy, phases, told_by
from probe.report.words import moment

SCHEMA = "paypath.run/1"
"""Names the shape; a change that breaks a reader gets a new number."""

_DIGITS = 6
"""Microseconds: finer than that no phase is measured."""


def dump(value: Mapping[str, object]) -> str:
    """One line of ASCII JSON: safe for every terminal, log and locale, and without secrets."""
    return json.dumps(leaving_value(value), separators=(", ", ": "), allow_nan=False)


def run_to_dict(run: Run) -> dict[str, object]:
    """The run in the contract's shape. `attempts` is the most that any step needed."""
    told = told_by(run)
    failure = failure_of(run.outcome)
    at = run.started_at
    handshake = told.handshake
    return {
        "schema": SCHEMA,
        "run_id": run.run_id,
        "trace_id": run.run_id,
        "scenario": run.scenario,
        "path": run.path,
        "environment": run.environment,
        "location": run.location,
        "started_at": moment(at),
        "duration_s": round(run.duration_s, _DIGITS),
        "outcome": word(run.outcome),
        "attempts": attempts(run),
        "failure": failure_to_dict(failure, at) if failure else None,
        "phases": {phase.value: round(seconds, _DIGITS) for phase, seconds in phases(told.first_hop).items()},
        "tls": _tls(told.tls) if told.tls else None,
        "proxy": _leg(leg, at) if (leg := leg_to_proxy(told.first_hop)) else None,
        "upstream": _leg(handshake.upstream, at) if handshake and handshake.upstream else None,
        "peer_chain": [certificate_to_dict(c, at) for c in (handshake.presented if handshake else ())],
        "identity": [
            certificate_to_dict(c, at)
            for c in (handshake.identity.certificates if handshake and handshake.identity else ())
        ],
        "steps": [_step(step) for step in run.steps],
        "warnings": [failure_to_dict(warning, at) for warning in run.warnings],
        "diagnostics": diagnostics_to_dict(handshake) if handshake else None,
    }


def failure_to_dict(failure: Failure, at: datetime) -> dict[str, object]:
    """A failure or warning in the contract's shape; `expires_in_s` of its certificate counts from `at`."""
    return {
        "code": failure.code,
        "title": failure.title,
        "reason": failure.reason,
        "hop": failure.hop.value,
        "phase": failure.phase.value if failure.phase else None,
        "blame": failure.blame.value,
        "confidence": failure.confidence.value,
        "retryable": failure.retryable,
        "severity": failure.severity.value,
        "summary": failure.summary,
        "certificate": certificate_to_dict(failure.certificate, at) if failure.certificate else None,
        "evidence": _evidence(failure.evidence),
        "also": list(failure.also),
        "runbook": failure.runbook,
        "proxy": failure.proxy,
    }


def certificate_to_dict(certificate: Certificate, at: datetime) -> dict[str, object]:
    """A certificate in the contract's shape; `expires_in_s` counts from `at` and is negative once it has expired."""
    return {
        "role": certificate.role.value,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
        "sha256": certificate.sha256,
        "san": list(certificate.san),
        "source": source_to_dict(certificate.source),
        "expires_in_s": round((certificate.not_after - at).total_seconds()),
    }


def source_to_dict(source: Source) -> dict[str, object]:
    """A place: an endpoint on the wire, else a path."""
    key = "endpoint" if source.kind is SourceKind.WIRE else "path"
    return {"kind": source.kind.value, key: source.location}


def _evidence(evidence: Evidence) -> dict[str, object]:
    stripe = evidence.stripe
    return {
        "verify_code": evidence.verify_code,
        "alert": evidence.alert,
        "errno": evidence.errno,
        "http_status": evidence.http_status,
        "observed_code": evidence.observed_code,
        "stripe": {"type": stripe.type, "code": stripe.code, "decline_code": stripe.decline_code} if stripe else None,
        "bytes_received": evidence.bytes_received,
        "detail": evidence.detail,
    }


def _tls(tls: TlsFacts) -> dict[str, object]:
    return {
        "version": tls.version,
        "cipher": tls.cipher,
        "group": tls.group,
        "alpn": tls.alpn,
        "resumed": tls.resumed,
        "client_certificate_requested": tls.client_certificate_requested,
        "acceptable_cas": list(tls.acceptable_cas),
        "alerts": [{"from": alert.sender.value, "number": alert.number, "name": alert.name} for alert in tls.alerts],
    }


def _leg(leg: HandshakeObservation, at: datetime) -> dict[str, object]:
    """The leg to a proxy, or the second hop: where it leads, how long each phase took, its TLS (None in the clear), and what was said."""
    ours = leg.identity.certificates if leg.identity else ()
    return {
        "endpoint": str(leg.endpoint),
        "target": leg.http_path,
        "phases": {phase.value: round(seconds, _DIGITS) for phase, seconds in phases(leg).items()},
        "tls": _tls(leg.tls) if leg.tls != NOTHING_SAID else None,
        "http_status": leg.http.status if leg.http else None,
        "peer_chain": [certificate_to_dict(c, at) for c in leg.presented],
        "identity": [certificate_to_dict(c, at) for c in ours],
    }


def _step(step: StepRun) -> dict[str, object]:
    failure = failure_of(step.outcome)
    observation = step.observation
    return {
        "step": step.name,
        "kind": step.kind.value,
        "outcome": word(step.outcome),
        "duration_s": round(step.duration_s, _DIGITS),
        "attempts": len(step.attempts),
        "request_id": observation.request_id if isinstance(observation, StripeObservation) else None,
        "reason": failure.reason if failure else None,
        "cleanup": step.cleanup,
        "addresses": [
            {"address": address, "outcome": word(outcome), "reason": f.reason if (f := failure_of(outcome)) else None}
            for address, outcome in (step.attempts[-1].addresses if step.attempts else ())
        ],
    }
