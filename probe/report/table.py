"""What `paypath run` shows on a terminal: a live table of the scenarios, redrawn as runs finish."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from probe.model.outcome import Passed
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.report.columns import STYLES, Row, table_of, urgency
from probe.report.facts import failure_of
from probe.report.words import headline, printable

SEPARATOR: Final = " · "
"""Between the parts of the footer."""
_REDRAWS_PER_SECOND: Final = 4


class LiveTable:
    """An observer that draws the table; use it as a context manager around the runs.

    rich draws from a thread of its own, so a terminal that stands still (Ctrl-S) does not hold up a probe:
    the observer only replaces rows.
    """

    def __init__(self, console: Console, *, expected: Iterable[tuple[str, str]] = ()) -> None:
        """Draw on `console`; `expected` are the (scenario, path) pairs to show before their first run."""
        self._rows = {pair: Row(*pair) for pair in expected}
        self._lock = threading.Lock()
        self._footer = ""
        self._live = Live(
            console=console,
            get_renderable=self.renderable,
            refresh_per_second=_REDRAWS_PER_SECOND,
            vertical_overflow="ellipsis",
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw a last time and leave the table on the screen."""
        self._live.stop()

    def announce(self, footer: str, expected: Iterable[tuple[str, str]] = ()) -> None:
        """Say something below the table, and show rows for what will run."""
        with self._lock:
            self._footer = footer
            for pair in expected:
                self._rows.setdefault(pair, Row(*pair))

    def run_started(self, event: RunStarted) -> None:
        """Mark the row as running."""
        self._change(event.scenario, event.path, running=True)

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the row changes when the run has finished."""

    def run_finished(self, run: Run) -> None:
        """Show the run in its row."""
        row = self._row(run.scenario, run.path)
        passed = row.passed + isinstance(run.outcome, Passed)
        self._change(
            run.scenario, run.path, last=run, running=False, finished=row.finished + 1, passed=passed, not_begun=""
        )

    def run_skipped(self, event: RunSkipped) -> None:
        """Say why it was not begun."""
        self._change(event.scenario, event.path, not_begun=event.cause)

    def _row(self, scenario: str, path: str) -> Row:
        return self._rows.get((scenario, path)) or Row(scenario, path)

    def _change(self, scenario: str, path: str, **changes: object) -> None:
        with self._lock:
            self._rows[scenario, path] = replace(self._row(scenario, path), **changes)  # type: ignore[arg-type]  # named by the callers above

    def renderable(self) -> RenderableType:
        """The table as it stands: what fails comes first."""
        with self._lock:
            return _Drawing(tuple(self._rows.values()), self._footer)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One state of the table, drawn as wide as the terminal is at that moment.

    A terminal that is too low loses the end, so the footer stands before the causes.
    """

    rows: tuple[Row, ...]
    footer: str

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """See rich's console protocol."""
        yield table_of(self.rows, options.max_width)
        if self.footer:
            yield Text("\n".join(_lines(self.footer, options.max_width)), style="dim")
        yield from _causes(self.rows)


def _lines(footer: str, width: int) -> list[str]:
    """The parts of the footer, as many on a line as fit."""
    lines: list[str] = []
    for part in footer.split(SEPARATOR):
        if lines and len(lines[-1]) + len(SEPARATOR) + len(part) <= width:
            lines[-1] += f"{SEPARATOR}{part}"
        else:
            lines.append(part)
    return lines


def _causes(rows: Iterable[Row]) -> list[RenderableType]:
    """What fails now in a sentence, each cause once however many scenarios it breaks."""
    causes: dict[tuple[str, str], Group] = {}
    for row in sorted(rows, key=urgency):
        failure = failure_of(row.last.outcome) if row.last else None
        if row.last is not None and failure is not None:
            style = STYLES[type(row.last.outcome)][0]
            told = Text(
                f"{failure.code} {headline(failure)} · {failure.reason} ({failure.confidence.value})", style=style
            )
            sentence = Padding(Text(printable(failure.summary)), (0, 0, 0, 2))
            causes.setdefault((row.path, headline(failure)), Group(told, sentence))
    return [Text(""), *causes.values()] if causes else []
