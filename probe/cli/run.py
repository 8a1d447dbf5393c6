"""`paypath run`: keep running the scenarios on their schedules, and show how they are."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from probe.cli.check import STOPPING
from probe.cli.face import Face
from probe.cli.parser import duration
from probe.cli.presenter import Tally
from probe.cli.replica import add_replica_arguments, with_replica
from probe.cli.signals import each_hangup, first_signal
from probe.cli.verb import Verb
from probe.model.run import Observer
from probe.report.status import HEALTHY

if TYPE_CHECKING:
    from probe.compose.continuous import RunningInfo


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for", dest="for_s", type=duration, default=None, metavar="DURATION", help="stop by itself after this time"
    )
    parser.add_argument("--lab", action="store_true", default=False, help="start the embedded payment path and use it")
    add_replica_arguments(parser)


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    asyncio.run(_run(arguments, face))
    return HEALTHY


async def _run(arguments: argparse.Namespace, face: Face) -> None:
    from probe.compose.continuous import run

    stop, hangups = asyncio.Event(), asyncio.Event()
    tally = Tally()
    with contextlib.ExitStack() as stack:
        stack.enter_context(first_signal(face, STOPPING, stop.set))
        stack.enter_context(each_hangup(hangups.set))
        screen, announce = _screen(face, stack)
        await run(
            config=face.config,
            environ=with_replica(face.environ, arguments),
            lab=arguments.lab,
            for_s=arguments.for_s,
            observers=(screen, tally),
            ready=announce,
            stop=stop,
            hangups=hangups,
        )
    face.say(f"paypath: stopped after {tally}")


def _screen(face: Face, stack: contextlib.ExitStack) -> tuple[Observer, Callable[["RunningInfo"], None]]:
    """The live table on a terminal, lines everywhere else; and what tells people that all is up."""
    if face.format == "text" and sys.stdout.isatty():
        return _table(face, stack)
    from probe.report.json import dump, run_to_dict
    from probe.report.line import run_line, skipped_line
    from probe.report.stream import LineStream

    def announce(info: "RunningInfo") -> None:
        face.say(f"paypath: {_announcement(info)}")

    if face.format == "json":
        return LineStream(sys.stdout, finished=lambda run: dump(run_to_dict(run))), announce
    return LineStream(sys.stdout, finished=run_line, skipped=skipped_line), announce


def _table(face: Face, stack: contextlib.ExitStack) -> tuple[Observer, Callable[["RunningInfo"], None]]:
    from rich.console import Console

    from probe.report.table import LiveTable

    table = stack.enter_context(LiveTable(Console(no_color=not face.color, highlight=False)))

    def announce(info: "RunningInfo") -> None:
        table.announce(f"{_announcement(info)} · Ctrl-C stops", info.pairs)

    return table, announce


def _announcement(info: "RunningInfo") -> str:
    lab = f" · the lab's fault switches on {info.lab}/faults" if info.lab else ""
    return f"status page on {info.page} · metrics on {info.metrics}{lab}"


VERB = Verb("run", "keep running the scenarios until stopped", _add_arguments, _execute, ("text", "json"))
