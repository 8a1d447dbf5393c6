"""Failures in a row outlive the process: one that is restarted in an outage counts on, or it would never see the second failure."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from probe.history.last import Where
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.telemetry.observer import TelemetryObserver
from probe.telemetry.plan import Plan

_LOG: Final = logging.getLogger("paypath.history")
_INTERVALS: Final = 3
_FRESH_S: Final = 900.0
"""As long as the alert rules let the last failure stand for a run that could not tell."""


def carry_on(
    observer: TelemetryObserver,
    history: History | None,
    plans: Iterable[Plan],
    *,
    environment: str,
    location: str,
    now: datetime,
) -> None:
    """Tell how many runs in a row had failed before this process, where the last was a quarter of an hour or three intervals ago at most."""
    if history is None:
        return
    for plan in plans:
        where = Where(scenario=plan.scenario, path=plan.path, environment=environment, location=location)
        try:
            known = history.last_known(where, since=now)
        except HistoryError as error:
            _LOG.warning("failures in a row begin anew: %s", error)
            return
        fresh = timedelta(seconds=max(_FRESH_S, _INTERVALS * plan.every_s))
        if known.last is not None and known.failed_since and now - known.last.ended_at <= fresh:
            observer.carry_on((plan.scenario, plan.path), known.failed_since)
