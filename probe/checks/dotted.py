"""Places in an answer by dotted path: `latest_charge.id`, `data.0.amount`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_INDEX: Final = re.compile(r"[0-9]{1,18}")
"""Python itself refuses to read 4301 digits."""


class Missing:
    """Nothing is at that place; null is something."""

    def __repr__(self) -> str:
        """As people read it in a summary."""
        return "missing"


MISSING: Final = Missing()


def find(value: object, place: str) -> object:
    """What is at `place` in `value`; `MISSING` where there is no such key or index."""
    for step in place.split("."):
        if isinstance(value, Mapping):
            value = value.get(step, MISSING)
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes) and _INDEX.fullmatch(step):
            value = value[int(step)] if int(step) < len(value) else MISSING
        else:
            return MISSING
    return value


def lookup(value: object, place: str) -> object | None:
    """What is at `place` in `value`; None where nothing is."""
    found = find(value, place)
    return None if found is MISSING else found
