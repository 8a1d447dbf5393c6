"""The metrics page in both formats."""

import subprocess

import pytest
from prometheus_client.core import Metric

from tests.servers.programs import require
from tests.support.runs import make_failed_run, make_failure, make_run
from tests.telemetry.conftest import OPENMETRICS, Start

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
"""What Prometheus 2.42 sends."""


def test_exemplars_name_the_run(start: Start) -> None:
    """OpenMetrics carries the trace id of the run, on counters and on the bucket that the run fell into."""
    bench, run = start(), make_run()
    bench.telemetry.observer.run_finished(run)
    page = bench.page(PROMETHEUS_2_42)
    counter = page.samples("paypath_runs_total", outcome="passed")[0]
    assert counter.exemplar is not None
    assert counter.exemplar.labels == {"trace_id": run.run_id, "span_id": run.span_id}
    buckets = page.samples("paypath_run_duration_seconds_bucket", outcome="passed")
    marked = {bucket.labels["le"]: bucket.exemplar for bucket in buckets if bucket.exemplar}
    assert {le: exemplar.labels["trace_id"] for le, exemplar in marked.items()} == {"0.05": run.run_id}
    step = page.samples("paypath_step_duration_seconds_bucket", le="0.05")[0]
    assert step.exemplar is not None
    assert step.exemplar.labels == {"trace_id": run.run_id, "span_id": run.steps[0].span_id}


def test_exemplars_are_there_for_every_scraper(start: Start) -> None:
    """Two Prometheis, and one that reads plain text, do not take them from each other."""
    bench, run = start(), make_run()
    bench.telemetry.observer.run_finished(run)
    bench.page("text/plain")
    for _ in range(2):
        sample = bench.page().samples("paypath_runs_total", outcome="passed")[0]
        assert sample.exemplar is not None
        assert sample.exemplar.labels["trace_id"] == run.run_id


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/plain; version=0.0.4"),
        ("*/*", "text/plain; version=0.0.4"),
        ("text/html,application/xhtml+xml", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=0.0.1", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0;q=0,text/plain", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.9", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.4", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text;q=much", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0"),
        (PROMETHEUS_2_42, "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_format_follows_the_accept_header(start: Start, accept: str | None, content_type: str) -> None:
    """Text for everybody, OpenMetrics for who asks; only the latter ends in `# EOF`."""
    body, got = start().telemetry.render(accept)
    assert got.startswith(content_type)
    assert body.endswith(b"# EOF\n") == ("openmetrics" in content_type)


def test_both_formats_hold_the_same_series(start: Start) -> None:
    """The format changes how, never what."""
    bench = start()
    bench.telemetry.observer.run_finished(make_run())
    bench.telemetry.observer.run_finished(make_failed_run())

    def series(families: dict[str, Metric]) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
        return {
            (sample.name, frozenset(sample.labels.items()), sample.value)
            for family in families.values()
            for sample in family.samples
        }

    assert series(bench.page("text/plain").families) == series(bench.page().families)


def test_histograms_have_float_bounds_in_seconds(start: Start) -> None:
    """Buckets accumulate, end in +Inf and are spelled as floats: `1.0`, never `1`."""
    bench = start()
    bench.telemetry.observer.run_finished(make_run(duration_s=0.7))
    buckets = bench.page("text/plain").samples("paypath_run_duration_seconds_bucket")
    counts = {bucket.labels["le"]: bucket.value for bucket in buckets}
    assert counts["0.5"] == 0
    assert counts["1.0"] == counts["+Inf"] == 1
    assert "1" not in counts


def test_three_thousand_series_are_not_merged(start: Start) -> None:
    """The SDK folds what is over 2,000 attribute sets into one overflow series; here every one is itself."""
    pairs = [("mtls-handshake", f"path-{number}") for number in range(1000)]
    bench = start(pairs=pairs)
    for _, path in pairs:
        bench.telemetry.observer.run_finished(make_run(path=path))
    for number in range(2500):
        odd = make_failed_run(make_failure(f"tls.reason_{number}"), path=f"path-{number % 1000}")
        bench.telemetry.observer.run_finished(odd)
    body, _ = bench.telemetry.render("text/plain")
    assert b"overflow" not in body
    lines = [line for line in body.decode().splitlines() if line.startswith("paypath_runs_total{")]
    assert len(lines) == 3000
    assert sum(float(line.rsplit(" ", 1)[1]) for line in lines) == 3500
    failures = [line for line in body.decode().splitlines() if line.startswith("paypath_failures_total{")]
    assert len(failures) == 2500
    active = [line for line in body.decode().splitlines() if line.startswith("paypath_failure_active{")]
    assert len(active) == 1000, "only what fails now"


@pytest.mark.server("promtool")
def test_promtool_finds_no_fault(start: Start) -> None:
    """Prometheus' own linter accepts names, types, help texts and units."""
    bench = start()
    bench.telemetry.observer.run_finished(make_run())
    bench.telemetry.observer.run_finished(make_failed_run())
    bench.telemetry.observer.schedule_lag(0.1)
    bench.telemetry.observer.latch("billing", latched=False)
    body, _ = bench.telemetry.render("text/plain")
    checked = subprocess.run(
        [require("promtool"), "check", "metrics"], input=body, capture_output=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
