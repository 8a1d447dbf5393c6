"""The probe itself: gone, silent, unable to tell, late, or not heard. What it cannot see is neither up nor down."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.cause import failed, indented, with_cause
from probe.monitoring.rule import Alert, Group, Record
from probe.monitoring.scope import Scope, quoted
from probe.monitoring.silence import silence
from probe.monitoring.texts import dashboard, in_words, reasons_of, runbook

PROBER_DOWN: Final = "PaypathProberDown"
NOT_RUNNING: Final = "PaypathProberNotRunning"
ALL_UNKNOWN: Final = "PaypathAllUnknown"
SCENARIO_UNKNOWN: Final = "PaypathOutcomeUnknown"
OVERDUE: Final = "PaypathScenarioOverdue"
LOCATION_SILENT: Final = "PaypathLocationSilent"
FAMILIES: Final = ("prober.", "stripe.")
"""Reasons for which an outcome is unknown."""
_PAIR: Final = "environment, path, scenario"
_REASONS: Final = 'reason=~"prober[.].*|stripe[.].*"'


def prober(catalogue: Catalogue, scope: Scope) -> Group:
    """Whether there is a probe, whether it runs, and whether it can tell."""
    return Group(
        name="paypath-prober",
        rules=(
            Record(
                record="paypath:overdue:pair",
                expr=(
                    f"time() - max by ({_PAIR}) (paypath_last_run_timestamp_seconds)\n"
                    f"> bool 3 * max by ({_PAIR}) (paypath_schedule_interval_seconds) + 60"
                ),
            ),
            _down(catalogue, scope),
            _silent(catalogue, scope),
            _not_running(catalogue, scope),
            _overdue(catalogue, scope),
            _all_unknown(catalogue, scope),
            _unknown(catalogue, scope),
            _export(catalogue, scope),
            _refused_configuration(catalogue, scope),
            _lag(catalogue, scope),
            _skipped(catalogue, scope),
            _pages(catalogue, scope),
            _history(catalogue, scope),
            _left_over(catalogue, scope),
        ),
    )


def _down(catalogue: Catalogue, scope: Scope) -> Alert:
    if scope.environment is None:
        seen = "count by (environment) (last_over_time(paypath_build_info[1d]))"
        expr = f"{seen} unless on (environment) paypath_build_info"
    else:
        expr = f"absent(paypath_build_info{{environment={quoted(scope.environment)}}})"
    return silence(
        catalogue,
        scope,
        alert=PROBER_DOWN,
        expr=expr,
        for_="1m",
        severity="page",
        summary="no probe is left in {{ $labels.environment }}; whether payments work there is not known",
        description=(
            "Prometheus gets metrics from no paypath of this environment. Look at its pods, at its log and at Prometheus' targets;"
            " `paypath check` tells at once whether payments work."
        ),
    )


def _silent(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert=LOCATION_SILENT,
        expr=(
            "count by (environment, location) (last_over_time(paypath_build_info[3h]))\n"
            "unless on (environment, location) paypath_build_info\n"
            "and on (environment) paypath_build_info"
        ),
        for_="10m",
        severity="ticket",
        summary="no probe is left at {{ $labels.location }} in {{ $labels.environment }}; other locations go on",
        description="Where locations come and go with their pods, set `location` in the configuration to a name that stays.",
    )


def _not_running(catalogue: Catalogue, scope: Scope) -> Alert:
    often = (
        f"max by ({_PAIR}) (paypath_schedule_interval_seconds)\n"
        f"<= on (environment) group_left () 10 * min by (environment) (paypath_schedule_interval_seconds)"
    )
    return silence(
        catalogue,
        scope,
        alert=NOT_RUNNING,
        expr=f"min by (environment) (\n  paypath:overdue:pair and on ({_PAIR}) (\n{indented(often, 4)}\n  )\n) == 1",
        for_=None,
        severity="page",
        summary="nothing has been run in {{ $labels.environment }} for three intervals; whether payments work is not known",
        description="The probe answers Prometheus and runs nothing. Its log says why; a restart is safe: what runs had begun is taken back.",
    )


def _overdue(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert=OVERDUE,
        expr="paypath:overdue:pair == 1 unless on (environment, path) paypath_latched == 1",
        for_="2m",
        severity="ticket",
        summary="{{ $labels.scenario }} has not run on {{ $labels.path }} in {{ $labels.environment }} for three intervals",
        description="Skipped, or stuck: `paypath_runs_skipped_total` tells by cause, the log in words.",
    )


def _all_unknown(catalogue: Catalogue, scope: Scope) -> Alert:
    by = "environment"
    condition = "count by (environment) (paypath_last_run_timestamp_seconds) unless on (environment) paypath_up"
    return Alert(
        alert=ALL_UNKNOWN,
        expr=with_cause(condition, by=by, alert=ALL_UNKNOWN, candidates=failed("15m", _REASONS)),
        for_="5m",
        labels={"severity": "page"},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons_of(catalogue, *FAMILIES))} ({{{{ $labels.reason }}}}): no run in {{{{ $labels.environment }}}}"
                " can tell whether payments work"
            ),
            "description": "The trouble is the probe's own, or its network's. Payments may work or not: look at real traffic.",
            "runbook_url": runbook(catalogue, scope, reasons_of(catalogue, *FAMILIES)),
            "dashboard_url": dashboard(scope, "prober", "environment"),
        },
    )


def _unknown(catalogue: Catalogue, scope: Scope) -> Alert:
    condition = (
        f"count by ({_PAIR}) (paypath_last_run_timestamp_seconds) unless on ({_PAIR}) paypath_up\n"
        f"and on (environment) paypath_up"
    )
    return Alert(
        alert=SCENARIO_UNKNOWN,
        expr=with_cause(condition, by=_PAIR, alert=SCENARIO_UNKNOWN, candidates=failed("1h", _REASONS)),
        for_="5m",
        labels={"severity": "ticket"},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons_of(catalogue, *FAMILIES))} ({{{{ $labels.reason }}}}): {{{{ $labels.scenario }}}} on {{{{ $labels.path }}}}"
                " in {{ $labels.environment }} cannot tell"
            ),
            "description": "Neither up nor down. `paypath explain {{ $labels.reason }}` says what to do first.",
            "runbook_url": runbook(catalogue, scope, reasons_of(catalogue, *FAMILIES)),
            "dashboard_url": dashboard(scope, "prober", "environment"),
        },
    )


def _export(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathTelemetryExportFailing",
        expr="sum by (environment, location, signal) (increase(paypath_telemetry_export_failures_total[10m])) > 0",
        for_="10m",
        severity="ticket",
        summary="{{ $labels.signal }} of {{ $labels.location }} in {{ $labels.environment }} do not reach their collector",
        description="Probing and these alerts go on without it. stderr says why; `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.",
    )


def _refused_configuration(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathConfigurationRefused",
        expr="max by (environment, location) (paypath_config_last_reload_successful == bool 0) > 0",
        for_="5m",
        severity="ticket",
        summary="the configuration that is written at {{ $labels.location }} in {{ $labels.environment }} is wrong, and the one before goes on",
        description="The status page, stderr and `paypath validate` name the file, the line and the way to mend it.",
    )


def _lag(catalogue: Catalogue, scope: Scope) -> Alert:
    buckets = "sum by (environment, location, le) (rate(paypath_schedule_lag_seconds_bucket[10m]))"
    return silence(
        catalogue,
        scope,
        alert="PaypathScheduleLagging",
        expr=f"histogram_quantile(0.9, {buckets}) > 5",
        for_="10m",
        severity="ticket",
        summary="runs at {{ $labels.location }} in {{ $labels.environment }} begin {{ $value | humanizeDuration }} late",
        description="The process gets too little CPU, or has too many paths for one: give it more, or spread the paths.",
    )


def _skipped(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathRunsSkipped",
        expr=(
            f'sum by ({_PAIR}, cause) (increase(paypath_runs_skipped_total{{cause=~"late|no_state"}}[30m])) > 2.5\n'
            # Where each run hangs until its deadline, runs overlap: that is the outage, which pages, and not a schedule to mend.
            f'or\n(sum by ({_PAIR}, cause) (increase(paypath_runs_skipped_total{{cause="overlap"}}[30m])) > 2.5\n'
            f"unless on (environment, path) max_over_time(paypath:down:path[35m]) == 1)"
        ),
        # Time enough for the second failed run of an outage.
        for_="5m",
        severity="ticket",
        summary="{{ $labels.scenario }} on {{ $labels.path }} in {{ $labels.environment }} is skipped again and again: {{ $labels.cause }}",
        description=(
            "`overlap`: its runs take longer than its interval. `late`: no place was free for it. `no_state`: the state directory cannot be written, so nothing that"
            " charges may run."
        ),
    )


def _pages(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathPagesNotDelivered",
        expr=('sum by (environment, location, sink) (increase(paypath_pages_total{outcome!="delivered"}[15m])) > 0'),
        for_="5m",
        severity="ticket",
        summary="pages from {{ $labels.location }} in {{ $labels.environment }} do not reach {{ $labels.sink }}",
        description="They are kept and tried again. stderr says what the sink answers; docs/pages.md how it is set up.",
    )


def _history(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathHistoryLost",
        # What waits for a moment is nobody's business: another process had the file.
        expr=(
            "sum by (environment, location) (increase(paypath_history_lost_total[15m])) > 0"
            " or sum by (environment, location) (min_over_time(paypath_history_waiting[5m])) > 0"
        ),
        for_=None,
        severity="ticket",
        summary="runs at {{ $labels.location }} in {{ $labels.environment }} cannot be written to the history",
        description=(
            "A full disk, or another process in the way: stderr says which. Probing goes on, and up to 10,000 runs wait in memory;"
            " docs/reliability.md says what to do."
        ),
    )


def _left_over(catalogue: Catalogue, scope: Scope) -> Alert:
    return silence(
        catalogue,
        scope,
        alert="PaypathLeftAtStripe",
        # The sweep is hourly: found by two of them it is not on its way out.
        expr=(
            "sum by (environment, location, account)"
            ' (increase(paypath_stripe_swept_total{outcome="still_there"}[3h])) > 1.5'
        ),
        for_=None,
        severity="ticket",
        summary="what killed runs left at Stripe cannot be taken back (account of {{ $labels.account }}, {{ $labels.environment }})",
        description="It is test-mode money, and clutter. `paypath sweep` names each object and what Stripe says about it.",
    )
