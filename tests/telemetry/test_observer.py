"""What runs leave behind on the metrics page."""

import logging
from dataclasses import replace

import pytest

from probe.model.budget import BudgetStand
from probe.model.failure import Hop, Phase, Severity
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Ended
from probe.model.outcome import Failed, Skipped, Unknown
from probe.model.run import Run, RunSkipped, RunStarted
from probe.model.scenario import StepKind
from probe.telemetry.plan import Plan
from tests.support.metrics_page import Page
from tests.support.runs import (
    ENDPOINT,
    NOW,
    make_attempt,
    make_failed_run,
    make_failure,
    make_handshake,
    make_run,
    make_step,
    make_stripe,
)
from tests.telemetry.conftest import Bench, Start

PAIR = {"scenario": "mtls-handshake", "path": "billing"}
NOT_AFTER = "paypath_certificate_not_after_timestamp_seconds"


def unknown_run() -> Run:
    """A run that could not tell."""
    bug = Unknown(make_failure("prober.bug", code=5029, phase=None))
    return make_run((make_step(attempts=(make_attempt(bug),)),))


def finish(bench: Bench, *runs: Run) -> Page:
    """Tell about the runs, ten seconds apart, and read the page."""
    for run in runs:
        bench.clock.advance(10)
        bench.telemetry.observer.run_finished(run)
    return bench.page()


def handshake_run(**observed: object) -> Run:
    """A run of one handshake that saw this."""
    return make_run((make_step(attempts=(make_attempt(observation=make_handshake(**observed)),)),))  # type: ignore[arg-type]  # the caller's keywords


def test_counters_exist_from_the_start(start: Start) -> None:
    """A counter that first appears at 1 has increased by nothing, so every known series begins at 0."""
    page = start(pairs=[("mtls-handshake", "billing"), ("card-charge", "billing-eu")]).page()
    for pair in (PAIR, {"scenario": "card-charge", "path": "billing-eu"}):
        for outcome in ("passed", "failed", "unknown"):
            assert page.value("paypath_runs_total", **pair, outcome=outcome) == 0
        for cause in (
            "overlap",
            "late",
            "no_state",
            "latched",
            "no_stripe",
            "no_health_path",
            "no_webhook",
            "not_ours",
        ):
            assert page.value("paypath_runs_skipped_total", **pair, cause=cause) == 0
    for signal in ("traces", "metrics"):
        assert page.value("paypath_telemetry_export_failures_total", signal=signal) == 0


def test_pages_and_lost_runs_are_counted(start: Start) -> None:
    """Each configured sink from 0 on, with every outcome that an attempt may have."""
    bench = start()
    bench.telemetry.observer.sinks(["chat"])
    bench.telemetry.observer.page("chat", "failed")
    bench.telemetry.observer.page("chat", "delivered")
    bench.telemetry.observer.history_backlog(1, 3)
    page = bench.page()
    counted = {
        each: page.value("paypath_pages_total", sink="chat", outcome=each)
        for each in ("delivered", "failed", "expired")
    }
    assert counted == {"delivered": 1, "failed": 1, "expired": 0}
    assert page.value("paypath_history_lost_total") == 1
    assert page.value("paypath_history_waiting") == 3


def test_gauges_are_absent_until_something_is_known(start: Start) -> None:
    """A last success of 0 would mean fifty years without one."""
    assert start().page().names == {
        "paypath_runs_total",
        "paypath_runs_skipped_total",
        "paypath_telemetry_export_failures_total",
        "paypath_history_lost_total",
        "paypath_history_waiting",
        "paypath_output_dropped_total",
        "paypath_build_info",
    }


def test_every_series_carries_environment_and_location(start: Start) -> None:
    """Also after runs of every outcome, skips, lags and latches."""
    bench = start()
    bench.telemetry.observer.run_skipped(RunSkipped(scenario="mtls-handshake", path="billing", cause="overlap"))
    bench.telemetry.observer.schedule_lag(0.02)
    bench.telemetry.observer.latch("billing", latched=False)
    page = finish(bench, make_run(), unknown_run(), make_failed_run())
    for family in page.families.values():
        for sample in family.samples:
            assert (sample.labels["environment"], sample.labels["location"]) == ("staging", "eu-west-1a"), sample


