"""The text of `failures.toml` as entries; every type and every rule of the file is checked here, at load."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar, cast

from probe.catalogue.entry import CodeRow, Entry, anchor, matches
from probe.model.failure import Blame, Hop, Severity

_Wanted = TypeVar("_Wanted")
_Closed = TypeVar("_Closed", bound=StrEnum)
Table = Mapping[str, object]

_TOP: Final = {"version", "codes", "families", "reasons", "alerts"}
_CODE: Final = {"match", "code", "title"}
_FAMILY: Final = {"match", "hop", "runbook"}
_COMMON: Final = {"blame", "retryable", "severity", "first_steps"}
_REASON: Final = _COMMON | {"reason", "headline", "meaning"}
_ALERTS: Final = _COMMON | {"names"}
_ALERT: Final = {"number", "name", "means"}


class CatalogueError(Exception):
    """The data file breaks its own rules: our mistake, never the operator's."""


def parse(text: str) -> tuple[int, tuple[CodeRow, ...], tuple[Entry, ...]]:
    """Version, code table and entries; raises `CatalogueError` with the place and what is wrong there."""
    document = tomllib.loads(text)
    _exactly(document, _TOP, "the file")
    codes = tuple(_code_row(row) for row in _tables(document, "codes", "the file"))
    families = _tables(document, "families", "the file")
    for family in families:
        _exactly(family, _FAMILY, f"family {family.get('match')!r}")
    rows = [*_tables(document, "reasons", "the file"), *_alert_rows(_get(document, "alerts", dict, "the file"))]
    entries = tuple(_entry(row, codes, families) for row in rows)
    _no_twins(entry.reason for entry in entries)
    return _get(document, "version", int, "the file"), codes, entries


def longest(rows: Iterable[CodeRow], reason: str) -> CodeRow | None:
    """The row whose pattern is the longest of those that cover `reason`."""
    return max((row for row in rows if matches(row.match, reason)), key=lambda row: len(row.match), default=None)


def _code_row(row: Table) -> CodeRow:
    place = f"code row {row.get('match')!r}"
    _exactly(row, _CODE, place)
    return CodeRow(_get(row, "match", str, place), _get(row, "code", int, place), _get(row, "title", str, place))


def _entry(row: Table, codes: Iterable[CodeRow], families: Sequence[Table]) -> Entry:
    place = f"reason {row.get('reason')!r}"
    _exactly({key: value for key, value in row.items() if key != "alert"}, _REASON, place)
    reason = _text(row, "reason", place)
    code = longest(codes, reason)
    covering = [family for family in families if matches(str(family["match"]), reason)]
    if code is None or not covering:
        raise CatalogueError(f"{place}: no code row or no family covers it")
    family = max(covering, key=lambda table: len(str(table["match"])))
    return Entry(
        reason=reason,
        headline=_text(row, "headline", place),
        code=code.code,
        title=code.title,
        hop=_closed(family, "hop", Hop, place),
        blame=_closed(row, "blame", Blame, place),
        retryable=_get(row, "retryable", bool, place),
        severity=_closed(row, "severity", Severity, place),
        meaning=_text(row, "meaning", place),
        first_steps=_steps(row, place),
        runbook=f"{_text(family, 'runbook', place)}#{anchor(reason)}",
        alert=cast("int | None", row.get("alert")),
    )


def _alert_rows(alerts: Table) -> Iterable[Table]:
    """One ordinary row for each alert, from the template that they share."""
    _exactly(alerts, _ALERTS, "[alerts]")
    shared = {key: value for key, value in alerts.items() if key != "names"}
    for row in _tables(alerts, "names", "[alerts]"):
        place = f"alert {row.get('name')!r}"
        _exactly(row, _ALERT, place)
        name, number = _text(row, "name", place), _get(row, "number", int, place)
        yield {
            **shared,
            "reason": f"tls.alert.{name}",
            "headline": f"connector sent the TLS alert {name}",
            "meaning": f"The peer ended the connection with the fatal TLS alert {name} ({number}): "
            f"{_text(row, 'means', place)}.",
            "alert": number,
        }


def _steps(row: Table, place: str) -> tuple[str, ...]:
    steps = tuple(step for step in _get(row, "first_steps", list, place) if isinstance(step, str) and step)
    if not steps or len(steps) != len(_get(row, "first_steps", list, place)):
        raise CatalogueError(f"{place}: first_steps must be a list of at least one sentence")
    return steps


def _closed(row: Table, key: str, closed: type[_Closed], place: str) -> _Closed:
    value = _get(row, key, str, place)
    try:
        return closed(value)
    except ValueError as error:
        raise CatalogueError(f"{place}: {key} {value!r} is none of {[str(v) for v in closed]}") from error


def _text(row: Table, key: str, place: str) -> str:
    value = _get(row, key, str, place)
    if not value.strip():
        raise CatalogueError(f"{place}: {key} is empty")
    return value


def _get(row: Table, key: str, wanted: type[_Wanted], place: str) -> _Wanted:
    """The value, which must be exactly of that type (a bool is no int here)."""
    value = row.get(key)
    if type(value) is not wanted:
        raise CatalogueError(f"{place}: {key} must be {wanted.__name__}, not {value!r}")
    return value


def _tables(row: Table, key: str, place: str) -> list[Table]:
    tables = _get(row, key, list, place)
    if not all(isinstance(table, dict) for table in tables):
        raise CatalogueError(f"{place}: {key} must be a list of tables")
    return cast("list[Table]", tables)


def _exactly(row: Table, keys: set[str], place: str) -> None:
    if set(row) != keys:
        raise CatalogueError(f"{place}: missing {sorted(keys - set(row))}, unknown {sorted(set(row) - keys)}")


def _no_twins(reasons: Iterable[str]) -> None:
    seen: set[str] = set()
    for reason in reasons:
        if reason in seen:
            raise CatalogueError(f"reason {reason!r} stands there twice")
        seen.add(reason)
