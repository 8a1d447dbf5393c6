"""`paypath sweep`: refund, cancel and delete what crashed runs left at Stripe."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.parser import duration
from probe.cli.signals import first_signal
from probe.cli.verb import Verb

if TYPE_CHECKING:
    from probe.model.sweep import Sweep

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S


def _age(text: str) -> float:
    """Seconds; an age may be nothing at all."""
    return 0.0 if text == "0s" else duration(text)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--older-than",
        dest="older_than_s",
        type=_age,
        default=_HOUR_S,
        metavar="DURATION",
        help="leave alone what is younger (default: 1h); what a run may still be using is left alone in any case",
    )
    parser.add_argument(
        "--since",
        dest="since_s",
        type=duration,
        default=30 * _DAY_S,
        metavar="DURATION",
        help="how far to look back (default: 30d)",
    )
    parser.add_argument("--dry-run", action="store_true", default=False, help="only say what is left behind")


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.history.trouble import HistoryError
    from probe.report.status import COULD_NOT_TELL, sweep_status

    told: list[Sweep] = []
    try:
        asyncio.run(_sweep(arguments, face, told))
    except HistoryError as error:
        face.complain(f"paypath: nothing was swept: {error}")
        return COULD_NOT_TELL
    return sweep_status(told)


async def _sweep(arguments: argparse.Namespace, face: Face, told: "list[Sweep]") -> None:
    from probe.compose.sweeping import sweep
    from probe.report.json import dump
    from probe.report.sweep import render_sweeps, sweep_to_dict

    def tell(one: "Sweep") -> None:
        told.append(one)
        text = render_sweeps([one], color=face.color, width=face.width)
        face.out(dump(sweep_to_dict(one)) if face.format == "json" else text)

    stop = asyncio.Event()
    with first_signal(face, "stopping: nothing more is taken back", stop.set):
        await sweep(
            config=face.config,
            environ=face.environ,
            older_than_s=arguments.older_than_s,
            since_s=arguments.since_s,
            dry_run=arguments.dry_run,
            told=tell,
            stop=stop,
        )


VERB = Verb("sweep", "take back what crashed runs left behind at Stripe", _add_arguments, _execute, ("text", "json"))
