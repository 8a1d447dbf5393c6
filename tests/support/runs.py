"""Finished runs made on the spot, for tests of everything that receives them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.failure import Blame, Confidence, Evidence, Failure, Hop, Phase, Severity
from probe.model.identity import IdentityFacts
from probe.model.network import Ended, Endpoint, PhaseTiming
from probe.model.observation import HandshakeObservation, Observation, StripeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.run import Attempt, Run, StepRun
from probe.model.scenario import StepKind
from probe.model.tls import TlsFacts

NOW: Final = datetime(2026, 1, 15, 14, 28, 3, 120000, tzinfo=UTC)
ENDPOINT: Final = Endpoint(host="billing-connector.internal", port=8443, server_name="billing-connector.internal")
PHASES: Final = {
    Phase.DNS: 0.001,
    Phase.TCP: 0.002,
    Phase.TLS: 0.004,
    Phase.ACCEPT: 0.001,
    Phase.SEND: 0.001,
    Phase.WAIT: 0.02,
    Phase.RECEIVE: 0.001,
}
"""How long each phase takes in the observations made here, in seconds and in order."""


def hex_id(digits: int) -> str:
    """A new id: 32 digits for a run, 16 for a span."""
    return secrets.token_hex(digits // 2)


def make_certificate(
    role: CertificateRole = CertificateRole.CLIENT,
    *,
    name: str = "billing",
    not_before: datetime = NOW - timedelta(days=60),
    not_after: datetime = NOW + timedelta(days=30),
    source: Source | None = None,
) -> Certificate:
    """A certificate as facts; read from a file where it is a client's, else seen on the wire."""
    seen_in_file = role is CertificateRole.CLIENT
    return Certificate(
        role=role,
        subject=f"CN={name}",
        issuer="CN=Example Issuing CA",
        serial="4f1c",
        not_before=not_before,
        not_after=not_after,
        sha256=name.encode().hex().ljust(64, "0"),
        source=source
        or (
            Source(SourceKind.FILE, "/etc/billing/tls.crt") if seen_in_file else Source(SourceKind.WIRE, str(ENDPOINT))
        ),
    )


def make_failure(
    reason: str = "tls.client_cert.expired",
    *,
    code: int = 5023,
    phase: Phase | None = Phase.TLS,
    blame: Blame = Blame.OURS,
    confidence: Confidence = Confidence.PROVEN,
    summary: str = "The client certificate CN=billing in /etc/billing/tls.crt expired 2 h ago.",
) -> Failure:
    """A classified cause with the fields that telemetry, reports and pages show."""
    return Failure(
        code=code,
        title="Billing connector timeout",
        reason=reason,
        hop=Hop.PROBE_CONNECTOR,
        phase=phase,
        blame=blame,
        confidence=confidence,
        retryable=False,
        severity=Severity.PAGE,
        summary=summary,
        evidence=Evidence(alert=45),
        runbook="docs/runbooks/tls.md#client-certificate",
    )


def make_timings(*, until: Phase = Phase.RECEIVE) -> tuple[PhaseTiming, ...]:
    """The phases one after the other, up to and including `until`."""
    timings: list[PhaseTiming] = []
    offset_s = 0.0
    for phase, duration_s in PHASES.items():
        timings.append(PhaseTiming(phase=phase, offset_s=offset_s, duration_s=duration_s))
        offset_s += duration_s
        if phase is until:
            break
    return tuple(timings)


def make_identity(*certificates: Certificate, name: str = "billing") -> IdentityFacts:
    """Identity files that load; one certificate of 30 more days unless others are given."""
    return IdentityFacts(
        name=name,
        certificate_path="/etc/billing/tls.crt",
        key_path="/etc/billing/tls.key",
        certificates=certificates or (make_certificate(),),
    )


