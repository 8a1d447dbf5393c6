"""`paypath certs`: every certificate of the payment path, what ends first stands first."""

import argparse
import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.parser import written
from probe.cli.signals import first_signal
from probe.cli.verb import Verb

if TYPE_CHECKING:
    from probe.classify.expiry import Judged
    from probe.compose.survey import Survey

LATCHED = "charge.live_mode"
NOTHING = (
    "paypath: no certificate is known: configure `paths`, `identities` or `certificates.watch` "
    "(paypath.yaml, or --config FILE)"
)


def add_survey_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, and how far."""
    parser.add_argument("--path", type=written, metavar="NAME", default=None, help="of this path alone")
    parser.add_argument(
        "--offline",
        action="store_true",
        default=False,
        help="read files, and what is known from before; connect to nothing",
    )


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_survey_arguments(parser)
    parser.add_argument(
        "--unmanaged", action="store_true", default=False, help="only those of ours that nothing is known to renew"
    )
    parser.add_argument(
        "--all", action="store_true", default=False, help="in the table, also CAs that no path relies on"
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.classify.expiry import judge_all
    from probe.report import certs, certs_nagios
    from probe.report.json import dump
    from probe.report.status import COULD_NOT_TELL, HEALTHY
    from probe.report.watched import watched_to_dict

    found = survey_of(arguments, face)
    unusable = (*found.unusable, *(failure for _, failure in found.unreached if failure.reason == LATCHED))
    at = found.clock.now()
    known = judge_all(found.entries, found.catalogue, at=at)
    shown = [pair for pair in certs.by_end(known) if not arguments.unmanaged or _unmanaged(pair)]
    if face.format == "nagios":
        some = any(entry.certificate is not None for entry, _ in known)
        line, status = certs_nagios.render(
            shown,
            at=at,
            known=some,
            unusable=unusable,
            interrupted=found.interrupted,
            hindered=found.hindered,
        )
        face.out(line)
        return status
    tell(found, face)
    if face.format == "json":
        for entry, standing in shown:
            face.out(dump(watched_to_dict(entry, standing, at)))
    else:
        _table(shown, found, face, everything=arguments.all)
    if not known:
        face.complain(NOTHING)
    status = certs.certificates_status(shown, known, unusable)
    halfway = found.interrupted or found.hindered is not None
    return COULD_NOT_TELL if halfway and status == HEALTHY else status


def survey_of(arguments: argparse.Namespace, face: Face) -> "Survey":
    """Look at everything; a signal cuts the handshakes short."""
    from probe.compose.survey import survey

    async def look() -> "Survey":
        stop = asyncio.Event()
        with first_signal(face, "stopping: what is known already is shown", stop.set):
            return await survey(
                config=face.config, environ=face.environ, path=arguments.path, offline=arguments.offline, stop=stop
            )

    return asyncio.run(look())


def tell(found: "Survey", face: Face) -> None:
    """What stands in the way of the truth: on stderr, because it is no certificate."""
    if found.interrupted:
        face.complain("paypath: interrupted; perhaps not everybody was asked")
    for failure in found.unusable:
        face.complain(f"paypath: {failure.reason}: {failure.summary}")
    for path, failure in found.unreached:
        what = "no handshake was made" if failure.reason == LATCHED else "the handshake did not pass"
        face.complain(
            f"paypath: {path}: {what} ({failure.reason}): {failure.summary} "
            "What is known of the other side is as old as it was last seen."
        )


def _table(shown: "Sequence[Judged]", found: "Survey", face: Face, *, everything: bool) -> None:
    from probe.report.certs import render_certs, summed_up

    at = found.clock.now()
    rows = [pair for pair in shown if everything or not _spare(pair)]
    if rows:
        unreached = {path for path, _ in found.unreached}
        face.out(render_certs(rows, at=at, color=face.color, width=face.columns, unreached=unreached))
        face.say(f"\n{summed_up(rows, at)}")
    if hidden := len(shown) - len(rows):
        face.say(f"and {hidden} in trust bundles that no path relies on (--all shows them)")


def _unmanaged(pair: "Judged") -> bool:
    return any(failure.reason == "certificate.unmanaged" for failure in pair[1].failures)


def _spare(pair: "Judged") -> bool:
    from probe.model.watch import Held

    return pair[0].relied_on is False and pair[0].only_held_as(Held.TRUST)


VERB = Verb(
    "certs",
    "every certificate of the payment path: where, days left, managed or not",
    _add_arguments,
    _execute,
    ("text", "json", "nagios"),
)
