"""The instruments through which runs are counted and timed; gauges are in `probe.telemetry.gauges`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.metrics import Meter
from opentelemetry.util.types import AttributeValue

from probe.telemetry import names
from probe.telemetry.names import MetricName
from probe.telemetry.tally import Tally


class Counter(Protocol):
    """Grows."""

    def add(self, amount: int, attributes: Mapping[str, AttributeValue], context: Context | None = None) -> None:
        """Count `amount` more; 0 makes the series known."""


class Histogram(Protocol):
    """Sorts what it is told into buckets."""

    def record(self, amount: float, attributes: Mapping[str, AttributeValue], context: Context | None = None) -> None:
        """Take one value."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """One instrument for each counter and histogram."""

    runs: Counter
    failures: Counter
    retries: Counter
    runs_skipped: Counter
    pages: Counter
    history_lost: Counter
    webhooks: Counter
    swept: Counter
    run_duration: Histogram
    step_duration: Histogram
    phase_duration: Histogram
    schedule_lag: Histogram
    http_request: Histogram


def make_instruments(meter: Meter | Tally) -> Instruments:
    """Create the instruments, each once; on a meter where what is exported has to be what only the SDK can make."""
    return Instruments(
        runs=_counter(meter, names.RUNS),
        failures=_counter(meter, names.FAILURES),
        retries=_counter(meter, names.RETRIES),
        runs_skipped=_counter(meter, names.RUNS_SKIPPED),
        pages=_counter(meter, names.PAGES),
        history_lost=_counter(meter, names.HISTORY_LOST),
        webhooks=_counter(meter, names.WEBHOOKS),
        swept=_counter(meter, names.STRIPE_SWEPT),
        run_duration=_histogram(meter, names.RUN_DURATION, names.RUN_BOUNDS_S),
        step_duration=_histogram(meter, names.STEP_DURATION, names.RUN_BOUNDS_S),
        phase_duration=_histogram(meter, names.PHASE_DURATION, names.PHASE_BOUNDS_S),
        schedule_lag=_histogram(meter, names.SCHEDULE_LAG, names.LAG_BOUNDS_S),
        http_request=_histogram(meter, names.HTTP_REQUEST, names.HTTP_BOUNDS_S),
    )


def _counter(meter: Meter | Tally, metric: MetricName) -> Counter:
    if isinstance(meter, Tally):
        return meter.counter(metric)
    return meter.create_counter(metric.name, metric.unit, metric.description)


def _histogram(meter: Meter | Tally, metric: MetricName, bounds_s: Sequence[float]) -> Histogram:
    if isinstance(meter, Tally):
        return meter.histogram(metric, bounds_s)
    # The SDK's own boundaries are shaped for milliseconds.
    return meter.create_histogram(
        metric.name, metric.unit, metric.description, explicit_bucket_boundaries_advisory=bounds_s
    )
