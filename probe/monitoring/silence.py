"""Alerts for which no run has given a reason, because the probe does not do what it should."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.rule import Alert
from probe.monitoring.scope import Scope
from probe.monitoring.texts import dashboard, runbook_of

_REASON: Final = "prober.failed"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def silence(
    catalogue: Catalogue,
    scope: Scope,
    *,
    alert: str,
    expr: str,
    for_: str | None,
    severity: str,
    summary: str,
    description: str,
    labels: Mapping[str, str] = _NONE,
) -> Alert:
    """An alert for which no run has given a reason; `labels` tell rules of one name apart, where each is made for one path."""
    entry = catalogue.entry(_REASON)
    return Alert(
        alert=alert,
        expr=expr,
        for_=for_,
        labels={**labels, "severity": severity, "code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": f"The probe is in trouble ({entry.reason}): {summary}",
            "description": description,
            "runbook_url": runbook_of(catalogue, scope, entry.reason),
            "dashboard_url": dashboard(scope, "prober", "environment"),
        },
    )
