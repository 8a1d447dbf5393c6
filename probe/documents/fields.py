"""The kinds of values that people write, with one clear refusal for each, and their JSON Schema.

A field is strict: text is never taken for a number nor a number for text, because what YAML guessed is seldom
what was meant (`1.10` is not 1.1).
"""

import math
import pathlib
import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from probe.documents.durations import HINT, PATTERN, parse_duration
from probe.documents.masking import quoted
from probe.documents.nearest import suggestion
from probe.documents.tree import Unsure

REFUSED: Final = "refused"
"""Error type of a refusal whose message and hint stand in its context."""

NAME_PATTERN: Final = r"[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?"
"""Names become metric labels and parts of variables' names: lower case, short."""

_WORDS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def refused(message: str, hint: str = "") -> PydanticCustomError:
    """What a validator raises: both texts reach the operator as they are, so no secret may be in them."""
    return PydanticCustomError(REFUSED, "{message}", {"message": message, "hint": hint})


def kind_of(value: object) -> str:
    """What a value is, in people's words and without showing it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "a map"


def text(value: object) -> str:
    """Text that is not empty."""
    if isinstance(value, Unsure):
        raise refused(f"{quoted(value)} is not text to every YAML reader", f'write "{value}" in quotes')
    if not isinstance(value, str):
        hint = "" if isinstance(value, list | dict) or value is None else "write it in quotes"
        raise refused(f"must be text, not {_shown(value)}", hint)
    if not value.strip() or any(not c.isprintable() for c in value):
        raise refused("must be text in one line, not empty", "write it, or leave the key out")
    return value


def flag(value: object) -> bool:
    """`true` or `false`; YAML 1.1's other words are refused with the one that is meant."""
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    hint = "without quotes" if word in ("true", "false") else f"write {_WORDS.get(word, 'true or false')}"
    raise refused(f"must be true or false, not {_shown(value)}", hint)


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number from `low` to `high`."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise refused(f"must be a whole number from {low} to {high}, not {_shown(value)}", _unquote(value))
        return value

    return check


def rate(high: float) -> Callable[[object], float]:
    """A number above 0, at most `high`."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= high:
            raise refused(f"must be a number above 0, at most {high:g}, not {_shown(value)}", _unquote(value))
        return float(value)

    return check


def duration(value: object) -> float:
    """A duration as text, in seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refused(f"must be a duration, not {_shown(value)}", HINT)
    if not isinstance(value, str):
        given = f"{value:g}" if math.isfinite(value) else "a number"
        raise refused(f"`{given}` has no unit", f"write `{given}s` for seconds, or `5m`, `1h30m`, `30d`")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise refused(f"{quoted(value)} is not a duration", str(error)) from error


def matching(pattern: str, what: str, hint: str) -> Callable[[object], str]:
    """Text of one shape; `what` names it and `hint` shows one."""

    def check(value: object) -> str:
        written = text(value)
        if re.fullmatch(pattern, written, re.ASCII) is None:
            raise refused(f"{quoted(written)} is not {what}", hint)
        return written

    return check


def one_of(*words: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Validator and schema of one word out of few, to be unpacked into an `Annotated`."""

    def check(value: object) -> str:
        given = str(value) if isinstance(value, float) else value
        if not isinstance(given, str) or given not in words:
            shown = quoted(given) if isinstance(given, str) else kind_of(given)
            near = suggestion(given if isinstance(given, str) else "", words, "one of")
            raise refused(f"{shown} is not known here", near)
        return given

    return BeforeValidator(check), WithJsonSchema({"enum": list(words)})


def file_path(value: object) -> pathlib.Path:
    """A path as written; who names it decides what it is relative to."""
    return pathlib.Path(text(value))


def request_path(value: object) -> str:
    """The path part of a request, with its query where it has one."""
    written = text(value)
    if not re.fullmatch(r"/[!-~]*", written) or "#" in written:
        raise refused(f"{quoted(written)} is not a path", "begin with `/`, without spaces, such as `/healthz`")
    return written


def shaped(pattern: str, what: str, hint: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Validator and schema of text of one shape, to be unpacked into an `Annotated`."""
    schema: dict[str, Any] = {"type": "string", "pattern": pattern if pattern.startswith("^") else f"^(?:{pattern})$"}
    return BeforeValidator(matching(pattern, what, hint)), WithJsonSchema(schema)


def number_schema(kind: str, low: float, high: float, *, above: bool = False) -> WithJsonSchema:
    """Schema of a number in a range; `above` leaves `low` itself out."""
    return WithJsonSchema({"type": kind, "exclusiveMinimum" if above else "minimum": low, "maximum": high})


Name = Annotated[str, *shaped(NAME_PATTERN, "a name", "use lower-case letters, digits, `-`, `_` and `.`")]
RequestPath = Annotated[str, BeforeValidator(request_path), WithJsonSchema({"type": "string", "pattern": "^/"})]
Text = Annotated[str, BeforeValidator(text), WithJsonSchema({"type": "string", "minLength": 1})]
Flag = Annotated[bool, BeforeValidator(flag), WithJsonSchema({"type": "boolean"})]
Duration = Annotated[
    float,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["30s", "5m", "1h30m", "30d"]}),
]
FilePath = Annotated[pathlib.Path, BeforeValidator(file_path), WithJsonSchema({"type": "string", "minLength": 1})]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return quoted(str(value).lower())
    return kind_of(value) if value is None or isinstance(value, list | dict) else f"{kind_of(value)} ({quoted(value)})"


def _unquote(value: object) -> str:
    return "without quotes" if isinstance(value, str) and not isinstance(value, Unsure) and value.isdigit() else ""
