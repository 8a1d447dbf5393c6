"""Puts OpenTelemetry together for one process, without its globals, and takes it apart again in time."""

import logging
import platform
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import Metric, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from probe.model.clock import Clock, SystemClock
from probe.telemetry import names
from probe.telemetry.encoding import QuickSpanExporter
from probe.telemetry.exports import CountingMetricExporter, CountingSpanExporter, ExportFailures, SdkVoice
from probe.telemetry.finished import FinishedSpans
from probe.telemetry.observer import TelemetryObserver
from probe.telemetry.page import MetricsPage
from probe.telemetry.quick_page import QuickPage
from probe.telemetry.readings import Observing, Readings
from probe.telemetry.redirects import session
from probe.telemetry.spans import SpanTree
from probe.telemetry.standing import Pair
from probe.telemetry.tally import Tally
from probe.telemetry.variables import OtlpTarget, OtlpTargets, needs_sdk, read_variables

MOST_SERIES: Final = 1_000_000
"""Attribute sets of one instrument before the SDK merges further ones; its own limit of 2,000 a thousand paths pass."""
_FOR_FLUSHING: Final = 0.9
"""Share of the time for shutting down that may be spent on waiting; the rest is for the process to end."""
_LOGGER: Final = logging.getLogger("probe.telemetry")
_SDK_LOGGER: Final = logging.getLogger("opentelemetry")
_SDK_LOGGER.addHandler(logging.NullHandler())  # without any handler, logging itself would print warnings


def _say(text: str) -> None:
    _LOGGER.warning("%s", text)


class Telemetry:
    """What runs in the background of one process. `shutdown` must be called; nothing is left to `atexit`."""

    def __init__(
        self,
        *,
        observer: TelemetryObserver,
        page: MetricsPage | QuickPage,
        failures: ExportFailures,
        shutdowns: Mapping[str, Callable[[], object]],
        voice: SdkVoice,
        say: Callable[[str], None],
    ) -> None:
        """Made by `start_telemetry`; `shutdowns` are by signal what blocks until all of it is sent."""
        self.observer: Final = observer
        self._page = page
        self._failures = failures
        self._shutdowns = shutdowns
        self._voice = voice
        self._say = say
        self._down = False

    def render(self, accept: str | None) -> tuple[bytes, str]:
        """The metrics page and its content type, by an `Accept` header. CPU-bound: call it off the event loop."""
        return self._page.render(accept)

    def metrics(self) -> tuple[Metric, ...]:
        """Everything that the page shows, as it is now; counters since this process began."""
        return self._page.metrics()

    def export_failures(self) -> Mapping[str, int]:
        """How many exports have failed, by signal."""
        return self._failures.counts()

    def shutdown(self, within_s: float = 3.0) -> bool:
        """Send what is left and stop; whether all of it arrived in time. Never longer than `within_s`, which blocks.

        All signals are flushed at the same time on daemon threads: one that waits for a collector that answers nothing is
        left behind, and keeps no process from ending.
        """
        if self._down:
            return True
        self._down = True
        threads = {
            signal: threading.Thread(target=self._flush, args=(flush,), name=f"flush {signal}", daemon=True)
            for signal, flush in self._shutdowns.items()
        }
        clock = SystemClock()
        ends_s = clock.monotonic() + _FOR_FLUSHING * within_s
        for thread in threads.values():
            thread.start()
        for thread in threads.values():
            thread.join(max(0.0, ends_s - clock.monotonic()))
        late = [signal for signal, thread in threads.items() if thread.is_alive()]
        for signal in late:
            cause = self._voice.cause(signal)
            self._failures.count(signal, f"what was left could not be sent within {within_s:g} s: {cause}")
        _SDK_LOGGER.removeHandler(self._voice)
        # A thread that was left behind goes on complaining at every attempt: that it was, has been said.
        _SDK_LOGGER.propagate = not late
        return not late

    def _flush(self, flush: Callable[[], object]) -> None:
        try:
            flush()
        except Exception as error:  # noqa: BLE001 - the edge of a thread of ours; the SDK raises plain Exception here
            self._say(f"telemetry: could not be shut down in order: {error}")


