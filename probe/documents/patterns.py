"""Regular expressions that people write, run in time that grows with the text alone (docs/decisions/0013-patterns.md).

RE2 syntax: what Python's `re` has, without look-around and back-references.
"""

import functools
from typing import Any, Final

_LONGEST: Final = 1000
"""Characters of an expression."""


class PatternError(ValueError):
    """No regular expression; the message says why, and shows where."""


def check_pattern(pattern: str) -> None:
    """Raises PatternError where it cannot be used."""
    _compiled(pattern)


def is_found(pattern: str, text: str) -> bool:
    """Whether the expression matches anywhere in the text. Raises PatternError."""
    return _compiled(pattern).search(_writable(text)) is not None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - the package has no types
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - the package has no types; few scenarios need it

    if len(pattern) > _LONGEST:
        raise PatternError(f"is longer than {_LONGEST} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_writable(pattern), options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise PatternError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None


def _writable(text: str) -> str:
    """RE2 reads UTF-8, and a peer's JSON may name half of a character."""
    return text.encode("utf-8", "replace").decode("utf-8")
