"""Telemetry of a whole process: what arrives over OTLP, and what a dead collector costs."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from probe.model.clock import SystemClock
from tests.support.otlp import OtlpReceiver
from tests.support.runs import make_failed_run, make_run
from tests.telemetry.conftest import Start

PROCESS = """
import os
from probe.telemetry.setup import start_telemetry
from tests.support.runs import make_failed_run
telemetry = start_telemetry(os.environ, environment="staging", location="here", version="1")
telemetry.observer.run_finished(make_failed_run())
print("flushed" if telemetry.shutdown(within_s=3.0) else "late", flush=True)
"""
"""A probe that runs once, as cron starts it."""
GENEROUS_S = 10.0
"""The design bound is 3 s for shutting down; the rest is for a slow machine to start and end Python."""


def refusing_endpoint() -> str:
    """An address on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A collector that accepts connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def run_process(endpoint: str) -> tuple[str, str, float]:
    """Run `PROCESS` against a collector: what it said on stdout and stderr, and how long it took altogether."""
    clock = SystemClock()
    began = clock.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROCESS],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    return done.stdout.strip(), done.stderr, clock.monotonic() - began


def test_metrics_arrive_with_their_names_and_labels(start: Start, otlp: OtlpReceiver) -> None:
    """Dotted names and units from which a collector makes the same Prometheus names; environment on every point."""
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    bench.telemetry.observer.run_finished(make_run())
    bench.telemetry.observer.run_finished(make_failed_run())
    bench.telemetry.observer.schedule_lag(0.1)
    bench.telemetry.observer.latch("billing", latched=False)
    assert bench.telemetry.shutdown(within_s=60)
    units = {name: metric.unit for name, metric in otlp.latest_metrics().items()}
    assert units == {
        "paypath.runs": "{run}",
        "paypath.failures": "{run}",
        "paypath.failure.active": "",
        "paypath.run.duration": "s",
        "paypath.step.duration": "s",
        "paypath.phase.duration": "s",
        "paypath.success_ratio": "1",
        "paypath.up": "",
        "paypath.consecutive_failures": "{run}",
        "paypath.last_run.timestamp": "s",
        "paypath.last_success.timestamp": "s",
        "paypath.latched": "",
        "paypath.identity.usable": "",
        "paypath.identity.broken": "",
        "paypath.schedule.lag": "s",
        "paypath.runs.skipped": "{run}",
        "paypath.telemetry.export.failures": "{export}",
        "paypath.history.lost": "{run}",
        "paypath.history.waiting": "",
        "paypath.output.dropped": "{line}",
        "paypath.build.info": "",
        "http.client.request.duration": "s",
    }
    for name in units:
        for attributes, _ in otlp.points(name):
            assert (attributes["environment"], attributes["location"]) == ("staging", "eu-west-1a"), name


def test_exemplars_arrive(start: Start, otlp: OtlpReceiver) -> None:
    """A run's duration points to its trace."""
    bench, run = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}), make_run()
    bench.telemetry.observer.run_finished(run)
    assert bench.telemetry.shutdown(within_s=60)
    ((_, point),) = otlp.points("paypath.run.duration")
    assert [exemplar.trace_id.hex() for exemplar in point.exemplars] == [run.run_id]


