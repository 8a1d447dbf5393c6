"""The grammar of the command line. Common options are understood before and after the verb."""

import argparse
import pathlib
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NoReturn

from probe import __version__
from probe.cli.face import FORMATS
from probe.cli.verb import Verb
from probe.documents.durations import parse_duration
from probe.documents.nearest import nearest

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_CHOICE: Final = "invalid choice"
_QUOTED: Final = re.compile(r"'([^']+)'")


class UsageError(Exception):
    """The command line cannot be understood."""

    def __init__(self, message: str, *, usage: str) -> None:
        """`usage` is argparse's one-line summary of the verb."""
        super().__init__(message)
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """Raises instead of exiting, and names what was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with a suggestion for the word that argparse quotes where it is one of a choice: what else is wrong says how it is meant."""
        quoted = _QUOTED.search(message) if _CHOICE in message else None
        raise UsageError(message + (_meant(quoted.group(1), _words(self)) if quoted else ""), usage=self.format_usage())

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Write help or version; unlike argparse, whatever keeps it from being written is raised."""
        if message:
            (file or sys.stderr).write(message)

    def understand(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse, and refuse what is left over with a suggestion from the verb's own options. Raises UsageError."""
        found, rest = self.parse_known_args(words)
        if rest:
            verb = _verbs(self).get(getattr(found, "verb", None) or "", self)
            word = rest[0].split("=")[0]
            raise UsageError(
                f"unrecognized argument '{word}'" + _meant(word, _options(verb)), usage=verb.format_usage()
            )
        return found


def build_parser(verbs: Sequence[Verb]) -> Parser:
    """The parser of all verbs."""
    top = Parser(
        prog="paypath",
        description="Knows at every moment whether money can flow, and if not, exactly why.",
        epilog="exit status: 0 healthy, 1 the path failed, 2 the set-up is wrong, 3 could not tell",
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    top.add_argument("--version", action="version", version=f"paypath {__version__}")
    _add_common(top, FORMATS)
    choices = top.add_subparsers(dest="verb", metavar="COMMAND", title="commands", parser_class=Parser)
    for verb in verbs:
        below = choices.add_parser(
            verb.name,
            help=verb.summary,
            description=verb.summary,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
        )
        verb.add_arguments(below)
        _add_common(below, verb.formats)
    return top


def _add_common(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """SUPPRESS leaves an option that is not given out of the namespace: the verb's default must not win over the value
    that was given before the verb."""  # noqa: D205, D209 - one thought
    group = parser.add_argument_group("common options")
    group.add_argument(
        "--config",
        metavar="FILE",
        type=file,
        help="configuration (default: paypath.yaml, then the environment)",
    )
    group.add_argument("--format", choices=formats, help=f"how results are printed (default: {formats[0]})")
    group.add_argument("--quiet", "-q", action="store_true", help="no remarks: results, and on stderr what is wrong")
    group.add_argument("--no-color", action="store_true", help="no colour (NO_COLOR is honoured too)")
    group.add_argument("--debug", action="store_true", help="show where an internal error came from")


def duration(text: str) -> float:
    """Seconds of `30s`, `5m`, …, for argparse's `type`."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a duration: {error}") from error


def written(text: str) -> str:
    """What is not empty, for argparse's `type`: a shell's variable that is not set must not stand for the default."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; write it, or leave the option out")
    return text


def file(text: str) -> pathlib.Path:
    """The name of a file or directory, for argparse's `type`."""
    return pathlib.Path(written(text))


def _meant(word: str, known: Sequence[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean `{near}`?" if near is not None and near != word else ""


def _words(parser: argparse.ArgumentParser) -> list[str]:
    return [*_options(parser), *_verbs(parser), *_choices(parser)]


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 - argparse has no public list


def _choices(parser: argparse.ArgumentParser) -> list[str]:
    return [str(choice) for action in parser._actions for choice in action.choices or ()]  # noqa: SLF001 - likewise


def _verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 - likewise
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            return dict(action.choices)
    return {}
