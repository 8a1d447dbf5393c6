"""`paypath run`: keep running the scenarios on their schedules, and show how they are."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from probe.cli.check import STOPPING
from probe.cli.face import Face
from probe.cli.parser import duration
from probe.cli.presenter import Tally
from probe.cli.replica import add_replica_arguments, blaming_options, with_replica
from probe.cli.signals import each_hangup, first_signal
from probe.cli.unblocked import unblocked_streams
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
    with blaming_options(arguments):
        asyncio.run(_run(arguments, face))
    return HEALTHY


async def _run(arguments: argparse.Namespace, face: Face) -> None:
    from probe.compose.continuous import run

    stop, hangups = asyncio.Event(), asyncio.Event()
    tally = Tally()
    with contextlib.ExitStack() as stack:
        outputs = stack.enter_context(unblocked_streams())
        stack.enter_context(first_signal(face, STOPPING, stop.set))
        stack.enter_context(each_hangup(hangups.set))
        observers, announce = _screen(face, stack)
        await run(
            config=face.config,
            environ=with_replica(face.environ, arguments),
            lab=arguments.lab,
            for_s=arguments.for_s,
            observers=(*observers, tally),
            ready=announce,
            stop=stop,
            hangups=hangups,
            dropped=lambda: sum(output.dropped for output in outputs),
        )
        face.say(f"paypath: stopped after {tally}")


_Screen = tuple[Sequence[Observer], Callable[["RunningInfo"], None]]
"""Who is told of runs, and who tells people that all is up."""


def _screen(face: Face, stack: contextlib.ExitStack) -> _Screen:
    """The whole screen of a terminal, lines everywhere else."""
    if face.format == "text" and sys.stdout.isatty():
        from probe.cli.view import can_be_drawn_on

        if can_be_drawn_on(face):
            return _view(face, stack)
    from probe.report.json import dump, run_to_dict
    from probe.report.line import run_line, skipped_line
    from probe.report.stream import LineStream

    def announce(info: "RunningInfo") -> None:
        face.say(f"paypath: {' · '.join(_addresses(info))}")

    if face.format == "json":
        return (LineStream(sys.stdout, finished=lambda run: dump(run_to_dict(run))),), announce
    return (LineStream(sys.stdout, finished=run_line, skipped=skipped_line),), announce


def _view(face: Face, stack: contextlib.ExitStack) -> _Screen:
    from probe.cli.view import viewing
    from probe.model.clock import SystemClock

    view = stack.enter_context(viewing(face, SystemClock()))

    def announce(info: "RunningInfo") -> None:
        view.open(info.source, ("Ctrl-C stops", *_addresses(info)))

    return (), announce


def _addresses(info: "RunningInfo") -> list[str]:
    lab = [f"the lab's fault switches on {info.lab}/faults"] if info.lab else []
    return [f"status page on {info.page}", f"metrics on {info.metrics}", *lab]


VERB = Verb("run", "keep running the scenarios until stopped", _add_arguments, _execute, ("text", "json"), records=True)