def test_each_signal_goes_where_its_variables_say(start: Start, otlp: OtlpReceiver) -> None:
    """Traces off, metrics to an endpoint of their own, with headers and gzip."""
    bench = start(
        {
            "OTEL_TRACES_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{otlp.endpoint}/v1/metrics",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=payments",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        }
    )
    bench.telemetry.observer.run_finished(make_run())
    assert bench.telemetry.shutdown(within_s=60)
    assert (len(otlp.traces), len(otlp.metrics)) == (0, 1)
    assert otlp.headers[0]["x-tenant"] == "payments"
    assert otlp.headers[0]["content-encoding"] == "gzip"


def test_without_an_endpoint_nothing_is_sent(start: Start) -> None:
    """No collector is guessed: the page is all there is, and shutting down takes no time."""
    bench = start({})
    bench.telemetry.observer.run_finished(make_run())
    assert bench.telemetry.shutdown(within_s=60)
    assert bench.said == []


def test_sdk_disabled(start: Start, otlp: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """`OTEL_SDK_DISABLED` switches everything off, and says so."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    bench = start({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    bench.telemetry.observer.run_finished(make_run())
    assert bench.page().families == {}
    assert bench.telemetry.shutdown(within_s=60)
    assert (otlp.traces, otlp.metrics) == ([], [])
    assert "OTEL_SDK_DISABLED" in bench.said[0]


def test_a_refusal_is_counted_and_said_once(start: Start, otlp: OtlpReceiver) -> None:
    """A collector that answers 403 costs the batch: the counter says how often, the text why and what to check."""
    otlp.answer_status = 403
    bench = start({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{otlp.endpoint}/v1/traces"})
    for _ in range(3000):
        bench.telemetry.observer.run_finished(make_run())
    bench.telemetry.shutdown(within_s=60)
    failed = bench.page().value("paypath_telemetry_export_failures_total", signal="traces")
    assert failed is not None
    assert failed >= 2
    assert bench.page().value("paypath_telemetry_export_failures_total", signal="metrics") == 0
    refusals = [text for text in bench.said if "traces" in text]
    assert len(refusals) == 1
    assert "403" in refusals[0]
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in refusals[0]


def test_recording_never_waits_for_the_collector(start: Start, black_hole: str) -> None:
    """While exports hang, runs are taken over as before; the bound is generous for slow machines."""
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": black_hole, "OTEL_BSP_SCHEDULE_DELAY": "1"})
    clock = SystemClock()
    began = clock.monotonic()
    for _ in range(1000):
        bench.telemetry.observer.run_finished(make_run())
    assert clock.monotonic() - began < GENEROUS_S
    assert bench.page().value("paypath_runs_total", outcome="passed") == 1000
    assert not bench.telemetry.shutdown(within_s=0.2)


def test_late_signals_are_counted(start: Start, black_hole: str) -> None:
    """What could not be sent in time is counted for both signals, and shutting down again does nothing."""
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": black_hole})
    bench.telemetry.observer.run_finished(make_run())
    assert not bench.telemetry.shutdown(within_s=0.2)
    for signal in ("traces", "metrics"):
        assert bench.page().value("paypath_telemetry_export_failures_total", signal=signal) == 1
    assert bench.telemetry.shutdown(within_s=0.2)
    assert len(bench.said) == 2


def test_a_process_ends_in_time_where_the_collector_refuses() -> None:
    """Not 13 s later, as with the SDK's own exit handlers (measured); the text names the cause in one line a signal."""
    said, errors, took_s = run_process(refusing_endpoint())
    assert said == "late"
    assert took_s < GENEROUS_S
    assert sorted(line.split()[1] for line in errors.splitlines()) == ["metrics", "traces"]
    assert errors.count("Connection refused") == 2
    assert "Traceback" not in errors


def test_a_process_ends_in_time_where_the_collector_is_a_black_hole(black_hole: str) -> None:
    """Threads that still wait for an answer do not keep the process alive."""
    said, errors, took_s = run_process(black_hole)
    assert said == "late"
    assert took_s < GENEROUS_S
    assert "Traceback" not in errors


def test_a_process_sends_everything_where_the_collector_answers(otlp: OtlpReceiver) -> None:
    """A run that a cron job makes arrives before the process ends, quickly and without a word."""
    said, errors, _ = run_process(otlp.endpoint)
    assert (said, errors) == ("flushed", "")
    assert len(otlp.spans()) == 5
    assert [point.as_int for attributes, point in otlp.points("paypath.failures") if attributes["code"] == "5023"] == [
        1
    ]  # type: ignore[union-attr]  # a counter's points
