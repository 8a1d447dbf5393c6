"""Durations as people write them: `30s`, `5m`, `1h30m`, `30d`, `500ms`."""

import re
from typing import Final

PATTERN: Final = r"^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?([0-9]{1,8}ms)?$"
"""Days, hours, minutes, seconds, milliseconds, each at most once and in this order."""

HINT: Final = "write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`"

_UNITS: Final = (86400.0, 3600.0, 60.0, 1.0, 0.001)
_NAMES: Final = ("d", "h", "m", "s")


def parse_duration(text: str) -> float:
    """Seconds. Raises ValueError for anything but the pattern, and for nothing at all (`0s`)."""
    matched = re.match(PATTERN, text, re.ASCII)
    if matched is None or text != matched.group():
        raise ValueError(HINT)
    seconds = sum(int(re.sub(r"\D", "", part)) * unit for part, unit in zip(matched.groups("0"), _UNITS, strict=True))
    if seconds <= 0:
        raise ValueError("a duration must be longer than nothing")
    return seconds


def duration_text(seconds: float) -> str:
    """The shortest way to write it: `5m`, `1h30m`, `250ms`."""
    milliseconds = round(seconds * 1000)
    parts = []
    for unit, name in zip(_UNITS, _NAMES, strict=False):
        count, milliseconds = divmod(milliseconds, round(unit * 1000))
        parts.append(f"{count}{name}" if count else "")
    return "".join(parts) + (f"{milliseconds}ms" if milliseconds else "") or "0s"