def test_no_label_grows_with_what_happens(start: Start) -> None:
    """Serials, ids, URLs, messages and trace ids never become labels."""
    page = finish(start(), make_run(), make_failed_run())
    names = {name for family in page.families.values() for sample in family.samples for name in sample.labels}
    assert names == {
        *(
            "environment",
            "location",
            "scenario",
            "path",
            "outcome",
            "code",
            "reason",
            "blame",
            "confidence",
            "severity",
        ),
        *("step", "hop", "phase", "window", "name", "cause", "signal", "le"),
        *("version", "python", "openssl"),
        *("http_request_method", "http_response_status_code", "server_address", "server_port"),
    }


def test_passed_run(start: Start) -> None:
    """Counted, timed, and up."""
    page = finish(start(), make_run())
    assert page.value("paypath_runs_total", **PAIR, outcome="passed") == 1
    assert page.value("paypath_up", **PAIR) == 1
    assert page.value("paypath_consecutive_failures", **PAIR) == 0
    ended_s = NOW.timestamp() + 0.05
    assert page.value("paypath_last_run_timestamp_seconds", **PAIR) == pytest.approx(ended_s)
    assert page.value("paypath_last_success_timestamp_seconds", **PAIR) == pytest.approx(ended_s)
    assert page.value("paypath_run_duration_seconds_sum", **PAIR, outcome="passed") == pytest.approx(0.05)
    assert page.value("paypath_step_duration_seconds_count", **PAIR, step="handshake", outcome="passed") == 1
    assert page.samples("paypath_failure_active") == []
    assert page.samples("paypath_failures_total") == []


def test_failed_run(start: Start) -> None:
    """The failure that is active carries what an alert shows; it counts, and the last success is unknown."""
    page = finish(start(), make_failed_run(), make_failed_run())
    why = {**PAIR, "code": "5023", "reason": "tls.client_cert.expired"}
    assert page.value("paypath_failures_total", **why) == 2
    assert page.value("paypath_failure_active", **why, blame="ours", confidence="proven") == 1
    assert page.value("paypath_up", **PAIR) == 0
    assert page.value("paypath_consecutive_failures", **PAIR) == 2
    assert page.samples("paypath_last_success_timestamp_seconds") == []


def test_only_what_fails_now_is_active(start: Start) -> None:
    """Another failure takes the place of the first, and a passed run ends both."""
    bench = start()
    page = finish(bench, make_failed_run(), make_failed_run(make_failure("tcp.refused", code=5022)))
    assert [sample.labels["reason"] for sample in page.samples("paypath_failure_active")] == ["tcp.refused"]
    assert finish(bench, make_run()).samples("paypath_failure_active") == []
    assert finish(bench, make_failed_run()).value("paypath_failure_active", reason="tls.client_cert.expired") == 1


def test_unknown_is_neither_up_nor_down(start: Start) -> None:
    """Up and the active failure are absent, the row of failures stands still, and the reason is counted."""
    page = finish(start(), make_run(), make_failed_run(), unknown_run())
    assert page.samples("paypath_up") == []
    assert page.samples("paypath_failure_active") == []
    assert page.value("paypath_consecutive_failures", **PAIR) == 1
    assert page.value("paypath_runs_total", **PAIR, outcome="unknown") == 1
    assert page.value("paypath_failures_total", reason="prober.bug", code="5029") == 1
    assert page.value("paypath_success_ratio", **PAIR, window="5m") == 0.5


def test_success_ratio_moves_with_time(start: Start) -> None:
    """A failure leaves the short window first, and without runs there is no ratio at all."""
    bench = start()
    finish(bench, make_failed_run())
    bench.clock.advance(301)
    page = finish(bench, make_run())
    assert page.value("paypath_success_ratio", **PAIR, window="5m") == 1
    assert page.value("paypath_success_ratio", **PAIR, window="1h") == 0.5
    bench.clock.advance(301)
    assert bench.page().samples("paypath_success_ratio", window="5m") == []


def test_phases_are_timed_by_hop(start: Start) -> None:
    """The wait for Stripe's answer is spent on the second hop, everything else on the first; every attempt counts."""
    charge = make_attempt(
        Failed(make_failure()), make_stripe(), reconciled=make_handshake(until=Phase.TLS, ended=Ended.EOF)
    )
    page = finish(start(), make_run((make_step("charge", (charge,), kind=StepKind.STRIPE),)))
    count = "paypath_phase_duration_seconds_count"
    assert page.value(count, path="billing", hop="connector-stripe", phase="wait") == 1
    assert page.value(count, path="billing", hop="probe-connector", phase="tls") == 2
    assert page.value(count, path="billing", hop="probe-connector", phase="send") == 1
    assert page.samples(count, hop="probe-connector", phase="wait") == []


