"""DER just far enough to find a part of it without reading the rest (X.690)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

CONSTRUCTED: Final = 0x20
INTEGER: Final = 0x02
OCTETS: Final = 0x04
IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30

_LONG_FORM: Final = 0x80
_LONGEST_LENGTH: Final = 8


class Element(NamedTuple):
    """One element."""

    tag: int
    content: bytes
    whole: bytes
    """With its tag and length."""


def elements(der: bytes) -> Iterator[Element]:
    """The elements that stand one after the other in `der`; ends at what is no DER."""
    at = 0
    while at + 2 <= len(der):
        start, tag, length = at, der[at], der[at + 1]
        at += 2
        if length & _LONG_FORM:
            size = length & ~_LONG_FORM
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        yield Element(tag, der[at : at + length], der[start : at + length])
        at += length


def first(der: bytes) -> bytes:
    """The content of the first element; empty where there is none."""
    return next((element.content for element in elements(der)), b"")


def length_of(head: bytes) -> int | None:
    """How long a sequence that begins with these bytes is, tag and length included; None where no sequence begins."""
    if len(head) < 2 or head[0] != SEQUENCE:  # noqa: PLR2004 - tag and length
        return None
    if not head[1] & _LONG_FORM:
        return 2 + head[1]
    size = head[1] & ~_LONG_FORM
    if not 0 < size <= _LONGEST_LENGTH or len(head) < 2 + size:
        return None
    return 2 + size + int.from_bytes(head[2 : 2 + size], "big")
