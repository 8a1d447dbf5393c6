"""The status page as HTML, from what `probe.report.standing` says. Everything that it shows is text of ours or escaped, and has no secret in it."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import jinja2

from probe.classify.expiry import Judged
from probe.model.failure import Failure
from probe.model.outcome import word
from probe.model.run import Run
from probe.redact.leaving import leaving
from probe.report.board import Event, Line, Tick
from probe.report.certs import by_end
from probe.report.filling import filled
from probe.report.hops import HopState
from probe.report.shown import ANSWERS, HOP_MARKS, Shown, said, strip_told, why
from probe.report.standing import PathStanding, overall
from probe.report.watched import place_of
from probe.report.words import acts, distance, first_steps, headline, hop, moment, printable, spoken_moment, took
from probe.verdict.window import Verdict

DRAWN: Final = 40
"""Paths that are drawn hop by hop; with more of them, the healthy ones are listed."""
_CERTIFICATES: Final = 25
_EVENTS: Final = 25
_MOST_DAYS: Final = 100
_BAR: Final = 10
_LEVELS: Final = 8

_STATES: Final = {
    HopState.GOOD: "works",
    HopState.BAD: "fails",
    HopState.UNKNOWN: "could not tell",
    HopState.UNREACHED: "not reached",
    HopState.UNTRIED: "not tried",
}

FirstSteps = Callable[[str], tuple[str, ...]]


def page(shown: Shown, *, steps: FirstSteps = first_steps) -> str:
    """The whole page."""
    verdict = overall(shown.paths)
    drawn = [path for path in shown.paths if path.verdict is not Verdict.HEALTHY][:DRAWN]
    drawn += [path for path in shown.paths if path.verdict is Verdict.HEALTHY][: max(0, DRAWN - len(drawn))]
    names = {path.path for path in drawn}
    return _template().render(
        answer=ANSWERS[verdict],
        verdict=verdict.value,
        why=why(shown.paths, verdict),
        paths=[_path(path, shown.at, steps) for path in drawn],
        listed=[path for path in shown.paths if path.path not in names],
        certificates=[_certificate(judged, shown.at) for judged in by_end(shown.certificates)[:_CERTIFICATES]],
        more_certificates=max(0, len(shown.certificates) - _CERTIFICATES),
        events=[_event(event, shown.at) for event in reversed(shown.events[-_EVENTS:])],
        environment=shown.environment,
        location=shown.location,
        version=shown.version,
        at=spoken_moment(shown.at),
        machine_at=moment(shown.at),
        reload_problem=_clean(shown.reload_problem or ""),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("probe.server", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("status.html")


def _clean(text: str) -> str:
    return printable(leaving(text))


def _path(path: PathStanding, at: datetime, steps: FirstSteps) -> dict[str, object]:
    forecast = path.forecast
    because = forecast.because.certificate if forecast and forecast.because else None
    return {
        "name": path.path,
        "verdict": path.verdict.value,
        "answer": ANSWERS[path.verdict],
        "hops": [
            {
                "name": hop.name,
                "state": hop.state.value,
                "mark": HOP_MARKS[hop.state],
                "says": _STATES[hop.state],
                "took": took(hop.took_s) if hop.took_s is not None else "",
                "detail": _clean(hop.detail),
            }
            for hop in path.hops
        ],
        "failure": _failure(path, path.failure, path.run, at, steps) if path.failure and path.run else None,
        "latched": _clean(path.latched or ""),
        "until": spoken_moment(forecast.valid_until) if forecast and forecast.valid_until else "",
        "until_in": distance(forecast.valid_until, at) if forecast and forecast.valid_until else "",
        "because": _clean(because.subject) if because else "",
        "lines": [_line(line, at) for line in path.lines],
    }


def _failure(path: PathStanding, failure: Failure, run: Run, at: datetime, steps: FirstSteps) -> dict[str, object]:
    certificate, since = failure.certificate, path.failing_since
    return {
        "headline": _clean(headline(failure)),
        "code": failure.code,
        "title": _clean(failure.title),
        "reason": failure.reason,
        "confidence": failure.confidence.value.replace("_", " "),
        "summary": _clean(failure.summary),
        "since": f"{spoken_moment(since)} ({distance(since, at)})" if since else "",
        "hop": _clean(hop(failure)),
        "acts": acts(failure),
        "certificate": _clean(certificate.subject) if certificate else "",
        "serial": certificate.serial if certificate else "",
        "where": _clean(certificate.source.location) if certificate else "",
        "ends": f"{spoken_moment(certificate.not_after)} ({distance(certificate.not_after, at)})"
        if certificate
        else "",
        "also": ", ".join(failure.also),
        "steps": [_clean(step) for step in filled(steps(failure.reason), run, failure)],
        "runbook": failure.runbook,
    }


def _line(line: Line, at: datetime) -> dict[str, object]:
    last, ratio = line.last, line.ratio(at)
    slowest = max((tick.duration_s for tick in line.strip), default=0.0)
    return {
        "name": line.scenario.name,
        "summary": _clean(line.scenario.summary),
        "outcome": word(last.outcome) if last else "unknown",
        "said": said(line),
        "took": took(last.duration_s) if last else "",
        "last": distance(last.started_at, at) if last else "",
        "ratio": f"{ratio:.1%}" if ratio is not None else "",
        "strip": [_tick(tick, slowest) for tick in line.strip],
        "told": strip_told(line, at),
    }


def _tick(tick: Tick, slowest: float) -> dict[str, object]:
    level = max(1, round(_LEVELS * tick.duration_s / slowest)) if slowest else 1
    return {"outcome": word(tick.sample.outcome), "level": level}


def _certificate(judged: Judged, at: datetime) -> dict[str, object]:
    entry, standing = judged
    left = entry.ends - at if entry.ends is not None else None
    days = left / timedelta(days=1) if left is not None else None
    return {
        "severity": standing.severity.value,
        "name": _clean(entry.name),
        "path": entry.path or "",
        "subject": _clean(entry.certificate.subject) if entry.certificate else _clean(entry.unreadable or "unreadable"),
        "role": entry.certificate.role.value if entry.certificate else "",
        "where": _clean(place_of(entry).location),
        "left": ("expired " if days is not None and days < 0 else "")
        + (distance(entry.ends, at) if entry.ends else "not known"),
        "bar": 0 if days is None else round(_BAR * min(max(days, 0.0), _MOST_DAYS) / _MOST_DAYS),
        "managed": _managed(judged),
        "reasons": ", ".join(failure.reason for failure in standing.failures),
    }


def _managed(judged: Judged) -> str:
    entry = judged[0]
    if not entry.ours:
        return "theirs"
    proof = entry.care.proof
    if entry.care.managed_by is None:
        return "nothing renews it"
    return f"by {_clean(entry.care.managed_by)}" + ("" if proof is not None and proof.proven else ", unproven")


def _event(event: Event, at: datetime) -> dict[str, object]:
    return {
        "at": moment(event.at),
        "ago": distance(event.at, at),
        "kind": event.kind.value.replace("_", " "),
        "about": " on ".join(part for part in (event.scenario, event.path) if part),
        "text": _clean(event.headline),
    }
