"""The dashboard *Prober health*: is there a probe, does it run, can it tell, is it heard."""

from typing import Final

from probe.monitoring.dashboard import Dashboard
from probe.monitoring.panel import BAD_IF_SOME, GOOD_IF_SOME, PLAIN, Panel, Query, something

_HERE: Final = 'environment=~"$environment"'
_RATE: Final = "[$__rate_interval]"

PROBER: Final = Dashboard(
    name="prober",
    title="Prober health",
    span="now-6h",
    variables=(("environment", "Environment", "paypath_build_info"),),
    panels=(
        Panel(
            kind="stat",
            title="How many probes are there, and where?",
            description="Processes that Prometheus gets metrics from. None: nothing is known about payments.",
            unit="none",
            queries=(
                Query(
                    expr=f"count by (environment, location) (paypath_build_info{{{_HERE}}})",
                    legend="{{environment}} {{location}}",
                ),
            ),
            steps=GOOD_IF_SOME,
            empty="none",
            height=6,
        ),
        Panel(
            kind="stat",
            title="How overdue is the most overdue scenario?",
            description="Age of its last run in intervals. Up to 1 is in time; above 3 an alert fires.",
            unit="none",
            queries=(
                Query(
                    expr=(
                        f"max by (environment) ((time() - max by (environment, path, scenario) (paypath_last_run_timestamp_seconds{{{_HERE}}}))"
                        f" / max by (environment, path, scenario) (paypath_schedule_interval_seconds{{{_HERE}}}))"
                    ),
                    legend="{{environment}}",
                ),
            ),
            steps=(("green", None), ("yellow", 2), ("red", 3)),
            height=6,
        ),
        Panel(
            kind="timeseries",
            title="How many runs end, and as what?",
            description="Runs per minute. `unknown` says nothing about payments: the probe itself could not tell.",
            unit="short",
            queries=(
                Query(expr=f"60 * sum by (outcome) (rate(paypath_runs_total{{{_HERE}}}{_RATE}))", legend="{{outcome}}"),
            ),
            steps=PLAIN,
            stacked=True,
        ),
        Panel(
            kind="timeseries",
            title="Why could runs not tell?",
            description="Runs of unknown outcome per minute, by reason: our own deadline, our own key, no network here.",
            unit="short",
            queries=(
                Query(
                    expr=something(
                        f'60 * sum by (reason) (rate(paypath_failures_total{{{_HERE}, code="5029"}}{_RATE}))',
                        "reason",
                        "none",
                    ),
                    legend="{{reason}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="How late do runs begin?",
            description="Half of them, and 99 of 100, begin within this time after they were due. Seconds here mean too little CPU.",
            unit="s",
            queries=tuple(
                Query(
                    expr=f"histogram_quantile({share}, sum by (le) (rate(paypath_schedule_lag_seconds_bucket{{{_HERE}}}{_RATE})))",
                    legend=legend,
                )
                for share, legend in ((0.5, "half"), (0.99, "99 of 100"))
            ),
            steps=(("green", None), ("red", 5)),
        ),
        Panel(
            kind="timeseries",
            title="Which runs are skipped?",
            description="Due runs per minute that were not begun, by cause. `latched` is meant; `no_state` and `overlap` need somebody.",
            unit="short",
            queries=(
                Query(
                    expr=f"60 * sum by (cause) (rate(paypath_runs_skipped_total{{{_HERE}}}{_RATE}))", legend="{{cause}}"
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="Does telemetry reach its collector?",
            description="Exports per minute that did not, by signal. Probing, this page and the alerts do not depend on it.",
            unit="short",
            queries=(
                Query(
                    expr=f"60 * sum by (signal) (rate(paypath_telemetry_export_failures_total{{{_HERE}}}{_RATE}))",
                    legend="{{signal}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="Do pages that paypath sends itself arrive?",
            description="Attempts per minute, by sink and outcome; `failed` is tried again. Nothing where `pages` is not configured.",
            unit="short",
            queries=(
                Query(
                    expr=something(
                        f"60 * sum by (sink, outcome) (rate(paypath_pages_total{{{_HERE}}}{_RATE}))", "sink", "none"
                    ),
                    legend="{{sink}} {{outcome}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="Is everything written to the history?",
            description="Runs per minute that could not be: a full disk, another process in the way. The report has a gap there.",
            unit="short",
            queries=(
                Query(
                    expr=something(
                        f"60 * sum by (location) (rate(paypath_history_lost_total{{{_HERE}}}{_RATE}))",
                        "location",
                        "none",
                    ),
                    legend="{{location}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="Are requests to Stripe within their budget?",
            description="Runs and requests that wait for the account's budget now. It stays far under what Stripe allows in test mode.",
            unit="short",
            queries=(
                Query(
                    expr=something(f"max by (account) (paypath_stripe_waiting{{{_HERE}}})", "account", "no account"),
                    legend="{{account}}",
                ),
            ),
            steps=(("green", None), ("red", 10)),
        ),
        Panel(
            kind="table",
            title="Can each identity's files be used?",
            description="0: they cannot be read, or do not belong together. Two readings in five seconds make a page of it.",
            unit="none",
            queries=(
                Query(
                    expr=something(
                        f"min by (path, name) (paypath_identity_usable{{{_HERE}}})", "name", "no identity is configured"
                    ),
                    legend="{{path}} {{name}}",
                ),
            ),
            steps=GOOD_IF_SOME,
            named=(("1", "usable", "green"), ("0", "UNUSABLE", "red")),
        ),
        Panel(
            kind="stat",
            title="Is a path latched shut?",
            description="1: an answer came from live mode; nothing is sent until `paypath unlock PATH --reason TEXT`.",
            unit="none",
            queries=(
                Query(
                    expr=something(f"max by (path) (paypath_latched{{{_HERE}}})", "path", "no path that charges"),
                    legend="{{path}}",
                ),
            ),
            steps=BAD_IF_SOME,
            height=6,
        ),
        Panel(
            kind="table",
            title="Which versions run?",
            description="Of paypath, of Python, and of OpenSSL, whose version decides how certificates are verified.",
            unit="none",
            queries=(
                Query(
                    expr=f"count by (environment, location, version, python, openssl) (paypath_build_info{{{_HERE}}})",
                    legend="{{version}}",
                ),
            ),
            steps=GOOD_IF_SOME,
            height=6,
        ),
    ),
)
