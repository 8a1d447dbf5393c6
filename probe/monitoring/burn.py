"""How fast the error budget burns: two windows for each speed, as in the SRE workbook, made fit for a run a minute.

A single failed run is ten per cent of ten runs, and says nothing: so a page needs three failed runs in its long window, and a
factor that no share of failures could reach (an objective of 90 % allows at most ten times the budget) is cut down to one.
An outage is told by `PaypathPathDown`, within two runs; this here is for failures that come one at a time.
"""

from dataclasses import dataclass
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.cause import failed, indented, with_cause
from probe.monitoring.down import DOWN, DOWN_PROVEN, FAMILIES
from probe.monitoring.rule import Alert, Group, Record
from probe.monitoring.scope import Scope
from probe.monitoring.texts import dashboard, in_words, reasons_of, runbook

BURN: Final = "PaypathErrorBudgetBurn"
_PAIR: Final = "environment, path, scenario"
_LEAST_FAILED: Final = 2.5
"""Failed runs that a long window must hold: three, where `increase` has estimated them."""
_MOST: Final = 0.9
"""A share of failed runs that always counts as burning."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Both windows must show this many times the share of failures that the objective allows."""

    long: str
    short: str
    """So that the alert ends soon after the failures."""
    factor: float


FAST: Final = (Speed("1h", "5m", 14.4), Speed("6h", "30m", 6.0))
"""2 % of a month's budget in an hour, 5 % in six."""
SLOW: Final = (Speed("1d", "2h", 3.0), Speed("3d", "6h", 1.0))
"""10 % in one day, 10 % in three."""


def burn(catalogue: Catalogue, scope: Scope) -> Group:
    """Shares of failures by window, and two alerts on them."""
    windows = dict.fromkeys(window for speed in (*FAST, *SLOW) for window in (speed.short, speed.long))
    records = [
        Record(
            record=f"paypath:failed:ratio{window}",
            expr=f"{_runs('failed', window)}\n/\n{_runs('passed|failed', window)}",
        )
        for window in windows
    ]
    return Group(
        name="paypath-burn",
        rules=(
            *records,
            _alert(catalogue, scope, FAST, severity="page"),
            _alert(catalogue, scope, SLOW, severity="ticket"),
        ),
    )


def _runs(outcomes: str, window: str) -> str:
    return f'sum by ({_PAIR}) (increase(paypath_runs_total{{outcome=~"{outcomes}"}}[{window}]))'


def _burning(speed: Speed) -> str:
    allowed = f"clamp_max({speed.factor:g} * (1 - max by ({_PAIR}) (paypath_objective_ratio)), {_MOST:g})"
    return (
        f"paypath:failed:ratio{speed.long} >= {allowed}\n"
        f"and paypath:failed:ratio{speed.short} >= {allowed}\n"
        f"and {_runs('failed', speed.long)} > {_LEAST_FAILED:g}"
    )


def _alert(catalogue: Catalogue, scope: Scope, speeds: tuple[Speed, ...], *, severity: str) -> Alert:
    name = BURN if severity == "page" else f"{BURN}Slowly"
    burning = "\nor\n".join(f"(\n{indented(_burning(speed), 2)}\n)" for speed in speeds)
    allowed = "page" if severity == "page" else "page|ticket"
    condition = (
        f"(\n{indented(burning, 2)}\n)\n"
        f'and on ({_PAIR}) paypath_objective_ratio{{severity=~"{allowed}"}}\n'
        # What was paged as an outage goes on burning in the longer windows after its end, and is no news.
        f"unless on (environment, path) max_over_time("
        f'ALERTS{{alertname=~"{DOWN}|{DOWN_PROVEN}", alertstate="firing"}}[40m])'
    )
    return Alert(
        alert=name,
        expr=with_cause(
            condition,
            by=_PAIR,
            alert=name,
            candidates=failed(speeds[-1].long, 'reason!~"prober[.].*|certificate[.].*"'),
        ),
        labels={"severity": severity},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons_of(catalogue, *FAMILIES))} ({{{{ $labels.reason }}}}), again and again: {{{{ $value | humanizePercentage }}}}"
                f" of the runs of {{{{ $labels.scenario }}}} on {{{{ $labels.path }}}} fail in {{{{ $labels.environment }}}}"
            ),
            "description": (
                "Never long enough for an outage, too often for the scenario's objective; as many payments of customers may fail."
                " The reason is the commonest one. `paypath explain {{ $labels.reason }}` says what to do first."
            ),
            "runbook_url": runbook(catalogue, scope, reasons_of(catalogue, *FAMILIES)),
            "dashboard_url": dashboard(scope, "path", "environment", "path"),
        },
    )
