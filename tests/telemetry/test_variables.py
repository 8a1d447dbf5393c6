"""The `OTEL_*` variables: what they mean, and what is said about wrong ones."""

import pathlib

import pytest

from probe.documents.mistakes import SetupError
from probe.telemetry.variables import OtlpTarget, OtlpTargets, read_variables

BASE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


def both(environ: dict[str, str]) -> tuple[OtlpTarget, OtlpTarget]:
    """The targets of traces and metrics, where both are exported."""
    targets = read_variables(environ)
    assert targets.traces is not None
    assert targets.metrics is not None
    return targets.traces, targets.metrics


@pytest.mark.parametrize("environ", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, {**BASE, "OTEL_SDK_DISABLED": "True"}])
def test_nothing_is_exported_unless_configured(environ: dict[str, str]) -> None:
    """No endpoint, an empty one, or the SDK switched off."""
    assert read_variables(environ) == OtlpTargets()


@pytest.mark.parametrize("base", ["http://collector:4318", "http://collector:4318/"])
def test_the_common_endpoint_gets_each_signals_path(base: str) -> None:
    """OTLP specification: the path is added to the common endpoint."""
    traces, metrics = both({"OTEL_EXPORTER_OTLP_ENDPOINT": base})
    assert traces.endpoint == "http://collector:4318/v1/traces"
    assert metrics.endpoint == "http://collector:4318/v1/metrics"
    assert (traces.timeout_s, traces.compression) == (10.0, "none")


def test_a_signals_own_variables_win() -> None:
    """Its endpoint is used as it is, and so are its headers and timeout."""
    traces, metrics = both(
        {
            **BASE,
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces.example/custom",
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "b=2",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        }
    )
    assert traces.endpoint == "https://traces.example/custom"
    assert (traces.headers, metrics.headers) == ({"b": "2"}, {"a": "1"})
    assert (traces.timeout_s, metrics.timeout_s) == (2.5, 10.0)
    assert (traces.compression, metrics.compression) == ("gzip", "gzip")


@pytest.mark.parametrize(("text", "seconds"), [("10000", 10.0), ("100", 0.1), ("10", 10.0), ("0.5", 0.5)])
def test_timeouts_in_both_readings(text: str, seconds: float) -> None:
    """The specification says milliseconds, Python's exporters read seconds: 2000 must not wait 33 minutes."""
    assert both({**BASE, "OTEL_EXPORTER_OTLP_TIMEOUT": text})[0].timeout_s == seconds


def test_exporters_choose_signals() -> None:
    """`none` switches a signal off, `otlp` alone asks for the default endpoint, `prometheus` is our page."""
    assert read_variables({**BASE, "OTEL_TRACES_EXPORTER": "none"}).traces is None
    assert read_variables({**BASE, "OTEL_METRICS_EXPORTER": "prometheus"}).metrics is None
    traces = read_variables({"OTEL_TRACES_EXPORTER": "otlp"}).traces
    assert traces is not None
    assert traces.endpoint == "http://localhost:4318/v1/traces"
    assert both({**BASE, "OTEL_METRICS_EXPORTER": "otlp,prometheus"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:99999", "URL"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector:4317", "URL"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "milliseconds"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "milliseconds"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "missing.pem", "PEM"),
        ("OTEL_TRACES_EXPORTER", "jaeger", "otlp"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0", "digits"),
        ("OTEL_BSP_SCHEDULE_DELAY", "fast", "digits"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096", "queue"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "always_on"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "all", "trace_based"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1", "digits"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "long", "digits"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "9223372036854775808", "at most 9223372036854775807"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "9" * 5000, "at most"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "9" * 5000, "at most"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0" * 5000, "digits"),
        ("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "nobodys", "install the package"),
        ("OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER", "nobodys", "install the package"),
        ("OTEL_PYTHON_EXPORTER_OTLP_HTTP_METRICS_CREDENTIAL_PROVIDER", "nobodys", "install the package"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key: abc", "NAME=VALUE"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key abc", "NAME=VALUE"),
        ("HTTPS_PROXY", "http://u:p#w@proxy:3128", "%23"),
    ],
)
def test_a_wrong_variable_is_named_with_the_way_to_mend_it(name: str, value: str, words: str) -> None:
    """One clear message instead of a traceback, a silent default or a warning that nobody reads."""
    with pytest.raises(SetupError) as caught:
        read_variables({**BASE, name: value})
    texts = [str(mistake) for mistake in caught.value.mistakes]
    assert all(text.startswith(f"{name}: ") for text in texts)
    assert any(words in text for text in texts)


@pytest.mark.parametrize("text", ["", "0", " 128 ", "9223372036854775807"])
def test_limits_of_the_sdk(text: str) -> None:
    """None and an empty one are no mistake."""
    assert both({**BASE, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": text, "OTEL_SPAN_EVENT_COUNT_LIMIT": text})


@pytest.mark.parametrize("key", ["sk_live_51Canary", "sk_org_live_51Canary", "Bearer%20rk%5Flive%5F51Canary"])
@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_WHATEVER"])
@pytest.mark.parametrize("more", [{}, {"OTEL_SDK_DISABLED": "true"}])
def test_a_live_key_is_refused_in_every_variable(name: str, key: str, more: dict[str, str]) -> None:
    """A collector has no use for one, and an attribute is read by many."""
    with pytest.raises(SetupError) as caught:
        read_variables({**BASE, name: f"x={key}", **more})
    (mistake,) = caught.value.mistakes
    assert str(mistake).startswith(f"{name}: a live-mode Stripe key stands here; remove it")
    assert "Canary" not in str(mistake)


def test_the_samplers_argument_is_a_fraction() -> None:
    """Checked only where the sampler reads it."""
    environ = {**BASE, "OTEL_TRACES_SAMPLER_ARG": "half"}
    assert both(environ)
    with pytest.raises(SetupError, match="OTEL_TRACES_SAMPLER_ARG: `half` is not a fraction"):
        read_variables({**environ, "OTEL_TRACES_SAMPLER": "traceidratio"})


def test_all_mistakes_are_named_at_once() -> None:
    """Nobody has to start three times to find three mistakes."""
    with pytest.raises(SetupError) as caught:
        read_variables({**BASE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_BSP_MAX_QUEUE_SIZE": "x"})
    assert [mistake.file for mistake in caught.value.mistakes] == [
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ]


def test_files_that_can_be_read_are_used(tmp_path: pathlib.Path) -> None:
    """A trust file for the collector."""
    trust = tmp_path / "ca.pem"
    trust.write_text("certificates")
    assert both({**BASE, "OTEL_EXPORTER_OTLP_CERTIFICATE": str(trust)})[1].certificate == str(trust)
