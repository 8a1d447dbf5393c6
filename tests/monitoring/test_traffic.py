"""Customers' payments beside the probe's."""

import pathlib

import pytest

from probe.monitoring.scope import ProbedPath, RealTraffic, Scope
from probe.monitoring.traffic import CUSTOMERS_GREEN, CUSTOMERS_RED
from tests.monitoring.timelines import Expected, Probe, Timeline, series

pytestmark = pytest.mark.server("promtool")
QUERY = '# charges, by anybody\nsum by (zone) (charges{status="ok"}) / sum by (zone) (charges)'
SCOPE = Scope(
    environment="prod",
    paths=(
        ProbedPath(name="billing", scenarios=(), real_traffic=RealTraffic(success_ratio=QUERY, red_below=0.9)),
        ProbedPath(name="other", scenarios=()),
    ),
)
PATH = {"environment": "prod", "path": "billing"}


def charges(ok: list[float], zone: str = "x") -> list[dict[str, str]]:
    """Of a hundred charges so many succeed, minute by minute."""
    failed = [100 - one for one in ok]
    return [
        series("charges", [float(one) for one in values], status=status, zone=zone)
        for status, values in (("ok", ok), ("failed", failed))
    ]


def test_the_probe_is_green_and_customers_are_red(tmp_path: pathlib.Path) -> None:
    """What a test-mode probe cannot see pages after five minutes; the worst of several series counts."""
    labels = {**PATH, "severity": "page", "code": "5026", "reason": "charge.failed"}
    bad = [99, 99] + [50] * 10
    Timeline(scope=SCOPE, probes=[Probe(outcomes="p" * 12)], more=[*charges(bad), *charges([99] * 12, zone="y")]).check(
        tmp_path, Expected(6, CUSTOMERS_RED), Expected(8, CUSTOMERS_RED, (labels,)), Expected(8, CUSTOMERS_GREEN)
    )
    Timeline(scope=SCOPE, probes=[Probe(outcomes="p" * 12)], more=charges([91] * 12)).check(
        tmp_path, Expected(11, CUSTOMERS_RED)
    )


def test_an_outage_that_the_probe_has_told_of_is_told_once(tmp_path: pathlib.Path) -> None:
    """Where both are red there is nothing to add."""
    Timeline(scope=SCOPE, probes=[Probe(outcomes="pp" + "r" * 10)], more=charges([99, 99] + [10] * 10)).check(
        tmp_path, Expected(11, CUSTOMERS_RED), Expected(11, CUSTOMERS_GREEN)
    )


def test_the_probe_is_red_and_customers_are_green(tmp_path: pathlib.Path) -> None:
    """A ticket beside the page: old connections still pay, or the fault is the probe's own."""
    labels = {**PATH, "severity": "ticket", "code": "5029", "reason": "prober.failed"}
    Timeline(scope=SCOPE, probes=[Probe(outcomes="pp" + "r" * 12)], more=charges([99] * 14)).check(
        tmp_path, Expected(6, CUSTOMERS_GREEN), Expected(12, CUSTOMERS_GREEN, (labels,))
    )
