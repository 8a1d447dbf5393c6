"""One canonical line for each run, in logfmt: for logs, pipes and `grep`."""

import json
import re
from typing import Final

from probe.model.outcome import word
from probe.model.run import Run, RunSkipped
from probe.report.facts import attempts, failure_of, phases, told_by
from probe.report.words import moment, printable

_BARE: Final = re.compile(r"[\w.:/@+-]+", re.ASCII)


def run_line(run: Run) -> str:
    """When, what, where, the outcome, the phases of the first hop, and for a failure its code, reason and sentence."""
    pairs = {
        "at": moment(run.started_at),
        "scenario": run.scenario,
        "path": run.path,
        "outcome": word(run.outcome),
        "duration_s": f"{run.duration_s:.3f}",
        "attempts": str(attempts(run)),
        "hop": "probe-connector",
        **{f"{phase.value}_s": f"{spent:.4f}" for phase, spent in phases(told_by(run).first_hop).items()},
        "run_id": run.run_id,
    }
    failure = failure_of(run.outcome)
    if failure:
        pairs |= {
            "code": str(failure.code),
            "reason": failure.reason,
            "confidence": failure.confidence.value,
            "blame": failure.blame.value,
            **({"proxy": failure.proxy} if failure.proxy else {}),
            "summary": failure.summary,
        }
    if run.warnings:
        pairs["warnings"] = ",".join(dict.fromkeys(warning.reason for warning in run.warnings))
    return _logfmt(pairs)


def skipped_line(event: RunSkipped) -> str:
    """A due run that was not begun."""
    return _logfmt({"scenario": event.scenario, "path": event.path, "outcome": "skipped", "cause": event.cause})


def _logfmt(pairs: dict[str, str]) -> str:
    return " ".join(f"{name}={_value(text)}" for name, text in pairs.items())


def _value(text: str) -> str:
    clean = printable(text)
    return clean if _BARE.fullmatch(clean) else json.dumps(clean, ensure_ascii=False)
