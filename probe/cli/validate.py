"""`paypath validate`: the configuration and the scenarios, with file, line and the way to mend each mistake."""

import argparse

from probe.cli.face import Face
from probe.cli.parser import file
from probe.cli.troubles import set_up_wrong
from probe.cli.verb import Verb
from probe.report.status import HEALTHY


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenarios",
        type=file,
        default=None,
        metavar="DIRECTORY",
        help="scenarios to look at (default: those of the configuration, else the ones that come with paypath)",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.compose.validation import validate

    result = validate(config=face.config, environ=face.environ, scenarios_directory=arguments.scenarios)
    for warning in result.warnings:
        face.say(f"paypath: {warning}")
    if result.mistakes:
        return set_up_wrong(result.mistakes, face)
    for path in result.paths:
        face.out(f"path      {path}")
    width = max((len(name) for name, _ in result.scenarios), default=0)
    for name, described in result.scenarios:
        face.out(f"scenario  {name:<{width}}  ({described})")
    return HEALTHY


VERB = Verb("validate", "look at the configuration and the scenarios", _add_arguments, _execute)
