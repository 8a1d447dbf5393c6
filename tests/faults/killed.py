"""SIGKILL at moments by chance, and a start after each: what had been told of before is compared with what is there afterwards."""

import itertools
import random
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from probe.history.latches import Latch
from probe.history.store import FILE_NAME, History
from probe.model.clock import SystemClock
from tests.faults.play import BREAKS, Play
from tests.faults.prober import Prober
from tests.faults.stand import SCENARIOS, Stand

_HANDSHAKES: Final = next(iter(SCENARIOS))
_LONGEST_S: Final = 1.5
"""After the process says that it is up; some four handshakes and a charge."""
LATCHED: Final = "another-path"


@dataclass(slots=True)
class Killed:
    """What some kills came to."""

    kills: int = 0
    runs: int = 0
    """That were told of."""
    pages: int = 0
    """That were decided, as the log told."""
    twice: int = 0
    """That came a second time: the process died between the receiver's answer and writing it down."""
    wrong: list[str] = field(default_factory=list)
    """False verdicts, and what was told of and is not there."""


def killed(stand: Stand, kills: int, chance: random.Random, until_s: float = float("inf")) -> Killed:
    """Kill so many probers, one after the other, on a path that is broken every other time; none begins after `until_s`."""
    found, told, decided = Killed(), set[str](), list[str]()
    _latch(stand)
    while found.kills < kills and time.monotonic() < until_s:
        if found.kills % 2:
            with stand.breaking(*BREAKS):
                _one(stand, chance, found, told, decided)
        else:
            _one(stand, chance, found, told, decided)
    _last(stand, found, told, decided)
    return found


def _one(stand: Stand, chance: random.Random, found: Killed, told: set[str], decided: list[str]) -> None:
    prober = stand.prober()
    time.sleep(chance.random() * _LONGEST_S)
    prober.end(signal.SIGKILL)
    found.kills += 1
    _learn(stand, prober, found, told, decided)


def _learn(stand: Stand, prober: Prober, found: Killed, told: set[str], decided: list[str]) -> None:
    runs = prober.runs()
    found.runs += len(runs)
    found.wrong += [f"false: {run}" for run in runs if not stand.was_true(run)]
    told.update(run.run_id for run in runs)
    decided.extend(Play.decided_in(prober.log()))
    missing = told - stand.recorded()
    found.wrong += [f"{len(missing)} runs are told of and not recorded"] if missing else []
    with closing(sqlite3.connect(f"file:{stand.state / FILE_NAME}?mode=ro", uri=True)) as history:
        found.wrong += (
            [] if history.execute("PRAGMA integrity_check").fetchall() == [("ok",)] else ["the file is damaged"]
        )
        found.wrong += (
            [] if history.execute("SELECT path FROM latch").fetchall() == [(LATCHED,)] else ["the latch is gone"]
        )


def _last(stand: Stand, found: Killed, told: set[str], decided: list[str]) -> None:
    """One that lives: every page arrives, and failures in a row go on from those before it."""
    with stand.breaking(*BREAKS):
        prober = stand.prober()
        prober.until(lambda: len(prober.runs()) > len(SCENARIOS), "runs")
        prober.end(signal.SIGKILL)
        _learn(stand, prober, found, told, decided)
        failed = sum(run.scenario == _HANDSHAKES and run.outcome == "failed" for run in prober.runs())
        prober = stand.prober()
        prober.until(lambda: bool([r for r in prober.runs() if r.scenario == _HANDSHAKES]), "a handshake")
        in_a_row = prober.metrics().value("paypath_consecutive_failures", scenario=_HANDSHAKES) or 0
        found.wrong += [f"{in_a_row:g} failures in a row, after {failed} before the kill"] if in_a_row <= failed else []
    arrived = lambda: [page["action"] for page in stand.pages()]  # noqa: E731 - read again and again
    prober.until(lambda: arrived()[-1:] == ["resolve"], "the end of the last outage", 30.0)
    prober.end()
    _learn(stand, prober, found, told, decided)
    found.pages, actions = len(decided), arrived()
    found.twice = sum(a == b for a, b in itertools.pairwise(actions))
    once = [action for place, action in enumerate(actions) if actions[place - 1 : place] != [action]]
    found.wrong += [] if once == ["trigger", "resolve"] * (len(once) // 2) else [f"pages {actions}"]
    found.wrong += [f"{len(decided)} pages were decided, {len(once)} came"] if len(once) < len(decided) else []


def _latch(stand: Stand) -> None:
    """Of a path that is not probed: nothing looks at it, and nothing may lose it."""
    stand.clear_state()
    history = History.open(stand.state)
    history.set_latch(Latch(path=LATCHED, run_id="a" * 32, set_at=SystemClock().now(), because="livemode: true"))
    history.close()
