"""What a collector and a scraper get from a real `check` and a real `run`, and that neither is needed for probing."""

import pathlib
import re
import socket
from collections.abc import Iterator
from signal import SIGKILL
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from probe.lab.files import SCENARIOS
from probe.model.clock import SystemClock
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Lab, Running, paypath
from tests.e2e.scraped import ANY_PORT, Scraped
from tests.e2e.upstream import Upstream, listening
from tests.servers.material import Material
from tests.support.otlp import OtlpReceiver, receiving

HANDSHAKE = {"dns": {}, "tcp connect": {}, "tls handshake": {}, "GET": {}}
EXIT_LIMIT_S = 15.0
"""A dead collector may delay the end by 3 s by design; the rest is for slow machines."""
PAIR = {"scenario": "mtls-handshake", "path": "billing"}


@pytest.fixture
def otlp() -> Iterator[OtlpReceiver]:
    """A collector."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """What nginx has behind it."""
    with listening() as upstream:
        yield upstream


def configure(directory: pathlib.Path, pki: Material, port: int, client: str, key_file: str) -> str:
    """One path through nginx with one of the clients."""
    pair = pki.clients[client]
    return write(
        directory,
        {"billing": connector(port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
        stripe={"api_key_file": key_file, "requests_per_second": 20},
    )


@pytest.mark.server("nginx")
def test_a_check_is_one_trace_that_the_connector_passes_on(
    pki: Material, start_nginx: StartServer, otlp: OtlpReceiver, upstream: Upstream, tmp_path: pathlib.Path
) -> None:
    """The run's id is the trace's; every request that came out of the connector names its client span as its parent."""
    nginx = start_nginx(upstream_port=upstream.port)
    file = configure(tmp_path, pki, nginx.port, "good", upstream.write_key(tmp_path))
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}
    done = paypath("check", "card-charge", "--config", file, "--format", "json", env=env)
    (run,) = done.json_lines()
    assert (done.status, run["outcome"], done.err) == (0, "passed", "")
    trace_id = str(run["run_id"])
    assert run["trace_id"] == trace_id
    tree = otlp.tree(trace_id)
    assert list(tree) == ["run card-charge"]
    stages: Any = tree["run card-charge"]
    assert list(stages) == ["step handshake", "step test-mode", "step charge", "step refund"]
    assert stages["step handshake"] == HANDSHAKE
    assert [list(stages[f"step {name}"])[-1] for name in ("test-mode", "charge", "refund")] == ["GET", "POST", "POST"]
    spans = otlp.spans(trace_id)
    assert all(span.attributes["user_agent.synthetic.type"] == "test" for span in spans)
    assert all(span.span.status.code == Status.STATUS_CODE_UNSET for span in spans)
    requests = {span.span_id for span in spans if span.span.kind == Span.SPAN_KIND_CLIENT}
    seen = [request.headers["traceparent"] for request in upstream.received]
    assert len(seen) == 3
    for traceparent in seen:
        match = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", traceparent)
        assert match is not None, traceparent
        assert match[1] == trace_id
        assert match[2] in requests


@pytest.mark.server("nginx")
def test_a_failed_check_tells_its_reason_in_spans_and_metrics(
    pki: Material, start_nginx: StartServer, otlp: OtlpReceiver, upstream: Upstream, tmp_path: pathlib.Path
) -> None:
    """`error.type` is the reason on the run, the step and the request that nginx refused; the counters say the same."""
    nginx = start_nginx(upstream_port=upstream.port)
    file = configure(tmp_path, pki, nginx.port, "expired", upstream.write_key(tmp_path))
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}
    done = paypath("check", "mtls-handshake", "--config", file, "--format", "json", env=env)
    (run,) = done.json_lines()
    assert done.status == 1
    spans = {span.name: span for span in otlp.spans(str(run["run_id"]))}
    for name in ("run mtls-handshake", "step handshake", "GET"):
        span = spans[name]
        assert span.span.status.code == Status.STATUS_CODE_ERROR, name
        assert span.attributes["error.type"] == "tls.client_cert.expired", name
        assert (span.attributes["paypath.code"], span.attributes["paypath.confidence"]) == (5023, "proven"), name
    root = spans["run mtls-handshake"]
    assert "CN=expired client" in root.span.status.message
    assert root.attributes["tls.client.subject"] == "CN=expired client"
    assert (root.attributes["server.address"], root.attributes["server.port"]) == ("localhost", nginx.port)
    assert "error.type" not in spans["tcp connect"].attributes
    assert (root.resource["service.name"], root.resource["deployment.environment.name"]) == ("paypath", "staging")
    counted = {labels["outcome"]: point.as_int for labels, point in otlp.points("paypath.runs")}
    assert counted == {"passed": 0, "failed": 1, "unknown": 0}
    ((labels, point),) = otlp.points("paypath.failures")
    assert (labels["reason"], labels["code"], point.as_int) == ("tls.client_cert.expired", "5023", 1)
    assert labels.keys() == {"scenario", "path", "code", "reason", "environment", "location"}


def test_a_scrape_follows_the_path(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Counters are there at 0 before anything fails; what fails now is shown with its reason, and gone when it is over.

    A handshake that somebody asks for is in none of them, and what `check` leaves to textfiles is not written.
    """
    scraped = Scraped(
        lab.config,
        tmp_path,
        PAYPATH_SCENARIOS__EVERY="1s",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_CRON__EVERY="1m",
        PAYPATH_CRON__TEXTFILE=str(tmp_path / "paypath.prom"),
    )
    early = scraped.page()
    assert early.value("paypath_runs_total", outcome="failed", **PAIR) == 0
    assert early.samples("paypath_failure_active") == []
    assert early.value("paypath_telemetry_export_failures_total", signal="traces") == 0
    scraped.next_run("passed")
    healthy = scraped.page()
    assert healthy.value("paypath_up", **PAIR) == 1
    assert healthy.value("paypath_runs_total", outcome="failed", **PAIR) == 0
    assert healthy.samples("paypath_failures_total") == []
    expires = healthy.value("paypath_certificate_not_after_timestamp_seconds", role="client", name="billing")
    assert expires is not None
    lab.put("client-cert-expired")
    try:
        failed = scraped.next_run("failed")
        failing = scraped.page("application/openmetrics-text; version=1.0.0")
    finally:
        lab.delete("client-cert-expired")
    (active,) = failing.samples("paypath_failure_active")
    assert active.value == 1
    assert (
        active.labels.items()
        >= {
            **PAIR,
            "code": "5023",
            "reason": "tls.client_cert.expired",
            "blame": "ours",
            "confidence": "proven",
            "environment": "lab",
            "location": "lab",
        }.items()
    )
    assert failing.value("paypath_up", **PAIR) == 0
    assert (failing.value("paypath_consecutive_failures", **PAIR) or 0) >= 1
    (counted,) = failing.samples("paypath_failures_total", reason="tls.client_cert.expired")
    assert counted.value >= 1
    assert len(failed["trace_id"]) == 32
    scraped.next_run("passed")
    by_hand = scraped.asked("/probe?path=billing")
    assert by_hand["scenario"] != "mtls-handshake"
    over = scraped.page()
    assert over.samples("paypath_failure_active") == []
    assert over.value("paypath_up", **PAIR) == 1
    assert (over.value("paypath_failures_total", reason="tls.client_cert.expired") or 0) >= 1
    assert {one.labels["scenario"] for one in over.samples("paypath_runs_total")} == {"mtls-handshake"}
    assert scraped.process.stop().status == 0
    assert not (tmp_path / "paypath.prom").exists()


