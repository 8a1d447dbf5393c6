"""A finished run as spans, as a collector receives them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from probe.model.failure import Blame, Confidence, Hop, Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation, WaitObservation
from probe.model.outcome import Failed, Skipped, Unknown
from probe.model.run import Run
from probe.model.scenario import StepKind
from probe.model.tls import Alert, AlertFrom, TlsFacts
from tests.support.otlp import OtlpReceiver, ReceivedSpan
from tests.support.runs import (
    NOW,
    make_attempt,
    make_failed_run,
    make_failure,
    make_handshake,
    make_run,
    make_step,
    make_stripe,
)
from tests.telemetry.conftest import Start

NETWORK = {"dns": {}, "tcp connect": {}, "tls handshake": {}}


def receive(start: Start, otlp: OtlpReceiver, run: Run) -> dict[str, ReceivedSpan]:
    """Tell telemetry about the run, flush, and return its spans by name (the last one of each)."""
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"})
    bench.telemetry.observer.run_finished(run)
    assert bench.telemetry.shutdown(within_s=60)
    assert bench.said == []
    return {span.name: span for span in otlp.spans(run.run_id)}


def test_tree_of_a_passed_run(start: Start, otlp: OtlpReceiver) -> None:
    """Run, step, then the phases of the connection and the HTTP client span, each with the ids that the engine chose."""
    run = make_run()
    spans = receive(start, otlp, run)
    assert otlp.tree(run.run_id) == {"run mtls-handshake": {"step handshake": {**NETWORK, "GET": {}}}}
    assert spans["run mtls-handshake"].span_id == run.span_id
    assert spans["step handshake"].span_id == run.steps[0].span_id
    observation = run.steps[0].observation
    assert isinstance(observation, HandshakeObservation)
    assert spans["GET"].span_id == observation.request_span_id
    assert spans["GET"].span.kind == Span.SPAN_KIND_CLIENT


def test_times_come_from_the_measured_offsets(start: Start, otlp: OtlpReceiver) -> None:
    """The handshake span covers the peer's judgement of our certificate, the HTTP span goes from send to receive."""
    run = make_run((make_step(attempts=(make_attempt(offset_s=0.01),)),))
    spans = receive(start, otlp, run)
    began = round(NOW.timestamp() * 1000) * 1_000_000

    def times_ms(name: str) -> tuple[float, float]:
        span = spans[name].span
        return (span.start_time_unix_nano - began) / 1e6, (span.end_time_unix_nano - began) / 1e6

    assert times_ms("run mtls-handshake") == (0, 50)
    assert times_ms("step handshake") == (10, 50)
    assert times_ms("dns") == (10, 11)
    assert times_ms("tcp connect") == (11, 13)
    assert times_ms("tls handshake") == (13, 18)
    assert times_ms("GET") == (18, 40)


def test_a_clock_that_was_set_does_not_tear_the_trace_apart(start: Start, otlp: OtlpReceiver) -> None:
    """An observation that claims to have begun an hour after its attempt still lies within it."""
    odd = make_handshake(started_at=NOW + timedelta(hours=1))
    spans = receive(start, otlp, make_run((make_step(attempts=(make_attempt(observation=odd),)),)))
    step, request = spans["step handshake"].span, spans["GET"].span
    assert step.start_time_unix_nano <= request.start_time_unix_nano
    assert request.end_time_unix_nano <= step.end_time_unix_nano


def test_a_passed_run_carries_no_error(start: Start, otlp: OtlpReceiver) -> None:
    """`error.type` is absent on success, and every span says that it is synthetic."""
    for span in receive(start, otlp, make_run()).values():
        assert "error.type" not in span.attributes
        assert span.span.status.code == Status.STATUS_CODE_UNSET
        assert span.attributes["user_agent.synthetic.type"] == "test"


def test_request_attributes(start: Start, otlp: OtlpReceiver) -> None:
    """The HTTP client span follows the semantic conventions."""
    attributes = receive(start, otlp, make_run())["GET"].attributes
    assert attributes["http.request.method"] == "GET"
    assert attributes["http.response.status_code"] == 200
    assert attributes["url.full"] == "https://billing-connector.internal:8443/healthz"
    assert (attributes["server.address"], attributes["server.port"]) == ("billing-connector.internal", 8443)
    assert attributes["network.peer.address"] == "192.0.2.7"
    assert "http.request.resend_count" not in attributes


