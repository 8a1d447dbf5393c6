"""Alerts on the probe itself: gone, silent, unable to tell, late, unheard."""

import pathlib

import pytest

from probe.monitoring.prober import (
    ALL_UNKNOWN,
    LOCATION_SILENT,
    NOT_RUNNING,
    OVERDUE,
    PROBER_DOWN,
    SCENARIO_UNKNOWN,
)
from probe.monitoring.scope import ProbedPath, Scope
from probe.monitoring.unwatched import PATH_UNWATCHED, SCENARIO_UNWATCHED
from tests.monitoring.timelines import Expected, Probe, Timeline, series

pytestmark = pytest.mark.server("promtool")
PROBER = {"code": "5029", "reason": "prober.failed"}
PROD = Scope(environment="prod", paths=(ProbedPath(name="billing", scenarios=("mtls-handshake", "card-charge")),))
WHERE = {"environment": "prod", "location": "a"}


def page(**labels: str) -> dict[str, str]:
    """The labels of a page of this kind."""
    return {"environment": "prod", "severity": "page", **PROBER, **labels}


def ticket(**labels: str) -> dict[str, str]:
    """The labels of a ticket of this kind."""
    return {**page(**labels), "severity": "ticket"}


@pytest.mark.parametrize("scope", [Scope(), PROD], ids=["any", "prod"])
def test_the_last_probe_of_an_environment_is_gone(scope: Scope, tmp_path: pathlib.Path) -> None:
    """A page once it has been gone for a minute; one of two that goes is no page."""
    Timeline(scope=scope, probes=[Probe(outcomes="pppp......")]).check(
        tmp_path, Expected(3, PROBER_DOWN), Expected(4, PROBER_DOWN), Expected(5, PROBER_DOWN, (page(),))
    )
    other = Probe(outcomes="p" * 20, location="b", instance="b-0")
    Timeline(scope=scope, probes=[Probe(outcomes="pppp" + "." * 16), other]).check(
        tmp_path,
        *(Expected(minute, PROBER_DOWN) for minute in range(20)),
        Expected(10, LOCATION_SILENT),
        Expected(15, LOCATION_SILENT, (ticket(location="a"),)),
    )


def test_a_probe_that_never_came_is_missed_where_it_is_configured(tmp_path: pathlib.Path) -> None:
    """No series at all trips no other rule: the rules of a configuration name what must be there."""
    Timeline(scope=PROD, more=[series("up", [1] * 12, job="other")]).check(
        tmp_path,
        Expected(3, PROBER_DOWN, (page(),)),
        Expected(4, PATH_UNWATCHED),
        Expected(6, PATH_UNWATCHED, (page(path="billing"),)),
        Expected(11, SCENARIO_UNWATCHED),
    )


def test_one_scenario_that_does_not_run_is_a_ticket(tmp_path: pathlib.Path) -> None:
    """The path is watched by another one; a latched path is not asked for it."""
    probes = [Probe(outcomes="p" * 12)]
    Timeline(scope=PROD, probes=probes).check(
        tmp_path,
        Expected(9, SCENARIO_UNWATCHED),
        Expected(11, SCENARIO_UNWATCHED, (ticket(path="billing", scenario="card-charge"),)),
        Expected(11, PATH_UNWATCHED),
    )
    latched = series("paypath_latched", [1] * 12, **WHERE, path="billing")
    Timeline(scope=PROD, probes=probes, more=[latched]).check(tmp_path, Expected(11, SCENARIO_UNWATCHED))


def test_a_process_that_lives_and_runs_nothing(tmp_path: pathlib.Path) -> None:
    """Three intervals and a minute without a run: a page for the environment; one scenario of two is a ticket."""
    stuck = Probe(outcomes="ppp" + "-" * 10)
    Timeline(probes=[stuck]).check(tmp_path, Expected(6, NOT_RUNNING), Expected(7, NOT_RUNNING, (page(),)))
    Timeline(probes=[stuck, Probe(outcomes="p" * 13, scenario="card-charge")]).check(
        tmp_path,
        *(Expected(minute, NOT_RUNNING) for minute in range(13)),
        Expected(8, OVERDUE),
        Expected(9, OVERDUE, (ticket(path="billing", scenario="mtls-handshake"),)),
    )


