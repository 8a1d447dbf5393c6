"""`paypath rotate --plan`: the exact commands of a rotation. paypath never rotates by itself."""

import argparse

from probe.cli.face import Face
from probe.cli.parser import written
from probe.cli.troubles import set_up_wrong
from probe.cli.verb import Verb
from probe.report.status import COULD_NOT_TELL, HEALTHY


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plan", action="store_true", default=False, help="print the commands; nothing is done by paypath itself"
    )
    parser.add_argument(
        "--identity",
        type=written,
        metavar="NAME",
        default=None,
        help="one of `identities` (default: the only one there is)",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    if not arguments.plan:
        told = "paypath: paypath never rotates by itself; `paypath rotate --plan` prints the commands to type"
        return set_up_wrong([told], face)
    from probe.compose.rotation import plan_rotation
    from probe.report.json import dump
    from probe.report.rotation_plan import plan_to_dict, render_plan

    made = plan_rotation(config=face.config, environ=face.environ, identity=arguments.identity)
    if face.format == "json":
        face.out(dump(plan_to_dict(made)))
    else:
        face.out(render_plan(made, color=face.color, width=face.width))
    if made.occasion.trouble is None:
        return HEALTHY
    face.say("paypath: the current certificate cannot be read, and the plan has gaps")
    return COULD_NOT_TELL


VERB = Verb("rotate", "the exact commands of a certificate rotation", _add_arguments, _execute, ("text", "json"))