def test_phases_behind_the_connector_are_of_the_second_hop(start: Start) -> None:
    """Of a hop that was probed for itself, and of what is done in the tunnel of a connector that is a proxy; the way there is the first."""
    handshake = make_attempt(observation=replace(make_handshake(), upstream=make_handshake(until=Phase.TLS)))
    charge = make_attempt(observation=replace(make_stripe(), hop=Hop.CONNECTOR_STRIPE))
    steps = (make_step(attempts=(handshake,)), make_step("charge", (charge,), kind=StepKind.STRIPE))
    page = finish(start(), make_run(steps))
    count = "paypath_phase_duration_seconds_count"
    assert page.value(count, path="billing", hop="connector-stripe", phase="tls") == 2
    assert page.value(count, path="billing", hop="probe-connector", phase="tls") == 1
    assert page.value(count, path="billing", hop="probe-connector", phase="tcp") == 2
    assert page.value(count, path="billing", hop="connector-stripe", phase="send") == 1


def test_retries_are_counted_by_what_went_before(start: Start) -> None:
    """A pass on the second try stays visible, and is no failure."""
    first = make_attempt(
        Failed(make_failure("tcp.reset", code=5022)), make_handshake(until=Phase.TCP, ended=Ended.RESET)
    )
    page = finish(start(), make_run((make_step(attempts=(first, make_attempt(offset_s=0.3))),)))
    assert page.value("paypath_retries_total", **PAIR, reason="tcp.reset") == 1
    assert page.samples("paypath_failures_total") == []


def test_http_requests_follow_the_conventions(start: Start) -> None:
    """By method, server and status; the error's type only where the attempt failed."""
    declined = make_step("charge", (make_attempt(observation=make_stripe(http_status=402)),), kind=StepKind.STRIPE)
    timed_out = make_attempt(
        Failed(make_failure("connector.timeout")), make_stripe(until=Phase.WAIT, ended=Ended.TIMED_OUT)
    )
    page = finish(start(), make_run((declined, make_step("refund", (timed_out,), kind=StepKind.STRIPE))))
    count = "http_client_request_duration_seconds_count"
    peer = {"server_address": ENDPOINT.host, "server_port": "8443", "http_request_method": "POST"}
    answered = page.samples(count, **peer, http_response_status_code="402")
    assert len(answered) == 1
    assert "error_type" not in answered[0].labels
    assert page.value(count, **peer, error_type="connector.timeout") == 1


def test_skipped_runs_are_counted_by_cause(start: Start) -> None:
    """A latched path is known to be latched from then on."""
    bench = start()
    bench.telemetry.observer.run_started(RunStarted(run_id="0" * 32, scenario="s", path="p", started_at=NOW))
    bench.telemetry.observer.run_skipped(RunSkipped(**PAIR, cause="latched"))
    page = bench.page()
    assert page.value("paypath_runs_skipped_total", **PAIR, cause="latched") == 1
    assert page.value("paypath_latched", path="billing") == 1
    bench.telemetry.observer.latch("billing", latched=False)
    assert bench.page().value("paypath_latched", path="billing") == 0


def test_the_budgets_of_stripe_accounts_can_be_seen(start: Start) -> None:
    """All series of an account exist from the start; nothing is there of accounts that are not known."""
    bench = start()
    assert bench.page().samples("paypath_stripe_requests_total") == []
    limited = {"global-rate": 2, "unnamed": 0}
    stands = [
        BudgetStand(account="billing", requests=41, waiting=3, in_flight=2, limited=limited),
        BudgetStand(account="refunds"),
    ]
    bench.telemetry.observer.watch_budgets(lambda: stands)
    page = bench.page()
    assert page.value("paypath_stripe_requests_total", account="billing", environment="staging") == 41
    assert page.value("paypath_stripe_waiting", account="billing") == 3
    assert page.value("paypath_stripe_in_flight", account="billing") == 2
    assert page.value("paypath_stripe_limited_total", account="billing", reason="global-rate") == 2
    assert page.value("paypath_stripe_limited_total", account="billing", reason="unnamed") == 0
    assert page.value("paypath_stripe_requests_total", account="refunds") == 0


def test_what_a_sweep_found_is_counted(start: Start) -> None:
    """From 0, so that the first crash is an increase."""
    bench = start()
    bench.telemetry.observer.swept("billing", taken_back=0, still_there=0)
    assert bench.page().value("paypath_stripe_swept_total", account="billing", outcome="still_there") == 0
    bench.telemetry.observer.swept("billing", taken_back=3, still_there=1)
    page = bench.page()
    assert page.value("paypath_stripe_swept_total", account="billing", outcome="taken_back") == 3
    assert page.value("paypath_stripe_swept_total", account="billing", outcome="still_there") == 1


