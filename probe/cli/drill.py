"""`paypath drill`: replay an incident against the lab, and see what is noticed when."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.parser import file
from probe.cli.signals import first_signal
from probe.cli.verb import Verb
from probe.report.status import COULD_NOT_TELL, HEALTHY, PATH_FAILED

if TYPE_CHECKING:
    from probe.compose.drilling import DrillResult


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "drill",
        nargs="?",
        metavar="NAME",
        default="inc-5023",
        help="inc-5023 (the default), server-cert-expired, connector-hangs, stripe-429-storm, half-done-rotation, "
        "dns-failure, prober-offline, collector-dead, or all",
    )
    parser.add_argument(
        "--against",
        type=file,
        default=None,
        metavar="CONFIG",
        help="send nothing: print what would be checked, and who would be paged, with this configuration",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    if arguments.against is not None:
        return _against(arguments, face)
    return asyncio.run(_play(arguments, face))


async def _play(arguments: argparse.Namespace, face: Face) -> int:
    from probe.compose.drilling import chosen, play
    from probe.model.clock import SystemClock

    drills, stop, clock = chosen(arguments.drill), asyncio.Event(), SystemClock()
    statuses = []
    with first_signal(face, "stopping: the drill ends here", stop.set):
        for drill in drills:
            began = clock.monotonic()

            def say(text: str, began: float = began) -> None:
                if face.format == "text":
                    face.out(f"{clock.monotonic() - began:6.1f} s  {text}")

            if face.format == "text":
                face.out(f"{drill.name}: {drill.text}")
            result = await play(drill, environ=face.environ, say=say, stop=stop)
            if result is None:
                return COULD_NOT_TELL
            _show(result, face)
            statuses.append(PATH_FAILED if result.problems else HEALTHY)
    return max(statuses)


def _show(result: "DrillResult", face: Face) -> None:
    from probe.compose.drilling import drill_to_dict
    from probe.report.drill import beside, verdict
    from probe.report.incident import render_incidents
    from probe.report.json import dump

    if face.format == "json":
        face.out(dump(drill_to_dict(result)))
        return
    drill, story, report = result.drill, result.story, result.report
    if story is not None:
        told = render_incidents(
            [story], since=report.since, until=report.until, runs=report.runs, color=face.color, width=face.width
        )
        face.out(f"\n{told.partition(chr(10) * 2)[2]}\n\n{beside(story, drill.original)}")
    face.out(f"\n{verdict(drill.name, result.problems, took_s=result.took_s, color=face.color)}\n")


def _against(arguments: argparse.Namespace, face: Face) -> int:
    from probe.cli.against import plan_to_dict, render_plan
    from probe.compose.against import against
    from probe.report.json import dump

    plan = against(arguments.against, face.environ)
    face.out(dump(plan_to_dict(plan)) if face.format == "json" else render_plan(plan, width=face.width))
    return HEALTHY


VERB = Verb(
    "drill",
    "replay an incident against the lab, and see what is noticed when",
    _add_arguments,
    _execute,
    ("text", "json"),
    records=True,
)