def test_failure_is_on_run_step_and_the_phase_that_broke(start: Start, otlp: OtlpReceiver) -> None:
    """An expired client certificate is named on the root already, with its dates, and on no phase but its own."""
    spans = receive(start, otlp, make_failed_run())
    for name in ("run mtls-handshake", "step handshake", "tls handshake"):
        span = spans[name]
        assert span.span.status.code == Status.STATUS_CODE_ERROR
        assert span.span.status.message.startswith("The client certificate CN=billing")
        assert span.attributes["error.type"] == "tls.client_cert.expired"
        assert span.attributes["paypath.code"] == 5023
        assert span.attributes["paypath.confidence"] == "proven"
        assert span.attributes["paypath.tls.alert"] == 45
        assert span.attributes["tls.client.subject"] == "CN=billing"
        assert span.attributes["tls.client.issuer"] == "CN=Example Issuing CA"
        assert span.attributes["tls.client.not_after"] == "2026-01-15T12:28:03.120000Z"
        assert span.attributes["tls.server.subject"] == "CN=billing-connector.internal"
        assert span.attributes["server.port"] == 8443
        assert span.attributes["tls.established"] is False
    for name in ("dns", "tcp connect"):
        assert spans[name].span.status.code == Status.STATUS_CODE_UNSET
        assert "error.type" not in spans[name].attributes
    assert "GET" not in spans, "nothing was asked for"
    assert not any("serial" in key for span in spans.values() for key in span.attributes)


def test_tls_attributes(start: Start, otlp: OtlpReceiver) -> None:
    """What was negotiated stands on the handshake span, alerts included."""
    shaken = make_handshake()
    facts = TlsFacts(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        group="x25519",
        alpn="http/1.1",
        established=True,
        alerts=(Alert(AlertFrom.PEER, 45, "certificate_expired"),),
    )
    observation = HandshakeObservation(
        endpoint=shaken.endpoint,
        started_at=NOW,
        phase=Phase.ACCEPT,
        ended=Ended.ERROR,
        timings=shaken.timings[:4],
        tls=facts,
    )
    failed = Failed(make_failure("tls.client_cert.expired", phase=Phase.ACCEPT, confidence=Confidence.PEER_ALERT))
    run = make_run((make_step(attempts=(make_attempt(failed, observation),)),))
    span = receive(start, otlp, run)["tls handshake"]
    assert span.attributes["tls.protocol.name"] == "tls"
    assert span.attributes["tls.protocol.version"] == "1.3"
    assert span.attributes["tls.cipher"] == "TLS_AES_128_GCM_SHA256"
    assert span.attributes["tls.curve"] == "x25519"
    assert span.attributes["tls.next_protocol"] == "http/1.1"
    assert span.attributes["tls.resumed"] is False
    assert span.attributes["paypath.tls.alerts"] == ("peer:certificate_expired",)
    assert span.span.status.code == Status.STATUS_CODE_ERROR, "the judgement belongs to the handshake"


def test_every_attempt_is_a_span(start: Start, otlp: OtlpReceiver) -> None:
    """A pass on the second try shows both tries; the error stays on the first, the step has none."""
    reset = make_attempt(
        Failed(make_failure("tcp.reset", code=5022, phase=Phase.TCP)),
        make_handshake(until=Phase.TCP, ended=Ended.RESET),
    )
    run = make_run((make_step(attempts=(reset, make_attempt(offset_s=0.3))),))
    spans = receive(start, otlp, run)
    first, second = {"dns": {}, "tcp connect": {}}, {**NETWORK, "GET": {}}
    assert otlp.tree(run.run_id) == {
        "run mtls-handshake": {"step handshake": {"attempt 1": first, "attempt 2": second}}
    }
    assert spans["attempt 1"].attributes["error.type"] == "tcp.reset"
    assert "error.type" not in spans["attempt 2"].attributes
    assert "error.type" not in spans["step handshake"].attributes
    assert spans["step handshake"].attributes["paypath.step.attempts"] == 2
    assert spans["GET"].attributes["http.request.resend_count"] == 1


def test_the_reconciling_handshake_is_a_span(start: Start, otlp: OtlpReceiver) -> None:
    """A charge that broke in transport shows the handshake made to explain it, and where that one broke."""
    attempt = make_attempt(
        Failed(make_failure()),
        make_stripe(until=Phase.WAIT, ended=Ended.TIMED_OUT),
        reconciled=make_handshake(until=Phase.TLS, ended=Ended.EOF),
    )
    run = make_run((make_step("charge", (attempt,), kind=StepKind.STRIPE),), scenario="card-charge")
    spans = receive(start, otlp, run)
    charge = {**NETWORK, "POST": {}, "reconciling handshake": NETWORK}
    assert otlp.tree(run.run_id)["run card-charge"] == {"step charge": charge}
    explained = [span for span in otlp.spans(run.run_id) if span.parent_id == spans["reconciling handshake"].span_id]
    broken = {span.name for span in explained if span.span.status.code == Status.STATUS_CODE_ERROR}
    assert broken == {"tls handshake"}
    assert spans["POST"].attributes["error.type"] == "tls.client_cert.expired"
    assert spans["POST"].attributes["paypath.stripe.method"] == "v1.payment_intents.create"
    assert "url.full" not in spans["POST"].attributes, "unknown, and not guessed"


