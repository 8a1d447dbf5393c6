"""docs/telemetry.md and the code name the same metrics."""

import pathlib
import re

import pytest

from probe.model.budget import LIMITED_BY
from probe.telemetry import names
from probe.telemetry.names import MetricName
from tests.support.metrics_page import parse_page
from tests.support.runs import make_failed_run
from tests.support.thousand import telemetry_of

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "telemetry.md"


def _family(metric: MetricName) -> str:
    name = metric.name.replace(".", "_")
    return name + "_seconds" if metric.unit == "s" else name


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    """Names are what other people's dashboards and alerts are made of."""
    exported = {_family(value) for value in vars(names).values() if isinstance(value, MetricName)}
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", PAGE.read_text(), re.MULTILINE)
    documented = {name.removesuffix("_total") if kind == "counter" else name for name, kind in rows}
    assert documented == exported


def test_types_and_labels_are_those_of_the_page() -> None:
    """As a scraper reads them, of runs that passed and failed."""
    telemetry = telemetry_of(1)
    telemetry.observer.run_finished(make_failed_run())
    telemetry.observer.schedule_lag(0.1)
    telemetry.observer.latch("billing", latched=True)
    page = parse_page(*telemetry.render("text/plain"))
    telemetry.shutdown(within_s=10)
    rows = re.findall(r"^\| `(paypath_\w+)` \| (\w+) \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE)
    documented = {
        name: (kind, {"environment", "location", *re.findall("[a-z_]+", labels)}) for name, kind, labels in rows
    }
    found = {
        sample.name.removesuffix("_bucket"): (family.type, sample.labels.keys() - {"le"})
        for family in page.families.values()
        for sample in family.samples
        if not sample.name.endswith(("_sum", "_count"))
    }
    known = {name: facts for name, facts in found.items() if name.startswith("paypath_")}
    assert known == {name: documented[name] for name in known}
    assert len(known) > 25


@pytest.mark.parametrize(
    ("metric", "closed"),
    [
        ("paypath_runs_total", names.OUTCOMES),
        ("paypath_stripe_limited_total", LIMITED_BY),
        ("paypath_stripe_swept_total", names.SWEPT),
        ("paypath_runs_skipped_total", names.SKIP_CAUSES),
        ("paypath_pages_total", names.PAGE_OUTCOMES),
        ("paypath_webhooks_total", names.WEBHOOK_OUTCOMES),
    ],
)
def test_every_value_of_a_closed_label_is_documented(metric: str, closed: tuple[str, ...]) -> None:
    """Alerts select by them."""
    (meaning,) = re.findall(rf"^\| `{metric}` \|.*\|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    assert set(closed) - set(re.findall(r"`([^`]+)`", meaning)) == set()