def test_what_is_left_is_sent_on_sigterm(lab: Lab, otlp: OtlpReceiver, tmp_path: pathlib.Path) -> None:
    """Runs that ended a moment before SIGTERM reach the collector: all of them, long before the next export was due."""
    hour = {"OTEL_BSP_SCHEDULE_DELAY": "3600000", "OTEL_METRIC_EXPORT_INTERVAL": "3600000"}
    words = ["run", "--config", lab.config, "--format", "json"]
    env = {**ANY_PORT, **hour, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}
    running = Running(words, cwd=tmp_path, env=env)
    running.wait_for_json(lambda run: run["scenario"] == "card-charge")
    done = running.stop()
    assert done.status == 0, done.err
    roots = {span.trace_id for span in otlp.spans() if not span.parent_id}
    assert roots == {run["trace_id"] for run in done.json_lines()}
    counted = sum(point.as_int for _, point in otlp.points("paypath.runs"))
    assert counted == len(done.json_lines())


@pytest.fixture(params=["refused", "black-holed"])
def dead_collector(request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint that refuses, and one that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if request.param == "refused":
            listener.close()
        yield endpoint


def test_a_dead_collector_changes_no_result(lab: Lab, dead_collector: str) -> None:
    """`check` passes all the same, ends soon, and says on stderr what was lost and where to look."""
    clock = SystemClock()
    began = clock.monotonic()
    done = lab.check("--format", "json", env={"OTEL_EXPORTER_OTLP_ENDPOINT": dead_collector})
    took_s = clock.monotonic() - began
    assert done.status == 0
    assert [run["outcome"] for run in done.json_lines()] == ["passed"] * len(SCENARIOS)
    complaints = done.err.splitlines()
    assert sorted(line.split()[2] for line in complaints) == ["metrics", "traces"], done.err
    assert all("OTEL_EXPORTER_OTLP_ENDPOINT" in line for line in complaints)
    assert took_s < EXIT_LIMIT_S


def test_a_dead_collector_is_counted_and_does_not_stop_probing(
    lab: Lab, dead_collector: str, tmp_path: pathlib.Path
) -> None:
    """`run` goes on while nothing can be exported, counts what is lost on its own page, and ends in time."""
    often = {
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_METRIC_EXPORT_INTERVAL": "100",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "500",
    }
    every = {"PAYPATH_SCENARIOS__EVERY": "1s", "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake"]'}
    scraped = Scraped(lab.config, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=dead_collector, **often, **every)
    scraped.process.wait_for("telemetry: metrics did not reach the collector", "err")
    scraped.process.wait_for("telemetry: traces did not reach the collector", "err")
    scraped.next_run("passed")
    for signal in ("metrics", "traces"):
        lost = scraped.page().value("paypath_telemetry_export_failures_total", signal=signal)
        assert lost is not None
        assert lost >= 1, signal
    clock = SystemClock()
    began = clock.monotonic()
    assert scraped.process.stop().status == 0
    assert clock.monotonic() - began < EXIT_LIMIT_S


def test_failures_in_a_row_outlive_a_process_that_is_killed(lab: Lab, tmp_path: pathlib.Path) -> None:
    """A prober that is killed again and again in an outage counts on: or no page would ever see the second failure."""
    lab.put("client-cert-expired")
    env = {"PAYPATH_SCENARIOS__EVERY": "1s"}
    killed = Scraped(lab.config, tmp_path, **env)
    for _ in range(3):  # when the third is told, two have been written down
        killed.next_run("failed")
    killed.process.stop(SIGKILL)
    scraped = Scraped(lab.config, tmp_path, **env)
    for _ in range(2):  # when the second is told, one has been counted
        scraped.next_run("failed")
    assert scraped.page().value("paypath_consecutive_failures", scenario="mtls-handshake", path="billing") >= 3
    lab.delete("client-cert-expired")
    scraped.process.stop()


def test_a_collector_that_redirects_is_said_and_counted(lab: Lab, otlp: OtlpReceiver, tmp_path: pathlib.Path) -> None:
    """An ingress that sends to https, or to a login page: nothing arrives, and the SDK takes it for a success. What its address holds besides is not shown."""
    otlp.answer_status, otlp.answer_location = 302, "https://u:hunter2@login.example/sso?token=hunter2"
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_METRIC_EXPORT_INTERVAL": "200"}
    once = paypath("check", "mtls-handshake", "--config", lab.config, env=env)
    assert once.status == 0
    for signal in ("traces", "metrics"):
        assert f"{signal} did not reach the collector (HTTP 302, a redirect to https://login.example/sso, " in once.err
    assert "hunter2" not in once.err
    scraped = Scraped(lab.config, tmp_path, PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]', **env)
    scraped.process.wait_for("metrics did not reach the collector", "err")
    counted = scraped.page().value("paypath_telemetry_export_failures_total", signal="metrics")
    assert counted is not None
    assert counted >= 1
    assert scraped.process.stop().status == 0