PROXY = {"proxy dns": {}, "proxy tcp connect": {}, "proxy tls handshake": {}, "CONNECT": {}}


def test_the_leg_to_a_proxy_is_below_the_connection_that_it_makes(start: Start, otlp: OtlpReceiver) -> None:
    """Its own phases, chain and answer; nothing of it is taken for the connector's."""
    leg = replace(
        make_handshake(), endpoint=Endpoint(host="egress", port=3129, server_name="egress"), http_path="c:8443"
    )
    through = replace(make_handshake(), timings=make_handshake().timings[1:], peer_address=None, proxy=leg)
    run = make_run((make_step(attempts=(make_attempt(observation=through),)),))
    spans = receive(start, otlp, run)
    below = {"tcp connect": PROXY, "tls handshake": {}, "GET": {}}
    assert otlp.tree(run.run_id) == {"run mtls-handshake": {"step handshake": below}}
    assert spans["proxy tls handshake"].attributes["server.address"] == "egress"
    assert spans["proxy tls handshake"].attributes["tls.server.subject"] == leg.presented[0].subject
    assert spans["proxy tls handshake"].attributes["tls.client.subject"] == "CN=billing"
    assert spans["CONNECT"].attributes["http.request.method"] == "CONNECT"
    assert spans["CONNECT"].attributes["http.response.status_code"] == 200
    assert spans["proxy dns"].span.start_time_unix_nano == spans["tcp connect"].span.start_time_unix_nano
    assert all(span.span.status.code == Status.STATUS_CODE_UNSET for span in spans.values())


def test_a_failure_of_the_proxys_leg_is_an_error_there(start: Start, otlp: OtlpReceiver) -> None:
    """On the phase of the leg, on the connection that was not made, and named."""
    leg = make_handshake(http_status=407)
    blocked = replace(make_handshake(until=Phase.TCP, ended=Ended.ERROR), tls=TlsFacts(), presented=(), proxy=leg)
    refused = replace(make_failure("connector.proxy_refused", code=5024, phase=Phase.RECEIVE), proxy="egress:3129")
    run = make_run((make_step(attempts=(make_attempt(Failed(refused), blocked),)),))
    spans = receive(start, otlp, run)
    broken = {name for name, span in spans.items() if span.span.status.code == Status.STATUS_CODE_ERROR}
    assert broken == {"run mtls-handshake", "step handshake", "tcp connect", "CONNECT"}
    assert spans["run mtls-handshake"].attributes["paypath.proxy"] == "egress:3129"


def test_a_failure_behind_the_proxy_is_none_of_its_leg(start: Start, otlp: OtlpReceiver) -> None:
    """The tunnel was made; what broke is the handshake inside of it."""
    broke = replace(make_handshake(until=Phase.TLS, ended=Ended.EOF), proxy=make_handshake())
    spans = receive(start, otlp, make_run((make_step(attempts=(make_attempt(Failed(make_failure()), broke),)),)))
    broken = {name for name, span in spans.items() if span.span.status.code == Status.STATUS_CODE_ERROR}
    assert broken == {"run mtls-handshake", "step handshake", "tls handshake"}


def test_the_second_hop_has_spans_and_failures_of_its_own(start: Start, otlp: OtlpReceiver) -> None:
    """What broke behind the connector is an error there, and not on the first hop, which is well."""
    upstream = replace(
        make_handshake(until=Phase.TLS, ended=Ended.EOF), endpoint=Endpoint(host="far", port=443, server_name="far")
    )
    both = replace(make_handshake(), upstream=upstream)
    behind = replace(make_failure(), hop=Hop.CONNECTOR_STRIPE)
    spans = receive(start, otlp, make_run((make_step(attempts=(make_attempt(Failed(behind), both),)),)))
    broken = {name for name, span in spans.items() if span.span.status.code == Status.STATUS_CODE_ERROR}
    assert broken == {"run mtls-handshake", "step handshake", "upstream tls handshake"}
    assert spans["upstream tls handshake"].attributes["server.address"] == "far"
    assert {"dns", "tls handshake", "upstream dns"} <= spans.keys()


