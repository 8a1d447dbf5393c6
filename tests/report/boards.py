"""Boards to look at: health, the incident of the expired certificate, what comes after it, and many paths."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from probe.catalogue.catalogue import load
from probe.classify.expiry import Judged, judge_all
from probe.model.run import Run
from probe.model.watch import Held
from probe.report.board import Board
from probe.report.shown import Shown, look
from tests.report import runs as made
from tests.report.test_board import Stage
from tests.support.watched import watched

NAMES = ("mtls-handshake", "card-charge", "card-declined")
_APART_S = 20.0


@dataclass
class Here:
    """What there is to see; `probe.report.shown.Source`."""

    board: Board
    judged: Sequence[Judged] = ()
    place: tuple[str, str] = ("staging", "eu-west-1a")
    reload_problem: str | None = None

    def certificates(self) -> Sequence[Judged]:
        """As made."""
        return self.judged


class Desk:
    """Paths whose scenarios run when they are told to."""

    def __init__(self, *paths: str, scenarios: Sequence[str] = NAMES) -> None:
        """Nothing has run."""
        self.paths, self.scenarios = paths, scenarios
        self.stage = Stage(*((name, path) for path in paths for name in scenarios))

    def play(self, found: Run, *, times: int = 1, on: Iterable[str] | None = None) -> "Desk":
        """Each scenario of the paths, `times` times, a minute apart."""
        for _ in range(times):
            for path in on or self.paths:
                for name in self.scenarios:
                    self.stage.play(found, name, on=path)
                    self.stage.clock.advance(-60)
            self.stage.clock.advance(60)
        return self

    def look(self, *, certificates: bool = True, reload_problem: str | None = None) -> Shown:
        """As it stands a few seconds after the last run."""
        self.stage.clock.advance(_APART_S)
        now = self.stage.clock.now()
        facts = [(made.CLIENT, Held.IDENTITY), (replace(made.SERVER, not_after=now + timedelta(days=166)), Held.PEER)]
        entries = [watched(found, held, path=path, name=path) for path in self.paths for found, held in facts]
        here = Here(self.stage.board, judge_all(entries, load(), at=now) if certificates else ())
        here.reload_problem = reload_problem
        shown = look(here, at=now, version="0")
        self.stage.clock.advance(-_APART_S)
        return shown