def start_telemetry(
    environ: Mapping[str, str],
    *,
    environment: str,
    location: str,
    version: str,
    pairs: Iterable[Pair] = (),
    clock: Clock | None = None,
    say: Callable[[str], None] = _say,
) -> Telemetry:
    """Start telemetry for one process: the metrics page always, OTLP where the `OTEL_*` variables configure it.

    `pairs` are the configured (scenario, path). `say` gets complaints, at most one in five minutes for each cause. Raises
    `SetupError` for variables that are wrong. What the SDK reads itself (sampler, batch sizes, resource attributes) it
    takes from the environment of the process, of which `environ` is a copy. With `OTEL_SDK_DISABLED=true` there is no
    telemetry at all: the page is empty then too, and `say` tells so.
    """
    targets = read_variables(environ)
    clock = clock or SystemClock()
    voice = SdkVoice(clock, say)
    failures = ExportFailures(clock, say)
    _SDK_LOGGER.addHandler(voice)
    _SDK_LOGGER.propagate = False
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if disabled:
        say("telemetry: OTEL_SDK_DISABLED=true switches all of it off, /metrics included")
    resource = _resource(environment=environment, location=location, version=version)
    tally = None if disabled or needs_sdk(environ) else Tally(clock)
    reader = MetricsPage() if tally is None else None
    meters = _meter_provider(targets, resource, reader, failures, voice, tally)
    shutdowns: dict[str, Callable[[], object]] = {"metrics": meters.shutdown}
    spans: SpanTree | None = None
    if targets.traces is not None and not disabled:
        exporter = CountingSpanExporter(_span_exporter(targets.traces), failures, voice)
        batches = BatchSpanProcessor(exporter, meter_provider=meters)
        finished = FinishedSpans(
            resource=resource,
            scope=InstrumentationScope(names.SCOPE, version),
            sampler=TracerProvider(shutdown_on_exit=False).sampler,  # reads OTEL_TRACES_SAMPLER
            deliver=batches.on_end,
        )
        spans = SpanTree(finished)
        shutdowns["traces"] = batches.shutdown
    meter = meters.get_meter(names.SCOPE, version)
    readings = Readings(meter)
    common = {"environment": environment, "location": location}
    failures.register(readings, common)
    _register_build(readings, {**common, **_build(version)})
    observer = TelemetryObserver(
        meter,
        observing=readings,
        clock=clock,
        environment=environment,
        location=location,
        pairs=pairs,
        spans=spans,
        tally=tally,
    )
    page = QuickPage(tally, readings) if tally is not None else reader or MetricsPage()
    return Telemetry(observer=observer, page=page, failures=failures, shutdowns=shutdowns, voice=voice, say=say)


def _resource(*, environment: str, location: str, version: str) -> Resource:
    """Who we are. The instance id is stable, since a random one would make new series at every start and cron run.

    What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say wins.
    """
    ours = {
        "service.name": "paypath",
        "service.version": version,
        "service.instance.id": f"{environment}/{location}",
        "deployment.environment.name": environment,
    }
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def _meter_provider(
    targets: OtlpTargets,
    resource: Resource,
    page: MetricsPage | None,
    failures: ExportFailures,
    voice: SdkVoice,
    tally: Tally | None,
) -> MeterProvider:
    readers: list[MetricReader] = [] if page is None else [page]
    if targets.metrics is not None:
        exporter = CountingMetricExporter(_metric_exporter(targets.metrics), failures, voice, tally)
        readers.append(PeriodicExportingMetricReader(exporter))
    unbounded = View(instrument_name="*", aggregation_cardinality_limit=MOST_SERIES)
    return MeterProvider(metric_readers=readers, resource=resource, views=[unbounded], shutdown_on_exit=False)


def _span_exporter(target: OtlpTarget) -> OTLPSpanExporter:
    return QuickSpanExporter(
        endpoint=target.endpoint,
        headers=target.headers,
        timeout=target.timeout_s,
        compression=Compression(target.compression),
        certificate_file=target.certificate,
        client_certificate_file=target.client_certificate,
        client_key_file=target.client_key,
        session=None if target.provided else session(),
    )


def _metric_exporter(target: OtlpTarget) -> OTLPMetricExporter:
    return OTLPMetricExporter(
        endpoint=target.endpoint,
        headers=target.headers,
        timeout=target.timeout_s,
        compression=Compression(target.compression),
        certificate_file=target.certificate,
        client_certificate_file=target.client_certificate,
        client_key_file=target.client_key,
        session=None if target.provided else session(),
    )


def _build(version: str) -> dict[str, str]:
    return {
        "version": version,
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION.split()[1],
    }


def _register_build(meter: Observing, labels: Mapping[str, str]) -> None:
    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(1, labels)]

    metric = names.BUILD_INFO
    meter.create_observable_gauge(metric.name, [callback], metric.unit, metric.description)