def make_handshake(
    *,
    until: Phase = Phase.RECEIVE,
    ended: Ended = Ended.COMPLETED,
    identity: IdentityFacts | None = None,
    presented: tuple[Certificate, ...] | None = None,
    http_status: int = 200,
    started_at: datetime = NOW,
) -> HandshakeObservation:
    """A handshake up to `until`, with an answer of the health path where it got that far."""
    sent, answered = until in {Phase.SEND, Phase.WAIT, Phase.RECEIVE}, until is Phase.RECEIVE
    established = sent or until is Phase.ACCEPT
    return HandshakeObservation(
        endpoint=ENDPOINT,
        started_at=started_at,
        phase=until,
        ended=ended,
        timings=make_timings(until=until),
        peer_address="192.0.2.7",
        tls=TlsFacts(
            version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", group="x25519", alpn=None, established=established
        ),
        presented=(make_certificate(CertificateRole.SERVER, name=ENDPOINT.host),) if presented is None else presented,
        identity=identity or make_identity(),
        http=HttpAnswer(status=http_status) if answered else None,
        http_path="/healthz",
        request_span_id=hex_id(16) if sent else None,
    )


def make_stripe(
    *, until: Phase = Phase.RECEIVE, ended: Ended = Ended.COMPLETED, http_status: int = 200
) -> StripeObservation:
    """A call of the Stripe SDK up to `until`."""
    return StripeObservation(
        endpoint=ENDPOINT,
        started_at=NOW,
        method="v1.payment_intents.create",
        writes=True,
        ended=ended,
        phase=until,
        timings=make_timings(until=until),
        http=HttpAnswer(status=http_status) if until is Phase.RECEIVE else None,
        request_id="req_123",
        tls=TlsFacts(version="TLSv1.2", cipher="ECDHE-RSA-AES256-GCM-SHA384", established=True),
        request_span_id=hex_id(16),
    )


def make_attempt(
    outcome: Outcome | None = None,
    observation: Observation | None = None,
    *,
    offset_s: float = 0.0,
    reconciled: Observation | None = None,
) -> Attempt:
    """One try of a step, 40 ms long; passed with a complete handshake unless told otherwise."""
    return Attempt(
        started_at=NOW + timedelta(seconds=offset_s),
        offset_s=offset_s,
        duration_s=0.04,
        outcome=outcome or Passed(),
        observation=observation or make_handshake(started_at=NOW + timedelta(seconds=offset_s)),
        reconciled=reconciled,
    )


def make_step(
    name: str = "handshake",
    attempts: Sequence[Attempt] | None = None,
    *,
    kind: StepKind = StepKind.HANDSHAKE,
    outcome: Outcome | None = None,
    cleanup: bool = False,
) -> StepRun:
    """A step whose outcome is its last attempt's unless told otherwise."""
    tries = tuple(attempts) if attempts is not None else (make_attempt(),)
    first_s = tries[0].offset_s if tries else 0.0
    return StepRun(
        name=name,
        kind=kind,
        span_id=hex_id(16),
        outcome=outcome or tries[-1].outcome,
        offset_s=first_s,
        duration_s=tries[-1].offset_s + tries[-1].duration_s - first_s if tries else 0.0,
        attempts=tries,
        cleanup=cleanup,
    )


def make_run(
    steps: Sequence[StepRun] | None = None,
    *,
    scenario: str = "mtls-handshake",
    path: str = "billing",
    outcome: Outcome | None = None,
    started_at: datetime = NOW,
    duration_s: float = 0.05,
    warnings: tuple[Failure, ...] = (),
) -> Run:
    """A finished run: its outcome is that of the first step that did not pass, unless told otherwise."""
    done = tuple(steps) if steps is not None else (make_step(),)
    bad = next((step.outcome for step in done if isinstance(step.outcome, Failed | Unknown)), Passed())
    return Run(
        run_id=hex_id(32),
        span_id=hex_id(16),
        scenario=scenario,
        path=path,
        environment="staging",
        location="eu-west-1a",
        started_at=started_at,
        duration_s=duration_s,
        outcome=outcome or bad,
        steps=done,
        warnings=warnings,
    )


def make_failed_run(failure: Failure | None = None, *, scenario: str = "mtls-handshake", path: str = "billing") -> Run:
    """A run whose only step fails in the TLS phase: the incident that the project is for."""
    failed = Failed(failure or make_failure())
    expired = make_identity(make_certificate(not_after=NOW - timedelta(hours=2)))
    broken = make_handshake(until=Phase.TLS, ended=Ended.EOF, identity=expired)
    return make_run((make_step(attempts=(make_attempt(failed, broken),)),), scenario=scenario, path=path)
