"""What is printed when a command cannot do its work, and the status that it gives then."""

import traceback
from collections.abc import Iterator, Sequence

from probe.cli.face import Face
from probe.cli.parser import UsageError
from probe.documents.masking import masked
from probe.documents.mistakes import SetupError
from probe.model.lack import RAISE, lacking
from probe.redact.leaving import leaving
from probe.report import nagios
from probe.report.status import COULD_NOT_TELL, SETUP_WRONG


def usage_wrong(error: UsageError, face: Face) -> int:
    """The command line itself is wrong."""
    if face.format == "nagios":
        return _nagios([str(error)], face)
    face.complain(f"{error.usage.strip()}\npaypath: {error}")
    return SETUP_WRONG


def set_up_wrong(mistakes: Sequence[object], face: Face) -> int:
    """Every mistake on a line of its own."""
    if face.format == "nagios":
        return _nagios([str(mistake) for mistake in mistakes], face)
    for mistake in mistakes:
        face.complain(str(mistake))
    return SETUP_WRONG


def internal_error(error: BaseException, face: Face) -> int:
    """One line about what the process had not left, or about a bug of ours; the traceback only when asked for, and redacted."""
    innermost = next(leaves(error), error)
    lack = lacking(error)
    if lack is None:
        what = leaving(f"internal error: {type(innermost).__name__}: {innermost}".replace("\n", " "))
        then = "please report it (--debug shows where it came from)"
    else:
        what, then = f"there is no {lack} left", RAISE[lack]
    if face.format == "nagios":
        face.out(nagios.line(nagios.UNKNOWN, what))
    face.complain(f"paypath: {what}; {then}")
    if face.debug:
        face.complain("".join(traceback.format_exception(error)))
    return COULD_NOT_TELL


def set_up_errors(error: BaseException) -> tuple[SetupError, ...]:
    """The set-up errors of an exception or of a group of nothing else; empty where there is anything besides."""
    found = list(leaves(error))
    wanted = tuple(one for one in found if isinstance(one, SetupError))
    return wanted if len(wanted) == len(found) else ()


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group, at any depth; an exception that is none, itself."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


def _nagios(mistakes: Sequence[str], face: Face) -> int:
    face.out(nagios.set_up_wrong([masked(mistake) for mistake in mistakes]))
    return nagios.UNKNOWN