def test_no_run_can_tell(tmp_path: pathlib.Path) -> None:
    """A page where nothing in the environment can; a ticket for the scenario that alone cannot; never a path down."""
    why = {"code": "5029", "reason": "prober.deadline"}
    Timeline(probes=[Probe(outcomes="pp" + "u" * 10)]).check(
        tmp_path,
        Expected(6, ALL_UNKNOWN),
        Expected(7, ALL_UNKNOWN, ({"environment": "prod", "severity": "page", **why},)),
        Expected(7, SCENARIO_UNKNOWN),
    )
    charge = Probe(outcomes="pp" + "u" * 10, scenario="card-charge", unknown="stripe.authentication_error")
    pair = {"environment": "prod", "path": "billing", "scenario": "card-charge", "severity": "ticket"}
    Timeline(probes=[Probe(outcomes="p" * 12), charge]).check(
        tmp_path,
        Expected(9, ALL_UNKNOWN),
        Expected(6, SCENARIO_UNKNOWN),
        Expected(8, SCENARIO_UNKNOWN, ({**pair, "code": "5029", "reason": "stripe.authentication_error"},)),
    )


def test_one_run_that_cannot_tell_is_nothing(tmp_path: pathlib.Path) -> None:
    """Nor are several, as long as one of them can from time to time."""
    Timeline(probes=[Probe(outcomes="ppuuupuuupuuuupp")]).check(
        tmp_path, *(Expected(minute, alert) for minute in range(16) for alert in (ALL_UNKNOWN, SCENARIO_UNKNOWN))
    )


def test_a_collector_that_is_not_reached(tmp_path: pathlib.Path) -> None:
    """After twenty minutes of it, by signal; a hiccup is over by then."""
    name = "paypath_telemetry_export_failures_total"
    failing = series(name, [float(minute) for minute in range(30)], **WHERE, signal="traces")
    hiccup = series(name, [0.0] * 5 + [1.0] * 25, **WHERE, signal="metrics")
    Timeline(more=[failing, hiccup]).check(
        tmp_path,
        Expected(8, "PaypathTelemetryExportFailing"),
        Expected(29, "PaypathTelemetryExportFailing", (ticket(location="a", signal="traces"),)),
    )


def test_a_configuration_that_is_refused(tmp_path: pathlib.Path) -> None:
    """After five minutes; one that was mended at once is nobody's business."""
    name, alert = "paypath_config_last_reload_successful", "PaypathConfigurationRefused"
    Timeline(more=[series(name, [1.0] * 5 + [0.0] * 25, **WHERE)]).check(
        tmp_path, Expected(8, alert), Expected(12, alert, (ticket(location="a"),))
    )
    mended = [series(name, [1.0] * 5 + [0.0] * 3 + [1.0] * 22, **WHERE)]
    Timeline(more=mended).check(tmp_path, *(Expected(minute, alert) for minute in range(30)))


def test_runs_that_begin_late(tmp_path: pathlib.Path) -> None:
    """More than nine in ten within five seconds is in time; exactly nine is one side or the other, as a Prometheus rounds."""

    def lag(late: float) -> list[dict[str, str]]:
        counts = {"1.0": 10 - late, "5.0": 10 - late, "10.0": 10.0, "+Inf": 10.0}
        return [
            series("paypath_schedule_lag_seconds_bucket", [n * minute for minute in range(30)], **WHERE, le=le)
            for le, n in counts.items()
        ]

    alert = "PaypathScheduleLagging"
    Timeline(more=lag(5)).check(tmp_path, Expected(8, alert), Expected(25, alert, (ticket(location="a"),)))
    Timeline(more=lag(0.9)).check(tmp_path, Expected(25, alert))


