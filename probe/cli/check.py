"""`paypath check`: run each scenario, or each named one, once."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from probe.cli.face import FORMATS, Face
from probe.cli.presenter import Presenter
from probe.cli.replica import add_replica_arguments, blaming_options, with_replica
from probe.cli.signals import first_signal
from probe.cli.verb import Verb

if TYPE_CHECKING:
    from probe.compose.once import CheckResult

STOPPING = "stopping: nothing more is begun; what is under way cleans up first"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        default=[],
        help="names of scenarios (default: all that are enabled)",
    )
    parser.add_argument(
        "--fail-on-expiring",
        action="store_true",
        default=False,
        help="exit 1 where a certificate is expired or inside a threshold that pages, although the runs passed",
    )
    add_replica_arguments(parser)


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.report.text import render_run

    presenter = Presenter(face, lambda run: render_run(run, color=face.color, width=face.width))
    with blaming_options(arguments):
        result, stopped = asyncio.run(_check(arguments, face, presenter))
    return presenter.finish(result.runs, result.skipped, stopped=stopped, expiring=result.expiring)


async def _check(arguments: argparse.Namespace, face: Face, presenter: Presenter) -> "tuple[CheckResult, bool]":
    """What became of the scenarios, and whether a signal cut it short."""
    from probe.compose.once import check

    stop = asyncio.Event()
    with first_signal(face, STOPPING, stop.set):
        result = await check(
            config=face.config,
            scenarios=arguments.scenarios,
            environ=with_replica(face.environ, arguments),
            observers=(presenter,),
            stop=stop,
            look_for_expiring=arguments.fail_on_expiring,
        )
    return result, stop.is_set()


VERB = Verb("check", "run each scenario once, or each named one", _add_arguments, _execute, FORMATS, records=True)
