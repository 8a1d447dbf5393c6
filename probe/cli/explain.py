"""`paypath explain`: the catalogue's entry for a code or a reason, and its runbook."""

import argparse
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.verb import Verb
from probe.report.status import HEALTHY, SETUP_WRONG

if TYPE_CHECKING:
    from probe.catalogue.catalogue import Catalogue


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        default=None,
        metavar="CODE_OR_REASON",
        help="a code (5023), a reason (tls.client_cert.expired) or its beginning (tls.client); without it: everything",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.documents.nearest import nearest
    from probe.report.entries import entry_to_dict, render_entry, render_list
    from probe.report.json import dump

    catalogue = _catalogue(face)
    found = catalogue.entries if arguments.what is None else catalogue.find(arguments.what)
    if not found:
        known = [*(entry.reason for entry in catalogue.entries), *{str(entry.code) for entry in catalogue.entries}]
        near = nearest(arguments.what, known)
        hint = f"did you mean `{near}`?" if near else "`paypath explain` alone lists them all"
        face.complain(f"paypath: no code or reason `{arguments.what}` is known; {hint}")
        return SETUP_WRONG
    if face.format == "json":
        for entry in found:
            face.out(dump(entry_to_dict(entry)))
    elif len(found) == 1:
        face.out(render_entry(found[0], color=face.color, width=face.width))
    else:
        face.out(render_list(found, color=face.color))
        face.say("\n`paypath explain REASON` says what it means and what to do first")
    return HEALTHY


def _catalogue(face: Face) -> "Catalogue":
    """With the numbers of the configuration, where one is named: only then are the settings worth their import."""
    if face.config is not None:
        from probe.compose.codes import configured_catalogue

        return configured_catalogue(face.config, face.environ)
    from probe.catalogue.catalogue import load

    return load()


VERB = Verb("explain", "what a code or reason means, and what to do first", _add_arguments, _execute, ("text", "json"))
