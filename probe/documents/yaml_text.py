"""YAML text to nodes: no tags, no depth without end, and one mistake with a way out for every syntax error."""

import re
from typing import Final

import yaml

from probe.documents.mistakes import Mistake, Place, SetupError

MAX_CHARACTERS: Final = 1_000_000
MAX_DEPTH: Final = 40

_HINTS: Final = (
    ("cannot start any token", "put the text in quotes"),
    (
        "mapping values are not allowed here",
        "indent this line like its neighbours, or put text that contains `: ` in quotes",
    ),
    ("unexpected end of stream", "close the quote"),
    ("but found '?'", "indent this line like its neighbours"),
    ("but found '<block mapping start>'", "indent this line like its neighbours"),
    ("but found '-'", "indent this line like its neighbours"),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    ("flow", "close the bracket or brace, and put commas between"),
    ("undefined alias", "define it with `&` before it is used, or put text that begins with `*` in quotes"),
    ("another document", "keep one document in a file: remove what follows `---`"),
    ("escape character", "use single quotes, where a backslash is only a backslash"),
    ("tag", "put text that begins with `!` in quotes"),
)


class _PlainLoader(
    yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, yaml.resolver.BaseResolver
):
    """Composes nodes and guesses no types: `yaml.SafeLoader` would already have read YAML 1.1's `no` as false."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        """One node and what is below it, at most `MAX_DEPTH` levels."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "too many levels", self.get_mark())
        node = super().compose_node(parent, index)  # type: ignore[arg-type]  # the stubs know dict keys only
        self._depth -= 1
        return node


def compose(text: str, file: str) -> yaml.Node | None:
    """The root node; None for an empty text. Raises SetupError with the first syntax error."""
    if len(text) > MAX_CHARACTERS:
        raise SetupError([Mistake(file, 1, 1, "", "more than a million characters", "split it")])
    loader: _PlainLoader | None = None
    try:
        loader = _PlainLoader(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        raise SetupError([_forbidden_character(error, text, file)]) from None
    except yaml.MarkedYAMLError as error:
        raise SetupError([_syntax_error(error, text, file)]) from None  # PyYAML quotes the line, secrets and all
    except (ValueError, OverflowError) as error:  # PyYAML converts numbers of escapes and directives unchecked
        mark = loader.get_mark() if loader else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SetupError([Mistake(file, line, column, "", "a number too large for YAML", "shorten it")]) from error


def _forbidden_character(error: yaml.reader.ReaderError, text: str, file: str) -> Mistake:
    before = text[: error.position].split("\n")
    place = Place(file, len(before), len(before[-1]) + 1)
    return Mistake.at(place, "", f"YAML does not allow the character U+{ord(text[error.position]):04X}", "remove it")


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> Mistake:
    mark = error.problem_mark or error.context_mark
    if (
        "end of stream" in (error.problem or "") and error.context_mark
    ):  # what is not closed helps more than the end of the file
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if "\t" in written[:column] and not written[:column].strip():
        return Mistake(file, line, written.index("\t") + 1, "", "YAML does not allow a tab here", "indent with spaces")
    told = f"{error.context or ''} {error.problem}"
    hint = next((hint for part, hint in _HINTS if part in told), "compare it with the example in the documentation")
    return Mistake(file, line, column, "", f"not valid YAML: {_without_words(error.problem or 'no reason')}", hint)


def _without_words(problem: str) -> str:
    """PyYAML's text without the operator's own words, which could be a password that begins with `*` or `!`."""
    shown = problem.partition(";")[0]
    if any(word in shown for word in ("alias", "anchor", "tag")):
        return shown.partition(" '")[0].partition(' "')[0]
    return re.sub(r" ?(['\"])[\w-]{3,}\1", "", shown)
