"""Exporters that count what does not arrive, and say so once in a while instead of at every attempt."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from probe.model.clock import Clock
from probe.telemetry import names
from probe.telemetry.readings import Observing
from probe.telemetry.tally import Tally

SAY_AGAIN_AFTER_S: Final = 300.0
"""How long to keep silent about a thing after having complained about it."""
EXPORTER_LOGGERS: Final = {
    "traces": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "metrics": "opentelemetry.exporter.otlp.proto.http.metric_exporter",
}


class ExportFailures:
    """How many exports of each signal failed; complains through `say` once in a while."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        """Every signal starts at 0."""
        self._clock = clock
        self._say = say
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(names.SIGNALS, 0)
        self._said_s: dict[str, float] = {}

    def count(self, signal: str, why: str) -> None:
        """One export failed; `why` is for people."""
        with self._lock:
            self._counts[signal] += 1
            now_s = self._clock.monotonic()
            quiet_until_s = self._said_s.get(signal, float("-inf")) + SAY_AGAIN_AFTER_S
            if now_s < quiet_until_s:
                return
            self._said_s[signal] = now_s
        self._say(
            f"telemetry: {signal} did not reach the collector ({why}); probing goes on. Check OTEL_EXPORTER_OTLP_ENDPOINT; "
            f"counted in paypath_telemetry_export_failures_total, said again in {SAY_AGAIN_AFTER_S / 60:.0f} min at the earliest"
        )

    def counts(self) -> dict[str, int]:
        """How many of each signal."""
        with self._lock:
            return dict(self._counts)

    def register(self, meter: Observing, common: dict[str, str]) -> None:
        """Create the counter on a meter: one series for each signal, from the start."""

        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(count, {**common, "signal": signal}) for signal, count in self.counts().items()]

        metric = names.EXPORT_FAILURES
        meter.create_observable_counter(metric.name, [callback], metric.unit, metric.description)


class SdkVoice(logging.Handler):
    """What the SDK and its exporters log: they complain at every attempt, with a traceback at times.

    What an exporter says is kept as the cause of the failure that is about to be counted; the rest is said once in a while.
    """

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        """Attach it to the logger `opentelemetry`."""
        super().__init__(logging.WARNING)
        self._clock = clock
        self._say = say
        self._causes: dict[str, str] = {}
        self._said_s: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it or say it, without its traceback."""
        text = record.getMessage()
        for signal, logger in EXPORTER_LOGGERS.items():
            if record.name == logger:
                # The sentence that gives up names no cause; the one before it does.
                if "max retries or shutdown" not in text:
                    self._causes[signal] = _root_cause(record) or text
                return
        now_s = self._clock.monotonic()
        if now_s >= self._said_s.get(record.msg, float("-inf")) + SAY_AGAIN_AFTER_S:
            self._said_s[record.msg] = now_s
            self._say(f"telemetry: {text}")

    def cause(self, signal: str) -> str:
        """Why the last export of a signal failed, as far as its exporter said."""
        return self._causes.pop(signal, "no answer in time")


def _root_cause(record: logging.LogRecord) -> str | None:
    """The innermost of the exceptions that the HTTP library wrapped into one another; None where none was logged."""
    logged = record.args if isinstance(record.args, tuple) else ()
    error: object = next((argument for argument in logged if isinstance(argument, BaseException)), None)
    text = None
    while isinstance(error, BaseException):
        text = str(error)
        error = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return text


class CountingSpanExporter(SpanExporter):
    """A span exporter whose failures are counted."""

    def __init__(self, inner: SpanExporter, failures: ExportFailures, voice: SdkVoice) -> None:
        """Export through `inner`."""
        self._inner = inner
        self._failures = failures
        self._voice = voice

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export, and count where that failed."""
        result = self._inner.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._failures.count("traces", self._voice.cause("traces"))
        return result

    def shutdown(self) -> None:
        """Shut the inner exporter down."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return self._inner.force_flush(timeout_millis)


class CountingMetricExporter(MetricExporter):
    """A metric exporter whose failures are counted, and which exports what is in a tally too."""

    def __init__(
        self, inner: MetricExporter, failures: ExportFailures, voice: SdkVoice, tally: Tally | None = None
    ) -> None:
        """Export through `inner`, with its temporality and aggregation."""
        super().__init__(
            preferred_temporality=inner._preferred_temporality,  # noqa: SLF001 - the reader reads it from any exporter
            preferred_aggregation=inner._preferred_aggregation,  # noqa: SLF001 - likewise; there is no public name
        )
        self._inner = inner
        self._failures = failures
        self._voice = voice
        self._tally = tally
        self._exported_at: datetime | None = None

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object) -> MetricExportResult:
        """Export, and count where that failed."""
        if self._tally is not None:
            now = self._tally.now()
            metrics_data = self._tally.joined(metrics_data, after=self._exported_at)
            self._exported_at = now
        result = self._inner.export(metrics_data, timeout_millis, **kwargs)
        if result is not MetricExportResult.SUCCESS:
            self._failures.count("metrics", self._voice.cause("metrics"))
        return result

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Nothing is kept here."""
        return self._inner.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """Shut the inner exporter down."""
        self._inner.shutdown(timeout_millis, **kwargs)