def test_skipped_steps_take_no_time(start: Start) -> None:
    """A step that was not tried has no duration."""
    skipped = make_step("charge", (), outcome=Skipped("an earlier step failed"))
    page = finish(start(), make_run((make_step(), skipped)))
    assert page.samples("paypath_step_duration_seconds_count", step="charge") == []


def test_schedule_lag(start: Start) -> None:
    """How late runs start, without labels of their own."""
    bench = start()
    bench.telemetry.observer.schedule_lag(0.02)
    bench.telemetry.observer.schedule_lag(-0.001)
    page = bench.page()
    assert page.value("paypath_schedule_lag_seconds_count") == 2
    assert page.value("paypath_schedule_lag_seconds_sum") == pytest.approx(0.02)


def test_a_run_tells_whether_its_identity_is_usable(start: Start) -> None:
    """As strictly as its path: the files may be fine for another one."""
    gone = make_handshake(until=Phase.TCP, ended=Ended.ERROR, presented=(), identity=broken_identity())
    down = make_run((make_step(attempts=(make_attempt(Failed(make_failure("tcp.refused")), gone),)),))
    page = finish(start(), make_run(), down)
    assert page.value("paypath_identity_usable", path="billing", name="billing") == 0


def broken_identity() -> IdentityFacts:
    """An identity whose certificate file is gone."""
    return IdentityFacts(
        name="billing", certificate_path="/etc/billing/tls.crt", key_path=None, fault=FileFault.CERTIFICATE_MISSING
    )


def test_a_pair_that_is_no_longer_configured_stops_failing(start: Start) -> None:
    """After a reload the gauges of what is gone are gone; the others keep what is known."""
    bench = start(pairs=[("mtls-handshake", "billing"), ("mtls-handshake", "old")])
    finish(bench, make_failed_run(), make_failed_run(path="old"))
    bench.telemetry.observer.configure([("mtls-handshake", "billing"), ("mtls-handshake", "new")])
    page = bench.page()
    assert [sample.labels["path"] for sample in page.samples("paypath_failure_active")] == ["billing"]
    assert page.value("paypath_runs_total", path="new", outcome="failed") == 0
    assert page.value("paypath_runs_total", path="old", outcome="failed") == 1, "counters only grow"


def test_an_observer_never_raises(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    """A run that telemetry cannot digest is a bug of ours, logged, and no reason to stop probing."""
    bench = start()
    with caplog.at_level(logging.ERROR):
        bench.telemetry.observer.run_finished(replace(make_run(), run_id="not hex"))
    assert "this is a bug" in caplog.text
    assert finish(bench, make_run()).value("paypath_runs_total", **PAIR, outcome="passed") == 1


def test_an_identity_is_broken_once_two_readings_agree(start: Start) -> None:
    """The second may come from outside of a run; one that finds it mended takes it back at once."""
    bench = start()
    seen = make_handshake(identity=broken_identity())
    bench.telemetry.observer.run_finished(make_run((make_step(attempts=(make_attempt(observation=seen),)),)))
    assert bench.page().value("paypath_identity_broken", path="billing", name="billing") == 0
    bench.clock.advance(5)
    bench.telemetry.observer.identity_read("billing", "billing", False)  # noqa: FBT003 - what was found
    assert bench.page().value("paypath_identity_broken", path="billing", name="billing") == 1
    bench.telemetry.observer.identity_read("billing", "billing", True)  # noqa: FBT003 - what was found
    assert bench.page().value("paypath_identity_broken", path="billing", name="billing") == 0
    assert bench.page().value("paypath_identity_usable", path="billing", name="billing") == 1


def test_what_is_planned_is_shown(start: Start) -> None:
    """Alert rules hold the age of the last run against the interval."""
    bench = start()
    bench.telemetry.observer.plan(
        [Plan(scenario="mtls-handshake", path="billing", every_s=30.0, slo=0.995, severity=Severity.TICKET)]
    )
    assert bench.page().value("paypath_schedule_interval_seconds", **PAIR) == 30
    assert bench.page().value("paypath_objective_ratio", **PAIR, severity="ticket") == 0.995


def test_what_is_failing_says_whom_it_wakes(start: Start) -> None:
    """The severity of the failure itself: the catalogue's may have been overruled."""
    page = finish(start(), make_failed_run())
    assert page.value("paypath_failure_active", **PAIR, severity="page") == 1
