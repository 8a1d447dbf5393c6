"""The rows of the live table, in as many columns as the terminal has room for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table
from rich.text import Text

from probe.model.failure import Phase
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.run import Run
from probe.report.facts import failure_of, observations, phases, told_by
from probe.report.paint import ASK_MARK, BAD_MARK, NOT_MARK, OK_MARK
from probe.report.words import headline, took

_SHOWN: Final = (Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT, Phase.WAIT)
_ROOMY: Final = 155
"""Columns of a terminal on which every phase has room beside the reason, which matters more."""
_SHORTEST_REASON: Final = 20
STYLES: Final = {
    Passed: ("green", OK_MARK),
    Failed: ("bold red", BAD_MARK),
    Unknown: ("yellow", ASK_MARK),
    Skipped: ("dim", NOT_MARK),
}
"""Kind of outcome -> style and mark."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one scenario on one path."""

    scenario: str
    path: str
    last: Run | None = None
    running: bool = False
    finished: int = 0
    passed: int = 0
    not_begun: str = ""
    """Why the last due run was not begun; empty once one was."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, and how wide a terminal must be for it."""

    heading: str
    cell: Callable[[Row], Text]
    right: bool = False
    at_least: int = 0
    below: int = 10_000
    gives_way: bool = False
    """Cut off where the others leave no room for it."""


def table_of(rows: Iterable[Row], width: int) -> Table:
    """One line for each row at any width; what fails comes first."""
    shown = [column for column in _COLUMNS if column.at_least <= width < column.below]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in shown:
        table.add_column(
            column.heading,
            justify="right" if column.right else "left",
            no_wrap=not column.gives_way,
            min_width=_SHORTEST_REASON if column.gives_way else None,
        )
    for row in sorted(rows, key=urgency):
        table.add_row(*(column.cell(row) for column in shown))
    return table


def urgency(row: Row) -> tuple[int, str, str]:
    """Sorts what fails before what is unknown, and that before the rest."""
    order = {Failed: 0, Unknown: 1}
    return (order.get(type(row.last.outcome), 2) if row.last else 2, row.path, row.scenario)


def _style(row: Row) -> str:
    return STYLES[type(row.last.outcome)][0] if row.last else "dim"


def _mark(row: Row) -> Text:
    mark = STYLES[type(row.last.outcome)][1] if row.last else "…" if row.running else NOT_MARK
    return Text(mark, style=_style(row))


def _of_run(cell: Callable[[Run], str]) -> Callable[[Row], Text]:
    """A cell that is empty before the first run."""
    return lambda row: Text(cell(row.last) if row.last else "")


def _by_phase(run: Run) -> str:
    """Milliseconds by phase; sending and receiving take none worth a column."""
    spent = phases(told_by(run).first_hop)
    shown = [f"{phase.value} {spent[phase] * 1000:.1f}" for phase in _SHOWN if phase in spent]
    return " · ".join(shown) + " ms" if shown else ""


def _in_total(run: Run) -> str:
    """All phases together."""
    spent = phases(told_by(run).first_hop)
    return took(sum(spent.values())) if spent else ""


def _second_hop(run: Run) -> str:
    """What the connector and Stripe took to answer: the waits of the Stripe calls, together."""
    waits = [phases(o).get(Phase.WAIT, 0.0) for o in observations(run) if isinstance(o, StripeObservation) and o.http]
    return took(sum(waits)) if waits else ""


def _reason(row: Row) -> Text:
    text = _said(row, row.last) if row.last else Text(row.not_begun or "not yet run", style="dim")
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _said(row: Row, run: Run) -> Text:
    failure = failure_of(run.outcome)
    if failure:
        return Text(f"{failure.code} {headline(failure)}", style=_style(row))
    if row.not_begun:
        return Text(f"last one not begun: {row.not_begun}", style="dim")
    if run.warnings:
        return Text("; ".join(dict.fromkeys(headline(warning) for warning in run.warnings)), style="yellow")
    return Text("")


_COLUMNS: Final[Sequence[_Column]] = (
    _Column("", _mark),
    _Column("scenario", lambda row: Text(row.scenario)),
    _Column("path", lambda row: Text(row.path)),
    _Column("passed", lambda row: Text(f"{row.passed}/{row.finished}"), right=True, at_least=70),
    _Column("took", _of_run(lambda run: took(run.duration_s)), right=True),
    _Column("probe → connector", _of_run(_by_phase), at_least=_ROOMY),
    _Column("to connector", _of_run(_in_total), right=True, at_least=90, below=_ROOMY),
    _Column("connector → Stripe", _of_run(_second_hop), right=True, at_least=120),
    _Column("reason", _reason, gives_way=True),
)
