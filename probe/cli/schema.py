"""`paypath schema`: JSON Schema (draft 2020-12) of what is written for paypath, and of what it prints."""

import argparse
import json

from probe.cli.face import Face
from probe.cli.verb import Verb
from probe.report.status import HEALTHY


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("config", "scenario", "result"), help="which document")


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    face.out(json.dumps(_schema(arguments.what), indent=2))
    return HEALTHY


def _schema(what: str) -> dict[str, object]:
    if what == "result":
        from probe.report.schema import result_schema

        return result_schema()
    if what == "config":
        from probe.settings.schema import config_schema

        return config_schema()
    from probe.scenario.schema import scenario_schema

    return scenario_schema()


VERB = Verb("schema", "JSON Schema of the configuration, a scenario or a result", _add_arguments, _execute)