def test_an_expected_decline_is_no_error(start: Start, otlp: OtlpReceiver) -> None:
    """HTTP 402 is what the scenario asked for: neither span nor status says error."""
    attempt = make_attempt(observation=make_stripe(http_status=402))
    run = make_run((make_step("charge", (attempt,), kind=StepKind.STRIPE),), scenario="card-declined")
    spans = receive(start, otlp, run)
    assert spans["POST"].attributes["http.response.status_code"] == 402
    assert spans["POST"].attributes["paypath.stripe.request_id"] == "req_123"
    assert spans["POST"].span.status.code == Status.STATUS_CODE_UNSET


def test_a_run_that_could_not_tell_is_an_error_of_ours(start: Start, otlp: OtlpReceiver) -> None:
    """Status ERROR with a `prober.*` reason, and `paypath.outcome` keeps it apart from a failure of the path."""
    bug = Unknown(make_failure("prober.bug", code=5029, phase=None, blame=Blame.OURS))
    run = make_run((make_step(attempts=(make_attempt(bug),)),))
    spans = receive(start, otlp, run)
    root = spans["run mtls-handshake"]
    assert root.span.status.code == Status.STATUS_CODE_ERROR
    assert (root.attributes["error.type"], root.attributes["paypath.outcome"]) == ("prober.bug", "unknown")
    assert "paypath.phase" not in root.attributes
    assert spans["GET"].span.status.code == Status.STATUS_CODE_UNSET, "no phase of the connection is to blame"


def test_skipped_and_cleanup_steps_are_told_apart(start: Start, otlp: OtlpReceiver) -> None:
    """A step that was not tried is a span that says why; cleanup steps are marked; a wait has no network."""
    waited = make_attempt(observation=WaitObservation(started_at=NOW, waited_s=0.01))
    run = make_run(
        (
            make_step("pause", (waited,), kind=StepKind.WAIT),
            make_step("charge", (), outcome=Skipped("an earlier step failed")),
            make_step("refund", cleanup=True),
        )
    )
    spans = receive(start, otlp, run)
    assert otlp.tree(run.run_id)["run mtls-handshake"].keys() == {"step pause", "step charge", "step refund"}  # type: ignore[attr-defined]  # a nested tree
    assert spans["step charge"].attributes["paypath.skipped.because"] == "an earlier step failed"
    assert spans["step charge"].span.status.code == Status.STATUS_CODE_UNSET
    assert spans["step refund"].attributes["paypath.step.cleanup"] is True
    assert spans["step pause"].attributes["paypath.step.cleanup"] is False


def test_warnings_are_listed(start: Start, otlp: OtlpReceiver) -> None:
    """A passed run says what will fail soon, without being an error."""
    warning = make_failure("certificate.expiring", code=5030)
    root = receive(start, otlp, make_run(warnings=(warning,)))["run mtls-handshake"]
    assert root.attributes["paypath.warnings"] == ("certificate.expiring",)
    assert root.span.status.code == Status.STATUS_CODE_UNSET


def test_resource(start: Start, otlp: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sent it: a stable instance, and what the operator adds in `OTEL_RESOURCE_ATTRIBUTES`."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=payments,service.instance.id=cron-7")
    resource = receive(start, otlp, make_run())["run mtls-handshake"].resource
    assert resource["service.name"] == "paypath"
    assert resource["service.version"] == "1.2.3"
    assert resource["deployment.environment.name"] == "staging"
    assert resource["service.namespace"] == "payments"
    assert resource["service.instance.id"] == "cron-7"


def test_instance_id_is_stable(start: Start, otlp: OtlpReceiver) -> None:
    """Two starts are one instance: a random id would make new series for every cron run."""
    ids = {receive(start, otlp, make_run())["run mtls-handshake"].resource["service.instance.id"] for _ in range(2)}
    assert ids == {"staging/eu-west-1a"}


def test_sampled_out_runs_send_nothing(start: Start, otlp: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard sampler variables are honoured for the whole tree."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert receive(start, otlp, make_run()) == {}


def test_limits_of_attributes(start: Start, otlp: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard limits are honoured: what is too long is cut, what is too much is dropped and counted."""
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5")
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    bench.telemetry.observer.run_finished(make_run())
    assert bench.telemetry.shutdown(within_s=60)
    span = next(span for span in otlp.spans() if span.name == "GET")
    assert len(span.attributes) == 5
    assert span.span.dropped_attributes_count > 0
    assert all(len(value) <= 4 for value in span.attributes.values() if isinstance(value, str))


def test_no_spans_without_the_sdk(start: Start, otlp: OtlpReceiver) -> None:
    """`OTEL_SDK_DISABLED=true` switches traces off too."""
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_SDK_DISABLED": "true"})
    bench.telemetry.observer.run_finished(make_run())
    assert bench.telemetry.shutdown(within_s=60)
    assert otlp.spans() == []