def test_runs_that_are_skipped(tmp_path: pathlib.Path) -> None:
    """Three times in half an hour, by cause; a latch has an alert of its own, and what a path was not given is nothing to mend."""
    name, pair = "paypath_runs_skipped_total", {"path": "billing", "scenario": "card-charge"}
    skipped = [
        series(name, [float(minute // 5) for minute in range(30)], **WHERE, **pair, cause=cause)
        for cause in ("no_state", "latched", "no_webhook")
    ]
    alert = "PaypathRunsSkipped"
    Timeline(more=skipped).check(tmp_path, Expected(6, alert), Expected(25, alert, (ticket(**pair, cause="no_state"),)))


@pytest.mark.parametrize(
    ("failures", "overlaps"), [([0.0] * 60, True), ([0.0] * 2 + [1.0, 2.0] + [3.0] * 20 + [0.0] * 36, False)]
)
def test_runs_that_overlap_because_they_hang_are_the_outage(
    tmp_path: pathlib.Path, failures: list[float], *, overlaps: bool
) -> None:
    """A path that hangs is paged as down: its schedule is nothing to mend, neither meanwhile nor in the half hour that still counts it."""
    pair = {"path": "billing", "scenario": "card-charge"}
    skipped = [float(min(2 * minute, 48)) for minute in range(60)]
    failing = {**WHERE, **pair, "severity": "page", "reason": "tcp.timeout", "code": "5102"}
    more = [
        series("paypath_runs_skipped_total", skipped, **WHERE, **pair, cause="overlap"),
        series("paypath_consecutive_failures", failures, **WHERE, **pair),
        series("paypath_failure_active", [1.0 if failed else None for failed in failures], **failing),
    ]
    told = (ticket(**pair, cause="overlap"),) if overlaps else ()
    alert = "PaypathRunsSkipped"
    Timeline(more=more).check(tmp_path, Expected(4, alert), *(Expected(minute, alert, told) for minute in (15, 30, 45)))


def test_pages_that_do_not_arrive_and_runs_that_are_not_kept(tmp_path: pathlib.Path) -> None:
    """By sink, once it has lasted; a page that was taken is none of it."""
    pages = [
        series("paypath_pages_total", [0.0] * 5 + values, **WHERE, sink="pagerduty", outcome=outcome)
        for outcome, values in (("failed", [float(n) for n in range(15)]), ("delivered", [1.0] * 15))
    ]
    taken = series("paypath_pages_total", [float(n) for n in range(20)], **WHERE, sink="webhook", outcome="delivered")
    lost = series("paypath_history_lost_total", [0.0] * 5 + [3.0] * 15, **WHERE)
    Timeline(more=[*pages, taken, lost]).check(
        tmp_path,
        Expected(8, "PaypathPagesNotDelivered"),
        Expected(15, "PaypathPagesNotDelivered", (ticket(location="a", sink="pagerduty"),)),
        Expected(4, "PaypathHistoryLost"),
        Expected(6, "PaypathHistoryLost", (ticket(location="a"),)),
    )


def test_what_cannot_be_taken_back(tmp_path: pathlib.Path) -> None:
    """Found by two sweeps; what one of them took back is none of it."""
    name, hour = "paypath_stripe_swept_total", 60
    swept = [
        series(name, [float(minute // hour) for minute in range(3 * hour)], **WHERE, account=account, outcome=outcome)
        for account, outcome in (("billing", "still_there"), ("billing-eu", "taken_back"))
    ]
    Timeline(more=swept).check(
        tmp_path,
        Expected(hour + 30, "PaypathLeftAtStripe"),
        Expected(2 * hour + 30, "PaypathLeftAtStripe", (ticket(location="a", account="billing"),)),
    )
