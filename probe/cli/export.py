"""`paypath export`: alert rules, dashboards and runbooks for the configuration."""

import argparse

from probe.cli.face import Face
from probe.cli.parser import file
from probe.cli.troubles import set_up_wrong
from probe.cli.verb import Verb
from probe.report.status import HEALTHY


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("rules", "dashboards", "runbooks"),
        help="rules for Prometheus (to stdout), dashboards for Grafana, runbooks for people",
    )
    parser.add_argument(
        "--output",
        type=file,
        default=None,
        metavar="DIR",
        help="where dashboards or runbooks go; the directory is made, files of the same name are replaced",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.compose.exporting import EXPORTS, rules, write

    what, output = arguments.what, arguments.output
    if what == "rules":
        if output is not None:
            return set_up_wrong(["paypath: rules go to stdout; write `paypath export rules >FILE`"], face)
        face.out(rules(config=face.config, environ=face.environ).rstrip("\n"))
        return HEALTHY
    if output is None:
        return set_up_wrong([f"paypath: say where the {what} go: `paypath export {what} --output DIR`"], face)
    for path in write(EXPORTS[what](config=face.config, environ=face.environ), output):
        face.out(str(path))
    return HEALTHY


VERB = Verb("export", "alert rules, dashboards and runbooks for the configuration", _add_arguments, _execute)
