"""What customers' own payments say, held against the probe: each sees what the other cannot."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.cause import indented
from probe.monitoring.down import DOWN, DOWN_PROVEN
from probe.monitoring.rule import Alert, Group
from probe.monitoring.scope import ProbedPath, RealTraffic, Scope, quoted
from probe.monitoring.texts import dashboard, literal, runbook_of

CUSTOMERS_RED: Final = "PaypathCustomersRedProbeGreen"
CUSTOMERS_GREEN: Final = "PaypathCustomersGreenProbeRed"


def traffic(catalogue: Catalogue, scope: Scope) -> Group:
    """Two alerts for each path that names its real traffic."""
    return Group(
        name="paypath-real-traffic",
        rules=tuple(
            alert
            for path in scope.paths
            if path.real_traffic is not None
            for alert in (
                _customers_red(catalogue, scope, path, path.real_traffic),
                _customers_green(catalogue, scope, path, path.real_traffic),
            )
        ),
    )


def _customers_red(catalogue: Catalogue, scope: Scope, path: ProbedPath, real: RealTraffic) -> Alert:
    entry = catalogue.entry("charge.failed")
    return Alert(
        alert=CUSTOMERS_RED,
        expr=f"{_ratio(real)} < {real.red_below:g}\nand on () min(paypath_up{{{_chosen(scope, path)}}}) == 1",
        for_="5m",
        labels={**_labels(scope, path), "severity": "page", "code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": (
                f"Customers' payments fail ({entry.reason}): only {{{{ $value | humanizePercentage }}}} succeed on {path.name},"
                " while every probe passes"
            ),
            "description": (
                "What a test-mode probe cannot see: the live key, the live account and its restrictions, Stripe's live mode, or what"
                " customers send. Look at the errors of the billing service, and at the live account in Stripe's dashboard."
            ),
            "runbook_url": runbook_of(catalogue, scope, entry.reason),
            "dashboard_url": dashboard(scope, "path", "environment", "path"),
        },
    )


def _customers_green(catalogue: Catalogue, scope: Scope, path: ProbedPath, real: RealTraffic) -> Alert:
    entry = catalogue.entry("prober.failed")
    paging = f'ALERTS{{alertname=~"{DOWN}|{DOWN_PROVEN}", alertstate="firing", {_chosen(scope, path)}}}'
    return Alert(
        alert=CUSTOMERS_GREEN,
        expr=f"{_ratio(real)} >= {real.red_below:g}\nand on () max({paging}) == 1",
        for_="5m",
        labels={**_labels(scope, path), "severity": "ticket", "code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": (
                f"Only the probe fails ({entry.reason}): {{{{ $value | humanizePercentage }}}} of customers' payments succeed on"
                f" {path.name}, while the probe says that it is down"
            ),
            "description": (
                "Old connections may still work while new ones do not: an expired certificate looks like this until the billing"
                " service connects anew. Otherwise it is the probe's own certificate, network or key."
            ),
            "runbook_url": runbook_of(catalogue, scope, entry.reason),
            "dashboard_url": dashboard(scope, "path", "environment", "path"),
        },
    )


def _ratio(real: RealTraffic) -> str:
    """Of several series the worst; the query stands on lines of its own, so that a comment in it ends."""
    return f"min(\n{indented(real.success_ratio, 2)}\n)"


def _chosen(scope: Scope, path: ProbedPath) -> str:
    return f'environment={quoted(scope.environment or "")}, path="{path.name}"'


def _labels(scope: Scope, path: ProbedPath) -> dict[str, str]:
    return {"environment": literal(scope.environment or ""), "path": path.name}
