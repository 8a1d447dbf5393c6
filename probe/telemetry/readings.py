"""Observable instruments that can be read without the SDK, which needs 30 µs for each point of theirs (measured)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics.export import AggregationTemporality, Gauge, Metric, NumberDataPoint, Sum

Callback = Callable[[CallbackOptions], Iterable[Observation]]


class Observing(Protocol):
    """What observable instruments are made on: a meter, or `Readings`."""

    def create_observable_gauge(self, name: str, callbacks: Sequence[Callback], unit: str, description: str) -> object:
        """Shows what the callbacks say at that moment."""

    def create_observable_counter(
        self, name: str, callbacks: Sequence[Callback], unit: str, description: str
    ) -> object:
        """The same of something that only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One instrument, and where its points come from."""

    name: str
    unit: str
    description: str
    callbacks: Sequence[Callback]
    grows: bool

    def seen(self) -> list[Observation]:
        """Its points as they are now."""
        return [each for callback in self.callbacks for each in callback(CallbackOptions())]

    def metric(self, seen: Iterable[Observation] = ()) -> Metric:
        """It with these points, in the SDK's terms."""
        points = [NumberDataPoint(each.attributes, 0, 0, each.value) for each in seen]
        data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True) if self.grows else Gauge(points)
        return Metric(self.name, self.description, self.unit, data)


class Readings:
    """Makes each instrument on a meter, for those that export, and remembers it, for the page."""

    def __init__(self, meter: Meter) -> None:
        """Nothing is made yet."""
        self._meter: Final = meter
        self.made: Final[list[Observed]] = []
        """In the order in which they were made."""

    def create_observable_gauge(self, name: str, callbacks: Sequence[Callback], unit: str, description: str) -> None:
        """See `Observing`."""
        self._meter.create_observable_gauge(name, callbacks, unit, description)
        self._remember(name, callbacks, unit, description, grows=False)

    def create_observable_counter(self, name: str, callbacks: Sequence[Callback], unit: str, description: str) -> None:
        """See `Observing`."""
        self._meter.create_observable_counter(name, callbacks, unit, description)
        self._remember(name, callbacks, unit, description, grows=True)

    def _remember(self, name: str, callbacks: Sequence[Callback], unit: str, description: str, *, grows: bool) -> None:
        self.made.append(Observed(name=name, unit=unit, description=description, callbacks=callbacks, grows=grows))

    def metrics(self) -> list[Metric]:
        """Everything as it is now, without what has no series."""
        return [made.metric(seen) for made in self.made if (seen := made.seen())]
