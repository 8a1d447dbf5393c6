"""Corners of the text formats that no run of ours reaches."""

import math

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from probe.telemetry.exposition import number
from probe.telemetry.page import MetricsPage


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1.0"), (0.1, "0.1"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN")]
)
def test_numbers(value: float, text: str) -> None:
    """Spelled as Prometheus reads them, whole ones as floats too."""
    assert number(value) == text


def test_odd_texts_survive() -> None:
    """Quotes, backslashes and line ends in labels and help texts come back as they were; no label at all is fine."""
    page = MetricsPage()
    meter = MeterProvider(metric_readers=[page], shutdown_on_exit=False).get_meter("test")
    odd = 'a "quoted" \\ and\nbroken text'
    meter.create_counter("odd", description=odd).add(1, {"name": odd})
    meter.create_histogram("bare", "s").record(0.2)
    families = {
        f.name: f for f in text_string_to_metric_families(page.render("application/openmetrics-text")[0].decode())
    }
    assert families["odd"].documentation == odd
    assert families["odd"].samples[0].labels == {"name": odd}
    assert {sample.name for sample in families["bare_seconds"].samples} == {
        "bare_seconds_bucket",
        "bare_seconds_count",
        "bare_seconds_sum",
    }


def test_exponential_histograms_are_left_out() -> None:
    """The stock exporter answers a scrape with an error then; here the rest of the page stays."""
    page = MetricsPage()
    views = [View(instrument_name="odd", aggregation=ExponentialBucketHistogramAggregation())]
    meter = MeterProvider(metric_readers=[page], views=views, shutdown_on_exit=False).get_meter("test")
    meter.create_histogram("odd").record(0.2)
    meter.create_counter("even").add(1)
    assert page.render(None)[0].decode().splitlines()[-1] == "even_total{} 1.0"
