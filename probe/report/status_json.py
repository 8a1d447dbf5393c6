"""Where everything stands, as `paypath.status/1`: plain values that `json.dumps` writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from probe.model.outcome import word
from probe.report.board import Line
from probe.report.hops import HopShown
from probe.report.json import failure_to_dict
from probe.report.standing import PathStanding, overall
from probe.report.watched import forecast_to_dict
from probe.report.words import moment
from probe.verdict.window import Verdict

SCHEMA: Final = "paypath.status/1"
"""Names the shape; a change that breaks a reader gets a new number."""
_FLOWS: Final = {Verdict.HEALTHY: True, Verdict.DEGRADED: True, Verdict.FAILING: False, Verdict.UNKNOWN: None}


def status_to_dict(
    paths: Sequence[PathStanding], *, environment: str, location: str, version: str, at: datetime
) -> dict[str, object]:
    """The answer to "can money flow, and if not, why", path by path, what fails first."""
    verdict = overall(paths)
    return {
        "schema": SCHEMA,
        "at": moment(at),
        "environment": environment,
        "location": location,
        "version": version,
        "verdict": verdict.value,
        "money_flows": _FLOWS[verdict],
        "paths": [_path(path, at) for path in paths],
    }


def _path(path: PathStanding, at: datetime) -> dict[str, object]:
    return {
        "path": path.path,
        "verdict": path.verdict.value,
        "money_flows": path.money_flows,
        "latched": path.latched,
        "failing_since": moment(path.failing_since) if path.failing_since is not None else None,
        "failure": failure_to_dict(path.failure, at) if path.failure is not None else None,
        "forecast": forecast_to_dict(path.forecast, at) if path.forecast is not None else None,
        "hops": [_hop(hop) for hop in path.hops],
        "scenarios": [_scenario(line, at) for line in path.lines],
    }


def _hop(hop: HopShown) -> dict[str, object]:
    took_s = round(hop.took_s, 6) if hop.took_s is not None else None
    return {"hop": hop.name, "state": hop.state.value, "took_s": took_s, "detail": hop.detail}


def _scenario(line: Line, at: datetime) -> dict[str, object]:
    last, failure, ratio = line.last, line.failure, line.ratio(at)
    return {
        "scenario": line.scenario.name,
        "summary": line.scenario.summary,
        "severity": line.scenario.severity.value,
        "every_s": line.scenario.every_s,
        "verdict": line.verdict(at).value,
        "outcome": word(last.outcome) if last is not None else None,
        "reason": failure.reason if failure is not None else None,
        "last_run_at": moment(last.started_at) if last is not None else None,
        "last_run_id": last.run_id if last is not None else None,
        "success_ratio": round(ratio, 6) if ratio is not None else None,
        "running": line.running,
        "not_begun": line.not_begun,
    }
