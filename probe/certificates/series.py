"""One metric of a Prometheus page: all its series, with their labels and values."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_NAME: Final = r"[A-Za-z_:][A-Za-z0-9_:]*"
_PAIR: Final = r'[A-Za-z_][A-Za-z0-9_]*+[ \t]*+=[ \t]*+"(?:[^"\\]|\\.)*+"'
_PAIRS: Final = rf"\{{[ \t]*+((?:{_PAIR}[ \t]*+(?:,[ \t]*+)?)*+)\}}"
_SELECTOR: Final = re.compile(rf"[ \t]*({_NAME})[ \t]*+(?:{_PAIRS})?[ \t]*")
_SERIES: Final = re.compile(rf"({_NAME})[ \t]*+(?:{_PAIRS})?[ \t]*+([-+.0-9A-Za-z]{{1,40}}+)(?=[ \t\r]|$)")
_LABEL: Final = re.compile(r'(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]*+)[ \t]*+=[ \t]*+"((?:[^"\\]|\\.)*+)"')
_ESCAPES: Final = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class SelectorError(ValueError):
    """What should select a metric is no name, nor a name with labels."""


def select(page: str, selector: str) -> Iterator[tuple[Mapping[str, str], float]]:
    """Labels and value of every series that `selector` names: `name`, or `name{label="value"}` with equalities alone.

    Raises SelectorError. Lines that are no series are passed over, and so is a value that is no number.
    """
    wanted = _SELECTOR.fullmatch(selector)
    if wanted is None:
        raise SelectorError(f'`{selector}` is neither a metric\'s name nor `name{{label="value"}}`')
    name, labels = wanted[1], _labels(wanted[2])
    for line in page.split("\n"):
        if not line.startswith(name):
            continue
        found = _SERIES.match(line)
        if found is None or found[1] != name or not labels.items() <= (mine := _labels(found[2])).items():
            continue
        try:
            yield mine, float(found[3])
        except ValueError:
            continue


def _labels(text: str | None) -> dict[str, str]:
    return {
        name: re.sub(r"\\[\\\"n]", lambda escape: _ESCAPES[escape[0]], value)
        for name, value in _LABEL.findall(text or "")
    }
