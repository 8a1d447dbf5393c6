"""Proof of test mode: `livemode: true` anywhere is fatal, and an answer that could say which mode it is must say test."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.checks.livemode_types import load

_LISTS: Final = frozenset({"list", "search_result"})
"""Containers without a mode of their own; what they hold is looked at instead."""

_SAYS_LIVE: Final = re.compile(r'"livemode"\s*:\s*true')
"""In JSON that was cut off."""
_SAYS_LIVE_OTHERWISE: Final = re.compile(r"""(?i)livemode\\*["']?\s*[:=>]+\s*\\*["']?(?:true|1)(?![0-9a-z.])""")
"""In a header, a form, XML, or what another language prints."""


class Mode(StrEnum):
    """What an answer says about the mode it comes from."""

    TEST = "test"
    """It says `livemode: false`, or is of a type that says nothing and belongs to what was proven before."""
    LIVE = "live"
    UNPROVEN = "unproven"
    """It should say and does not."""


@dataclass(frozen=True, slots=True)
class LiveMode:
    """The verdict on one answer, and where in it the verdict comes from."""

    mode: Mode
    place: str = ""
    """Dotted path of the field, or of the object that lacks it; empty for the answer itself."""


def find_live(response: Mapping[str, object]) -> LiveMode:
    """What `response`, an object of Stripe's as plain values, says about its mode."""
    for place, name, value in _walk(response):
        if name.lower() == "livemode" and _means_live(value):
            return LiveMode(Mode.LIVE, place)
    return _proof(response)


def says_live(text: str) -> bool:
    """Whether a text, such as the body of an error, says `livemode: true`; what stands within a text of JSON does not count.

    Every member of JSON is looked at, also where a name is there twice, of which a reader keeps but one.
    """
    if "livemode" not in text.lower() and "\\u" not in text:
        return False
    said: list[bool] = []

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        said.extend(_means_live(value) for name, value in pairs if name.lower() == "livemode")
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        form = _SAYS_LIVE if text.lstrip()[:1] in {"{", "["} else _SAYS_LIVE_OTHERWISE
        return form.search(text) is not None
    return any(said)


def _means_live(value: object) -> bool:
    """Stripe says true; whoever stands between us may write it in his own way."""
    return value in (True, "true", "True", "TRUE", "1", "yes")


def _walk(value: object) -> Iterator[tuple[str, str, object]]:
    """Every member of every mapping within `value`: its place, its name, itself. A stack, so that no depth is too deep."""
    stack: list[tuple[str, object]] = [("", value)]
    while stack:
        place, each = stack.pop()
        if isinstance(each, Mapping):
            for name, member in each.items():
                yield _join(place, str(name)), str(name), member
                stack.append((_join(place, str(name)), member))
        elif isinstance(each, list | tuple):
            stack.extend((_join(place, str(index)), member) for index, member in enumerate(each))


def _proof(response: Mapping[str, object]) -> LiveMode:
    """Whether the answer itself, and each member of a list, says test mode or is of a type that says nothing."""
    stack: list[tuple[str, object]] = [("", response)]
    while stack:
        place, each = stack.pop()
        if isinstance(each, Mapping) and "livemode" not in each and _kind(each) in _LISTS:
            held = each.get("data")
            if not isinstance(held, list | tuple):
                return LiveMode(Mode.UNPROVEN, place)
            stack.extend((_join(place, f"data.{index}"), member) for index, member in enumerate(held))
        elif not isinstance(each, Mapping) or not _proven(each):
            return LiveMode(Mode.UNPROVEN, place)
    return LiveMode(Mode.TEST)


def _proven(each: Mapping[str, object]) -> bool:
    """Whether one object says test mode, or is of a type that says nothing."""
    if "livemode" in each:
        return each["livemode"] is False
    types = load()
    kind = _kind(each)
    return kind in types.always or (each.get("deleted") is True and kind in types.deleted)


def _kind(each: Mapping[str, object]) -> str:
    """The type that an object of Stripe's says; empty where it says none."""
    kind = each.get("object")
    return kind if isinstance(kind, str) else ""


def _join(place: str, name: str) -> str:
    """A place below another."""
    return f"{place}.{name}" if place else name
