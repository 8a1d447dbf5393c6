"""Prometheus names from OpenTelemetry names."""

import pytest
from opentelemetry.sdk.metrics.export import AggregationTemporality, Gauge, Metric, Sum

from probe.telemetry.prometheus_names import label_text, page_name


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("paypath.run.duration", "s", "paypath_run_duration_seconds"),
        ("paypath.already_seconds", "s", "paypath_already_seconds"),
        ("paypath.success_ratio", "1", "paypath_success_ratio"),
        ("paypath.share", "1", "paypath_share_ratio"),
        ("paypath.up", "", "paypath_up"),
        ("paypath.size", "By", "paypath_size_bytes"),
        ("paypath.consecutive_failures", "{run}", "paypath_consecutive_failures"),
    ],
)
def test_names_of_gauges(name: str, unit: str, expected: str) -> None:
    """As the OpenTelemetry collector names them, so that both ways to Prometheus give one series."""
    assert page_name(Metric(name, None, unit, Gauge(data_points=[]))) == expected


def test_names_of_counters() -> None:
    """The family's name is without `_total`, and a unit in braces leaves no trace."""
    counter = Sum(data_points=[], aggregation_temporality=AggregationTemporality.CUMULATIVE, is_monotonic=True)
    assert page_name(Metric("paypath.runs", None, "{run}", counter)) == "paypath_runs"


def test_labels() -> None:
    """Dots become underscores, numbers and truth values their text; what would end a value early is escaped."""
    text = label_text({"error.type": "tcp.reset", "server.port": 8443, "resumed": False, "name": 'a"b\\c\nd'})
    assert text == r'error_type="tcp.reset",server_port="8443",resumed="false",name="a\"b\\c\nd"'
    assert label_text(None) == ""
