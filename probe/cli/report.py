"""`paypath report`: what happened in the last hours, as a timeline, for whoever comes in late and for the post-mortem."""

import argparse

from probe.cli.face import Face
from probe.cli.parser import duration, written
from probe.cli.verb import Verb
from probe.report.status import COULD_NOT_TELL, HEALTHY


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        dest="since_s",
        type=duration,
        default=3 * 3600.0,
        metavar="DURATION",
        help="how far back to look (default: 3h)",
    )
    parser.add_argument("--path", type=written, default=None, metavar="NAME", help="one path alone")


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.compose.reporting import report
    from probe.history.trouble import HistoryError
    from probe.report.incident import markdown, render_incidents
    from probe.report.incident_json import incidents_to_dict
    from probe.report.json import dump

    try:
        found = report(config=face.config, environ=face.environ, since_s=arguments.since_s, path=arguments.path)
    except HistoryError as error:
        face.complain(f"paypath: {error}")
        return COULD_NOT_TELL
    when = {"since": found.since, "until": found.until}
    if face.format == "json":
        face.out(dump(incidents_to_dict(found.incidents, runs=found.runs, **when)))
    elif face.format == "markdown":
        face.out(markdown(found.incidents, runs=found.runs, **when))
    else:
        face.out(render_incidents(found.incidents, runs=found.runs, color=face.color, width=face.width, **when))
    return HEALTHY if found.runs else COULD_NOT_TELL


VERB = Verb(
    "report",
    "what happened in the last hours: each incident as a timeline",
    _add_arguments,
    _execute,
    ("text", "markdown", "json"),
)
