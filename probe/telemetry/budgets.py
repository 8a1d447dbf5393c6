"""What the metrics say of the budgets of requests, one for each Stripe account."""

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Observation

from probe.model.budget import BudgetStand
from probe.telemetry import names
from probe.telemetry.names import MetricName
from probe.telemetry.readings import Observing

Reading = tuple[int, Mapping[str, str]]


class BudgetReadings:
    """Reads the budgets at each collection, from its thread. The counters exist at 0 as soon as the accounts are known."""

    def __init__(self, common: Mapping[str, str]) -> None:
        """`common` labels go on every series; nothing is known yet."""
        self._common = common
        self.stands: Callable[[], Iterable[BudgetStand]] = tuple

    def register(self, meter: Observing) -> None:
        """Create counters and gauges on a meter."""
        self._counter(meter, names.STRIPE_REQUESTS, lambda stand: [(stand.requests, {})])
        self._counter(
            meter,
            names.STRIPE_LIMITED,
            lambda stand: [(count, {"reason": why}) for why, count in stand.limited.items()],
        )
        self._gauge(meter, names.STRIPE_WAITING, lambda stand: [(stand.waiting, {})])
        self._gauge(meter, names.STRIPE_IN_FLIGHT, lambda stand: [(stand.in_flight, {})])

    def _counter(self, meter: Observing, metric: MetricName, read: Callable[[BudgetStand], list[Reading]]) -> None:
        meter.create_observable_counter(metric.name, [self._reading(read)], metric.unit, metric.description)

    def _gauge(self, meter: Observing, metric: MetricName, read: Callable[[BudgetStand], list[Reading]]) -> None:
        meter.create_observable_gauge(metric.name, [self._reading(read)], metric.unit, metric.description)

    def _reading(
        self, read: Callable[[BudgetStand], list[Reading]]
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            return [
                Observation(value, {**self._common, "account": stand.account, **labels})
                for stand in self.stands()
                for value, labels in read(stand)
            ]

        return callback
