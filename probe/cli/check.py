"""`paypath check`: run each scenario, or each named one, once."""

import argparse
import asyncio

from probe.cli.face import FORMATS, Face
from probe.cli.signals import Interrupted, until_signal
from probe.cli.verb import Verb


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        default=[],
        help="names of scenarios (default: all that are enabled)",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe import compose
    from probe.cli.presenter import Presenter
    from probe.report.text import render_run

    presenter = Presenter(face, lambda run: render_run(run, color=face.color, width=face.width))
    work = compose.check(
        config=face.config, scenarios=tuple(arguments.scenarios), environ=face.environ, observers=(presenter,)
    )
    try:
        result = asyncio.run(until_signal(face, work))
    except Interrupted:
        presenter.finish()
        raise
    return presenter.finish(result.runs, result.skipped)


VERB = Verb("check", "run each scenario once, or each named one", _add_arguments, _execute, FORMATS)
