"""Plays a drill against a lab of its own, and judges what was noticed, named and paged."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from probe.compose.drills import DRILLS, Drill
from probe.compose.reporting import Report, told
from probe.compose.stage import NotSeenError, Stage, staged
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.lab.lab import LabError
from probe.model.clock import Clock, SystemClock
from probe.model.incident import PastIncident
from probe.model.outcome import Failed
from probe.model.paging import PageAction
from probe.report.incident_json import incidents_to_dict

ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """How one drill went."""

    drill: Drill
    problems: tuple[str, ...]
    """What was not noticed, named or paged as it must be; empty: all was."""
    report: Report
    story: PastIncident | None
    """The incident as the history tells it; None where none was to be seen, or none was."""
    pages: tuple[str, ...]
    took_s: float


def chosen(name: str) -> tuple[Drill, ...]:
    """The drill of that name, or all of them. Raises SetupError."""
    if name == ALL:
        return DRILLS
    known = [drill.name for drill in DRILLS]
    if name not in known:
        hint = suggestion(name, [*known, ALL], "there is")
        raise SetupError([Mistake("command line", None, None, name, f"no drill `{name}`", hint)])
    return tuple(drill for drill in DRILLS if drill.name == name)


async def play(
    drill: Drill, *, environ: Mapping[str, str], say: Callable[[str], None], stop: asyncio.Event
) -> DrillResult | None:
    """Play it; None where `stop` was set before its end. Raises SetupError where the lab cannot start."""
    with tempfile.TemporaryDirectory(prefix="paypath-drill-") as directory:
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(_played(drill, Path(directory), environ, say))
            stopped = group.create_task(stop.wait())
            await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not playing.done():
                playing.cancel()
    return None if playing.cancelled() else playing.result()


async def _played(drill: Drill, directory: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> DrillResult:
    clock: Clock = SystemClock()
    began, began_at = clock.monotonic(), clock.now()
    problems: list[str] = []
    try:
        async with staged(
            directory, environ={**_plain(environ), **(drill.environ or {})}, named=drill.named, say=say, clock=clock
        ) as stage:
            try:
                await stage.healthy("every scenario passes")
                await drill.play(stage)
            except NotSeenError as error:
                problems.append(str(error))
            report = _report(stage, since=began_at, until=clock.now())
            problems += _problems(drill, stage, report)
    except LabError as error:
        raise SetupError([Mistake("the lab", None, None, "", error.what, "")]) from error
    return DrillResult(
        drill=drill,
        problems=tuple(problems),
        report=report,
        story=_story(drill, report),
        pages=tuple(page.title for page in stage.sink.taken),
        took_s=clock.monotonic() - began,
    )


def _plain(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Without what would send a drill's failures to somebody's real collector, or change its paths."""
    return {name: value for name, value in environ.items() if not name.startswith(("PAYPATH_", "OTEL_"))}


def _report(stage: Stage, *, since: datetime, until: datetime) -> Report:
    """What the history tells, as `paypath report` would."""
    history = None if stage.engine is None else stage.engine.history
    if history is None:
        return Report(since=since, until=until, runs=0, incidents=())
    return told(history, since=since, until=until, began_at=stage.broke_at)


def _story(drill: Drill, report: Report) -> PastIncident | None:
    word = "failed" if drill.outcome is Failed else "unknown"
    return next((each for each in report.incidents if each.outcome == word), None)


def _problems(drill: Drill, stage: Stage, report: Report) -> list[str]:
    """Noticed, named right, paged once and ended once; and nothing else."""
    found: list[str] = []
    failed = [each for each in report.incidents if each.outcome == "failed"]
    story = _story(drill, report) if drill.reason is not None else None
    if drill.reason is not None and story is None:
        found.append("the history does not tell of it")
    if drill.reason is not None and story is not None and not _finer(story.reason, drill.reason):
        found.append(f"named {story.reason}, and it is {drill.reason}")
    if len(failed) != drill.pages:
        found.append(f"{len(failed)} outages in the history, and {drill.pages} are right")
    sent = {action: len(stage.pages(action)) for action in (PageAction.TRIGGER, PageAction.RESOLVE)}
    found += [
        f"pages ({action.value}): {count}, and {drill.pages} is right"
        for action, count in sent.items()
        if count != drill.pages
    ]
    return found


def drill_to_dict(result: DrillResult) -> dict[str, Any]:
    """One object, `paypath.incident/1`, with what the drill was and whether all was as it must be."""
    story, report = result.story, result.report
    told_of = report.incidents if story is None else (story,)
    return {
        **incidents_to_dict(told_of, since=report.since, until=report.until, runs=report.runs),
        **{f"seconds_to_{key}": _seconds(story, key) for key in ("detect", "name", "page", "recover")},
        "drill": result.drill.name,
        "outcome": "failed" if result.problems else "passed",
        "problems": list(result.problems),
        "named": None if story is None else story.reason,
        "pages": list(result.pages),
        "took_s": round(result.took_s, 3),
        "original": None if result.drill.original is None else dict(result.drill.original),
    }


def _seconds(story: PastIncident | None, key: str) -> float | None:
    value: float | None = None if story is None else getattr(story, f"seconds_to_{key}")
    return None if value is None else round(max(0.0, value), 3)


def _finer(reason: str, expected: str) -> bool:
    return reason == expected or reason.startswith(f"{expected}.")
