"""`paypath unlock`: open a path that an answer from live mode has latched shut."""

import argparse

from probe.cli.face import Face
from probe.cli.verb import Verb
from probe.report.status import COULD_NOT_TELL, HEALTHY


def _reason(text: str) -> str:
    """A reason that says something, for argparse."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say why the path is safe again; it is kept for the post-mortem")
    return text.strip()


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="the path's name in the configuration, such as billing")
    parser.add_argument("--reason", required=True, type=_reason, metavar="TEXT", help="why it is safe again; kept")


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.compose.unlocking import unlock
    from probe.history.trouble import HistoryError

    try:
        cleared = unlock(config=face.config, environ=face.environ, path=arguments.path, reason=arguments.reason)
    except HistoryError as error:
        face.complain(f"paypath: {arguments.path} was not unlocked: {error}")
        return COULD_NOT_TELL
    face.out(f"{arguments.path}: {'unlocked' if cleared else 'was not latched'}")
    return HEALTHY


VERB = Verb("unlock", "open a path again that a live-mode answer latched shut", _add_arguments, _execute)
