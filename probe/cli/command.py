"""One command: from the words on the command line to an exit status."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from probe.cli import (
    certs,
    check,
    diagnose,
    drill,
    explain,
    export,
    forecast,
    lab,
    preflight,
    report,
    rotate,
    run,
    schema,
    sweep,
    unlock,
    validate,
)
from probe.cli.face import Face, UnwritableError, face_of, forget, open_streams, tolerant
from probe.cli.live_keys import live_keys
from probe.cli.parser import UsageError, build_parser
from probe.cli.remarks import remarking
from probe.cli.streams import leaving_streams
from probe.cli.troubles import internal_error, set_up_errors, set_up_wrong, usage_wrong
from probe.cli.verb import Verb
from probe.documents.mistakes import in_order
from probe.report.status import COULD_NOT_TELL, SETUP_WRONG
from probe.settings.span_limits import limit_mistakes
from probe.settings.surroundings import learn_passwords, live_key_mistakes

VERBS: Final[tuple[Verb, ...]] = (
    check.VERB,
    run.VERB,
    diagnose.VERB,
    certs.VERB,
    forecast.VERB,
    preflight.VERB,
    validate.VERB,
    explain.VERB,
    export.VERB,
    rotate.VERB,
    report.VERB,
    drill.VERB,
    lab.VERB,
    schema.VERB,
    sweep.VERB,
    unlock.VERB,
)


def command(words: Sequence[str], surroundings: Mapping[str, str]) -> int:
    """Run it; the exit status as in the contract. Nothing but a bug of Python itself is raised."""
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        tolerant(stream)
    with leaving_streams():
        return _command(words, surroundings)


def _command(words: Sequence[str], surroundings: Mapping[str, str]) -> int:
    parser = build_parser(VERBS)
    try:
        arguments = parser.understand(words)
    except UsageError as error:
        return usage_wrong(error, Face(environ=surroundings, format="nagios" if _wants_nagios(words) else "text"))
    except SystemExit as ended:  # --help and --version
        return _written(int(ended.code or 0), Face(environ=surroundings))
    except OSError as error:  # likewise, where nothing is buffered
        return _unwritten(error, Face(environ=surroundings))
    face = face_of(arguments, surroundings)
    if not hasattr(arguments, "verb") or arguments.verb is None:
        face.complain(parser.format_help().rstrip())
        return SETUP_WRONG
    verb = next(verb for verb in VERBS if verb.name == arguments.verb)
    try:
        status = _execute(verb, arguments, face)
    except (BrokenPipeError, UnwritableError) as error:
        return _unwritten(error, face)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # `run` has gone on without its reader, as it must; ValueError: the stream was closed
        forget(sys.stdout)
    return status


def _written(status: int, face: Face) -> int:
    """The status once all of stdout is out; otherwise that it is not."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return _unwritten(error, face)
    return status


def _unwritten(error: OSError, face: Face) -> int:
    """What was asked for cannot be read by anybody: said, except to a reader who has gone."""
    forget(sys.stdout)
    if not isinstance(error, BrokenPipeError):
        face.complain(f"paypath: the result cannot be written to stdout: {(error.strerror or 'it is closed').lower()}")
    return COULD_NOT_TELL


def _execute(verb: Verb, arguments: argparse.Namespace, face: Face) -> int:
    """The verb's status; what it raises becomes a message and a status."""
    if face.format not in verb.formats:
        known = ", ".join(verb.formats)
        return set_up_wrong([f"paypath: {verb.name} has no --format {face.format}; it has {known}"], face)
    learn_passwords(face.environ)
    if refused := _refused(verb, arguments, face):
        return set_up_wrong(refused, face)
    try:
        with remarking(face):
            return verb.execute(arguments, face)
    except (BrokenPipeError, UnwritableError):
        raise
    except KeyboardInterrupt:  # before or after the verb's own watch over signals
        face.complain("paypath: interrupted")
        return COULD_NOT_TELL
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug of ours must not look like an outage
        wrong = set_up_errors(error)
        if wrong:
            return set_up_wrong([mistake for one in wrong for mistake in one.mistakes], face)
        return internal_error(error, face)


def _refused(verb: Verb, arguments: argparse.Namespace, face: Face) -> Sequence[object]:
    """What is said of live-mode keys on the command line and in the environment, and of what the SDK could not be imported with.

    `validate` sends nothing, and tells what is in the environment with all else that is wrong.
    """
    keys = live_key_mistakes(face.environ) if verb is not validate.VERB else ()
    limits = limit_mistakes(face.environ) if verb.records else ()
    return [*live_keys(arguments), *in_order([*keys, *limits])]


def _wants_nagios(words: Sequence[str]) -> bool:
    """Whether a line that cannot be parsed asked for the plugin's format."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(pair == ("--format", "nagios") or pair[0] == "--format=nagios" for pair in pairs)
