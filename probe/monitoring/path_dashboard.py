"""The dashboard *Payment path*: can money flow, until when, and if not, why."""

from typing import Final

from probe.monitoring.dashboard import Annotation, Dashboard
from probe.monitoring.panel import (
    BAD_IF_SOME,
    CHOSEN,
    GOOD_IF_SOME,
    PLAIN,
    SHARE,
    TIME_LEFT,
    UP_OR_DOWN,
    Panel,
    Query,
    something,
)

_RATE: Final = "[$__rate_interval]"


def _runs(outcomes: str, window: str) -> str:
    return f'sum by (path) (increase(paypath_runs_total{{{CHOSEN}, outcome=~"{outcomes}"}}[{window}]))'


_FAILED_30D: Final = (
    f'sum by (path, scenario) (increase(paypath_runs_total{{{CHOSEN}, outcome="failed"}}[30d]))'
    f' / sum by (path, scenario) (increase(paypath_runs_total{{{CHOSEN}, outcome=~"passed|failed"}}[30d]))'
)
_ALLOWED: Final = f"(1 - max by (path, scenario) (paypath_objective_ratio{{{CHOSEN}}}))"
_PHASE: Final = f"paypath_phase_duration_seconds_%s{{{CHOSEN}}}"

PATH: Final = Dashboard(
    name="path",
    title="Payment path",
    span="now-6h",
    variables=(
        ("environment", "Environment", "paypath_build_info"),
        ("path", "Path", "paypath_runs_total"),
    ),
    annotations=(
        Annotation(
            name="Pages",
            expr='ALERTS{alertname=~"Paypath.*", alertstate="firing", severity="page", environment=~"$environment"}',
            title="{{alertname}}: {{reason}}",
            color="red",
        ),
        Annotation(
            name="Rotations",
            expr=f'changes(paypath_certificate_not_before_timestamp_seconds{{{CHOSEN}, source!="wire"}}[5m]) > 0',
            title="{{name}} has a new {{role}} certificate",
            color="blue",
        ),
    ),
    panels=(
        Panel(
            kind="stat",
            title="For how long can money flow, as far as certificates go?",
            description="Until the first certificate that the path needs ends. `paypath forecast` says which one it is.",
            unit="s",
            queries=(
                Query(
                    expr=f"min by (path) (paypath_path_valid_until_timestamp_seconds{{{CHOSEN}}}) - time()",
                    legend="{{path}}",
                ),
            ),
            steps=TIME_LEFT,
            height=6,
        ),
        Panel(
            kind="stat",
            title="Can a card be charged right now?",
            description="The last run of each scenario on each path, the worst of all locations. Empty while none could tell.",
            unit="none",
            queries=(Query(expr=f"min by (path, scenario) (paypath_up{{{CHOSEN}}})", legend="{{path}} {{scenario}}"),),
            steps=GOOD_IF_SOME,
            named=UP_OR_DOWN,
            empty="could not tell",
            height=6,
        ),
        Panel(
            kind="table",
            title="What fails now, and why?",
            description="`paypath explain REASON` says what it means and what to do first. 0 and `nothing`: every last run passed.",
            unit="none",
            queries=(
                Query(
                    expr=something(
                        f"sum by (path, scenario, code, reason, blame, confidence) (paypath_failure_active{{{CHOSEN}}})",
                        "reason",
                        "nothing",
                    ),
                    legend="{{reason}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="Which failures were there, by code and reason?",
            description="Failed runs, and those that could not tell (5029), per minute. The reason is finer than the code that customers see.",
            unit="short",
            queries=(
                Query(
                    expr=something(
                        f"60 * sum by (code, reason) (rate(paypath_failures_total{{{CHOSEN}}}{_RATE}))",
                        "reason",
                        "none",
                    ),
                    legend="{{code}} {{reason}}",
                ),
            ),
            steps=BAD_IF_SOME,
            stacked=True,
        ),
        Panel(
            kind="state-timeline",
            title="When did which scenario fail?",
            description="Green passes, red fails; a gap could not tell, or did not run.",
            unit="none",
            queries=(Query(expr=f"min by (path, scenario) (paypath_up{{{CHOSEN}}})", legend="{{path}} {{scenario}}"),),
            steps=GOOD_IF_SOME,
            named=UP_OR_DOWN,
            width=24,
        ),
        Panel(
            kind="stat",
            title="Which share of the runs passed, over 5 minutes, an hour, 30 days?",
            description="Of the runs that could tell. One failed run in five minutes is much of five minutes, and little of a month.",
            unit="percentunit",
            queries=tuple(
                Query(
                    expr=f"{_runs('passed', window)} / {_runs('passed|failed', window)}",
                    legend=f"{{{{path}}}} {window}",
                )
                for window in ("5m", "1h", "30d")
            ),
            steps=SHARE,
        ),
        Panel(
            kind="stat",
            title="How much of the error budget is left?",
            description="Of 30 days, by each scenario's own objective (`slo`). 0: the objective is missed; below: by how much.",
            unit="percentunit",
            queries=(Query(expr=f"1 - {_FAILED_30D} / {_ALLOWED}", legend="{{path}} {{scenario}}"),),
            steps=(("red", None), ("orange", 0.1), ("yellow", 0.5), ("green", 0.75)),
        ),
        Panel(
            kind="timeseries",
            title="Where does the time go, phase by phase?",
            description="Mean duration of each phase of a connection; of a Stripe call the wait counts to the second hop.",
            unit="s",
            queries=(
                Query(
                    expr=f"sum by (hop, phase) (rate({_PHASE % 'sum'}{_RATE})) / sum by (hop, phase) (rate({_PHASE % 'count'}{_RATE}))",
                    legend="{{phase}} ({{hop}})",
                ),
            ),
            steps=PLAIN,
            stacked=True,
        ),
        Panel(
            kind="timeseries",
            title="How long do runs take, and which trace is that?",
            description=(
                "95 of 100 runs end within this time. Each diamond is one run: it leads to its trace, where the data source names a"
                " store of traces (`exemplarTraceIdDestinations`)."
            ),
            unit="s",
            queries=(
                Query(
                    expr=f"histogram_quantile(0.95, sum by (le, scenario, outcome) (rate(paypath_run_duration_seconds_bucket{{{CHOSEN}}}{_RATE})))",
                    legend="{{scenario}} {{outcome}}",
                    exemplars=True,
                ),
            ),
            steps=(("green", None), ("red", 15)),
        ),
        Panel(
            kind="timeseries",
            title="How old is the last run?",
            description="A saw-tooth as high as the scenario's interval. One that only rises is not run any more, and says nothing of now.",
            unit="s",
            queries=(
                Query(
                    expr=f"time() - max by (path, scenario) (paypath_last_run_timestamp_seconds{{{CHOSEN}}})",
                    legend="{{path}} {{scenario}}",
                ),
            ),
            steps=(("green", None), ("red", 900)),
        ),
        Panel(
            kind="timeseries",
            title="Is a second try needed, and for which reason?",
            description="Steps tried again per minute, by why the first try had failed: what is hidden behind runs that passed.",
            unit="short",
            queries=(
                Query(
                    expr=something(
                        f"60 * sum by (reason) (rate(paypath_retries_total{{{CHOSEN}}}{_RATE}))", "reason", "none"
                    ),
                    legend="{{reason}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
    ),
)
