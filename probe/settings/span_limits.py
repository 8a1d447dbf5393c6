"""The `OTEL_…_LIMIT` variables: OpenTelemetry's SDK reads them when it is imported, and a wrong one fails the import."""

import sys
from collections.abc import Iterator, Mapping
from typing import Final

from probe.documents.mistakes import Mistake, Place

_NAMES: Final = (
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
)


_LARGEST: Final = sys.maxsize
TOO_LARGE: Final = "the number is larger than OpenTelemetry's SDK can count"
AT_MOST: Final = f"write at most {_LARGEST}"


def countable(digits: str) -> bool:
    """Whether the SDK can count so far. Python itself reads no number of more than 4,300 digits."""
    return len(digits) <= len(str(_LARGEST)) and int(digits) <= _LARGEST


def limit_mistakes(environ: Mapping[str, str]) -> Iterator[Mistake]:
    """One for each that is no number. 0 is one, and an empty variable is no limit."""
    for name in _NAMES:
        text = environ.get(name, "").strip()
        if text and not (text.isascii() and text.isdecimal()):
            message = f"`{text}` is not a number of attributes, events or characters"
            yield Mistake.at(Place(name), name, message, "write digits only")
        elif text and not countable(text):
            yield Mistake.at(Place(name), name, TOO_LARGE, AT_MOST)
