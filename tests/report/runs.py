"""Finished runs to render, made by hand: the incident of the expired certificate, a pass, and what lies between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.failure import Blame, Confidence, Evidence, Failure, Hop, Phase, Severity, StripeError
from probe.model.identity import IdentityFacts
from probe.model.network import Ended, Endpoint, PhaseTiming
from probe.model.observation import HandshakeObservation, StripeObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.run import Attempt, Run, StepRun
from probe.model.scenario import StepKind
from probe.model.tls import Alert, AlertFrom, TlsFacts

STARTED = datetime(2026, 1, 15, 14, 40, 3, 120_000, tzinfo=UTC)
ENDPOINT = Endpoint(host="billing-connector.internal", port=8443, server_name="billing-connector.internal")
RUN_ID = "4bf92f3577b34da6a3ce929d0e0e4736"

CLIENT = Certificate(
    role=CertificateRole.CLIENT,
    subject="CN=billing-service,O=Example",
    issuer="CN=Example Billing CA",
    serial="0a1b2c3d",
    not_before=datetime(2025, 1, 15, 14, 28, tzinfo=UTC),
    not_after=datetime(2026, 1, 15, 14, 28, tzinfo=UTC),
    sha256="ab" * 32,
    source=Source(SourceKind.FILE, "/etc/billing/tls/tls.crt"),
)
SERVER = replace(
    CLIENT,
    role=CertificateRole.SERVER,
    subject="CN=billing-connector.internal",
    serial="77",
    not_after=datetime(2026, 7, 1, tzinfo=UTC),
    sha256="cd" * 32,
    san=("billing-connector.internal",),
    dns_names=("billing-connector.internal",),
    source=Source(SourceKind.WIRE, "billing-connector.internal:8443"),
)
IDENTITY = IdentityFacts(
    name="billing",
    certificate_path="/etc/billing/tls/tls.crt",
    key_path="/etc/billing/tls/tls.key",
    certificates=(CLIENT,),
)

EXPIRED = Failure(
    code=5023,
    title="Billing connector timeout",
    reason="tls.client_cert.expired",
    hop=Hop.PROBE_CONNECTOR,
    phase=Phase.ACCEPT,
    blame=Blame.OURS,
    confidence=Confidence.PROVEN,
    retryable=False,
    severity=Severity.PAGE,
    summary="The client certificate CN=billing-service,O=Example in /etc/billing/tls/tls.crt expired 12 minutes ago.",
    certificate=CLIENT,
    evidence=Evidence(alert=45, bytes_received=2100),
    runbook="docs/runbooks/client-certificate.md#expired",
)
STRIPE_DOWN = replace(
    EXPIRED,
    code=5025,
    title="Stripe API error",
    reason="stripe.api_error",
    hop=Hop.CONNECTOR_STRIPE,
    phase=Phase.WAIT,
    blame=Blame.STRIPE,
    confidence=Confidence.PEER_HTTP,
    retryable=True,
    summary="Stripe answered the charge with 500 api_error.",
    certificate=None,
    evidence=Evidence(http_status=500, stripe=StripeError(type="api_error")),
)
LATE = replace(
    EXPIRED,
    code=5029,
    title="Could not tell",
    reason="prober.deadline",
    hop=Hop.NONE,
    phase=None,
    confidence=Confidence.INFERRED,
    severity=Severity.TICKET,
    summary="The prober itself had no time: its event loop stood still for 16 seconds.",
    certificate=None,
    evidence=Evidence(),
)
EXPIRING = replace(
    EXPIRED,
    code=5030,
    title="Certificate needs attention",
    reason="certificate.expiring",
    severity=Severity.TICKET,
    summary="The certificate CN=billing-connector.internal expires in 20 days.",
    certificate=SERVER,
)


def timings(*phases: Phase) -> tuple[PhaseTiming, ...]:
    """Each phase took two milliseconds."""
    return tuple(PhaseTiming(phase=phase, offset_s=n * 0.002, duration_s=0.002) for n, phase in enumerate(phases))


TLS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    group="x25519",
    established=True,
    client_certificate_requested=True,
    client_certificate_sent=True,
    acceptable_cas=("CN=Example Billing CA",),
)
SHAKEN = HandshakeObservation(
    endpoint=ENDPOINT,
    started_at=STARTED,
    phase=Phase.RECEIVE,
    ended=Ended.COMPLETED,
    timings=timings(*Phase),
    peer_address="192.0.2.7:8443",
    tls=TLS,
    presented=(SERVER,),
    identity=IDENTITY,
    http=HttpAnswer(status=200, body="ok"),
    http_path="/healthz",
)
REFUSED = replace(
    SHAKEN,
    phase=Phase.ACCEPT,
    ended=Ended.ERROR,
    timings=timings(Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT),
    tls=replace(TLS, alerts=(Alert(AlertFrom.PEER, 45, "certificate_expired"),)),
    http=None,
)
CHARGED = StripeObservation(
    endpoint=ENDPOINT,
    started_at=STARTED,
    method="v1.payment_intents.create",
    writes=True,
    ended=Ended.COMPLETED,
    phase=Phase.RECEIVE,
    timings=timings(Phase.TCP, Phase.TLS, Phase.SEND, Phase.WAIT, Phase.RECEIVE),
    http=HttpAnswer(status=200),
    request_id="req_123",
    tls=TLS,
)


def attempt(outcome: Outcome, observation: HandshakeObservation | StripeObservation | None) -> Attempt:
    """One try of 40 milliseconds."""
    return Attempt(started_at=STARTED, offset_s=0.0, duration_s=0.04, outcome=outcome, observation=observation)


def step(name: str, kind: StepKind, *attempts: Attempt, cleanup: bool = False) -> StepRun:
    """A step that ended as its last try did."""
    return StepRun(
        name=name,
        kind=kind,
        span_id="00f067aa0ba902b7",
        outcome=attempts[-1].outcome,
        offset_s=0.0,
        duration_s=0.04 * len(attempts),
        attempts=attempts,
        cleanup=cleanup,
    )


def skipped_step(name: str) -> StepRun:
    """A step that was not tried."""
    return StepRun(
        name=name,
        kind=StepKind.STRIPE,
        span_id="00f067aa0ba902b8",
        outcome=Skipped("an earlier step failed"),
        offset_s=0.04,
        duration_s=0.0,
    )


def run(outcome: Outcome, *steps: StepRun, warnings: tuple[Failure, ...] = ()) -> Run:
    """A finished run of `card-charge` on `billing`."""
    return Run(
        run_id=RUN_ID,
        span_id="00f067aa0ba902b6",
        scenario="card-charge",
        path="billing",
        environment="staging",
        location="eu-west-1a",
        started_at=STARTED,
        duration_s=0.41,
        outcome=outcome,
        steps=steps,
        warnings=warnings,
    )


def passed() -> Run:
    """A charge that worked."""
    handshake = step("handshake", StepKind.HANDSHAKE, attempt(Passed(), SHAKEN))
    return run(Passed(), handshake, step("charge", StepKind.STRIPE, attempt(Passed(), CHARGED)))


def expired() -> Run:
    """The incident: our client certificate expired twelve minutes ago."""
    handshake = step("handshake", StepKind.HANDSHAKE, attempt(Failed(EXPIRED), REFUSED))
    return run(Failed(EXPIRED), handshake, skipped_step("charge"))


def reconciled() -> Run:
    """A charge that hung up, explained by the handshake made right after it."""
    hung_up = replace(
        CHARGED, ended=Ended.EOF, phase=Phase.WAIT, http=None, request_id=None, timings=timings(Phase.TCP)
    )
    tried = replace(attempt(Failed(EXPIRED), hung_up), reconciled=REFUSED)
    handshake = step("handshake", StepKind.HANDSHAKE, attempt(Passed(), SHAKEN))
    return run(Failed(EXPIRED), handshake, step("charge", StepKind.STRIPE, tried))


def timed_out() -> Run:
    """A charge that waited in vain for 2.99 seconds; the handshake made right after it got through."""
    waited = PhaseTiming(phase=Phase.WAIT, offset_s=0.01, duration_s=2.99)
    slow = replace(CHARGED, ended=Ended.TIMED_OUT, phase=Phase.WAIT, http=None, request_id=None, timings=(waited,))
    late = replace(EXPIRED, code=5013, reason="connector.timeout", title="Connector timeout", phase=Phase.WAIT)
    tried = replace(attempt(Failed(late), slow), reconciled=SHAKEN)
    return run(Failed(late), step("charge", StepKind.STRIPE, tried))


def stripe_down() -> Run:
    """Stripe answers 500 twice."""
    refused = replace(CHARGED, http=HttpAnswer(status=500))
    tried = attempt(Failed(STRIPE_DOWN), refused)
    handshake = step("handshake", StepKind.HANDSHAKE, attempt(Passed(), SHAKEN))
    return run(Failed(STRIPE_DOWN), handshake, step("charge", StepKind.STRIPE, tried, tried))


def second_try() -> Run:
    """A pass that needed two tries, and a warning."""
    charge = step("charge", StepKind.STRIPE, attempt(Failed(STRIPE_DOWN), CHARGED), attempt(Passed(), CHARGED))
    return run(Passed(), step("handshake", StepKind.HANDSHAKE, attempt(Passed(), SHAKEN)), charge, warnings=(EXPIRING,))


def unknown() -> Run:
    """Our own deadline, before any step was judged."""
    return run(Unknown(LATE))


def not_begun() -> Run:
    """A run whose outcome is skipped."""
    return run(Skipped("no writable state directory"))


def with_text(found: Run, *, summary: str, since: timedelta = timedelta()) -> Run:
    """The same failure with another sentence, and started later."""
    assert isinstance(found.outcome, Failed)
    failure = replace(found.outcome.failure, summary=summary)
    return replace(found, outcome=Failed(failure), started_at=found.started_at + since)


def everything() -> tuple[Run, ...]:
    """One run of each kind."""
    return (passed(), expired(), reconciled(), stripe_down(), second_try(), unknown(), not_begun())


PROXYS = replace(SERVER, subject="CN=egress.internal", sha256="e1" * 32, san=("egress.internal",))
TO_PROXY = replace(
    IDENTITY,
    name="egress",
    certificate_path="/etc/egress/tls.crt",
    key_path="/etc/egress/tls.key",
    certificates=(replace(CLIENT, subject="CN=us-to-the-proxy", sha256="e2" * 32, not_after=SERVER.not_after),),
)
LEG = replace(
    SHAKEN,
    endpoint=Endpoint(host="egress.internal", port=3129, server_name="egress.internal"),
    peer_address="192.0.2.9",
    presented=(PROXYS,),
    identity=TO_PROXY,
    http=HttpAnswer(status=407, body="<title>Who are you?</title>"),
    http_path="billing-connector.internal:8443",
)
"""The leg to a proxy behind mutual TLS that refuses us."""
BY_PROXY = replace(
    EXPIRED,
    code=5024,
    title="Billing connector error",
    reason="connector.proxy_auth_required",
    phase=Phase.RECEIVE,
    confidence=Confidence.PEER_HTTP,
    summary="The proxy egress.internal:3129 refuses CONNECT billing-connector.internal:8443: HTTP 407.",
    certificate=None,
    evidence=Evidence(http_status=407),
    runbook="docs/runbooks/connector.md#connectorproxy_auth_required",
    proxy="egress.internal:3129",
)


def through_the_proxy(leg: HandshakeObservation, failure: Failure | None) -> Run:
    """A handshake by way of the proxy, which did not let us through where it failed."""
    there = replace(SHAKEN, peer_address=None, timings=timings(*Phase)[1:], proxy=leg)
    if failure is not None:
        there = replace(
            there,
            phase=Phase.TCP,
            ended=Ended.ERROR,
            timings=timings(Phase.TCP),
            tls=TlsFacts(),
            presented=(),
            http=None,
        )
    outcome: Outcome = Passed() if failure is None else Failed(failure)
    return run(outcome, step("handshake", StepKind.HANDSHAKE, attempt(outcome, there)))


def refused_by_the_proxy() -> Run:
    """The proxy answers CONNECT with 407."""
    return through_the_proxy(LEG, BY_PROXY)
