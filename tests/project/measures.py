"""How documents write figures, and what files that are no modules, and alert rules, say of them."""

import re
from datetime import timedelta
from fractions import Fraction
from typing import Final

from probe.catalogue.catalogue import load
from probe.documents.durations import parse_duration
from probe.monitoring.burn import Speed
from probe.monitoring.rule import Alert, Record
from probe.monitoring.rules import groups
from probe.monitoring.scope import ProbedPath, RealTraffic, Scope
from tests.project.locks import ROOT

_SPELT: Final = {
    Fraction(1, 10): "a tenth", Fraction(9, 10): "nine tenths", Fraction(1, 3): "a third", Fraction(1, 2): "half",
    1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 15: "fifteen",
    50: "fifty", 60: "sixty", 100: "a hundred", 300: "three hundred", 1000: "thousand", 100_000: "a hundred thousand",
}  # fmt: skip
_LASTING: Final = {
    60: "a minute", 300: "five minutes", 600: "ten minutes", 900: "a quarter of an hour", 1800: "half an hour", 3600: "an hour",
    2 * 86400: "two days", 7 * 86400: "a week",
}  # fmt: skip
_EVERY: Final = {1: "once a second", 60: "once a minute", 300: "once in five minutes", 3600: "every hour"}


def spelt(number: float) -> str:
    """As the documents spell it; parts as tenths, thirds and halves."""
    return _SPELT[Fraction(number).limit_denominator(10)]


def lasting(time: timedelta | float | str | None) -> str:
    """A length of time in words; as seconds, or as in `15m`."""
    return _LASTING[_seconds(time)]


def every(seconds: float) -> str:
    """How often."""
    return _EVERY[round(seconds)]


def minutes(time: timedelta | float | str | None) -> int:
    """A length of time in whole minutes."""
    return _seconds(time) // 60


def _seconds(time: timedelta | float | str | None) -> int:
    match time:
        case timedelta():
            return round(time.total_seconds())
        case str():
            return round(parse_duration(time))
        case None:
            raise ValueError("it takes no time")
        case _:
            return round(time)


def found(file: str, pattern: str) -> str:
    """What a file that is no module says."""
    match = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise ValueError(f"{file} has no {pattern}")
    return match[1]


def windows(speed: Speed) -> tuple[str, str]:
    """As in `over 1 h and 5 min`."""
    long, short = (re.sub(r"m$", "min", re.sub(r"(\d+)", r"\1 ", window)) for window in (speed.long, speed.short))
    return long, short


_SCOPE: Final = Scope(
    environment="prod",
    paths=(ProbedPath(name="billing", scenarios=("card-charge",), real_traffic=RealTraffic(success_ratio="x", red_below=0.9)),),
)  # fmt: skip
ALERTS: Final = {
    rule.alert: rule for group in groups(load(), _SCOPE) for rule in group.rules if isinstance(rule, Alert)
}
RECORDS: Final = {
    rule.record: rule.expr for group in groups(load(), _SCOPE) for rule in group.rules if isinstance(rule, Record)
}


def asks(alert: str, pattern: str) -> str:
    """What the expression of an alert holds."""
    (first, *_) = re.findall(pattern, ALERTS[alert].expr)
    return str(first)
