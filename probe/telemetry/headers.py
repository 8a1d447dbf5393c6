"""The headers of exports, out of a variable. The SDK skips one that it cannot read, and logs it whole, with what is secret in it."""

import logging
import re
from collections.abc import Mapping
from typing import Final

from opentelemetry.util.re import parse_env_headers

logging.getLogger("opentelemetry.util.re").disabled = True  # it has nothing else to say, and reads the variable too

HOW_TO_WRITE: Final = (
    'write `NAME=VALUE`, with a `,` before the next one; in a value `%2C` for `,`, `%3B` for `;`, `%22` for `"`'
)
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token (RFC 9110 5.6.2)."""


class UnreadableError(ValueError):
    """A header that nobody could send; which one it is, and nothing of what it holds."""


def read_headers(text: str) -> Mapping[str, str]:
    """By lower-case names, as the SDK reads them. Raises UnreadableError."""
    parts = [part for part in text.split(",") if part.strip()]
    read: dict[str, str] = {}
    for number, part in enumerate(parts, 1):
        headers = parse_env_headers(part, liberal=True)
        if not headers or not all(map(_can_be_sent, headers, headers.values())):
            which = "it" if len(parts) == 1 else f"number {number} of its {len(parts)} parts"
            raise UnreadableError(f"{which} is not a header; its value is not shown")
        read |= headers
    return read


def _can_be_sent(name: str, value: str) -> bool:
    try:
        value.encode("latin-1")  # as it is sent
    except UnicodeEncodeError:
        return False
    return _NAME.fullmatch(name) is not None and (not value or value.isprintable())
