"""One fault, played: the path breaks and is mended before, while and after the surroundings are at fault, and everything is accounted for."""

import itertools
import re
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from tests.faults.fault import Fault
from tests.faults.prober import Prober, Told
from tests.faults.stand import PATH, Stand

BREAKS: Final = ("connector-down", "tcp.refused")
"""What breaks the path, and the reason that it must give."""
_ENOUGH: Final = {"mtls-handshake": 3, "card-charge": 1}
"""Runs of each scenario that are waited for at a time."""
_PAGE: Final = re.compile(rf"page: (resolved: )?connector refuses connections · \d+ · {PATH} \(")
_UNTOLD: Final = 5
"""Runs that are waited for where none can tell."""
_LOOKING_S: Final = 30.0
"""How long what is on its way may take to arrive."""


@dataclass(slots=True, kw_only=True)
class Happened:
    """What a play came to."""

    fault: str
    runs: int = 0
    """That ended while the fault lasted."""
    lasted_s: float = 0.0
    longest_gap_s: float = 0.0
    """Between the ends of two runs, while it lasted."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Of the runs that ended while it lasted."""
    named: int = 0
    """Runs that failed while it lasted, with the true reason."""
    wrong: list[str] = field(default_factory=list)
    """False verdicts."""
    said: str = ""
    """What the log said."""
    lost: dict[str, int] = field(default_factory=dict)
    """What was reported and is not there afterwards: runs in the history, traces at the collector, pages."""


class Play:
    """One fault on a prober that runs. Raises AssertionError where something that was promised does not come."""

    def __init__(self, fault: Fault, stand: Stand, prober: Prober) -> None:
        """Nothing is at fault yet."""
        self._fault, self._stand, self._prober = fault, stand, prober
        self._log, self._sent = len(prober.log()), len(stand.pages())
        self._began_s = self._injected_s = time.monotonic()
        self._happened = Happened(fault=fault.name)

    def play(self) -> Happened:
        """Play it: an outage before that ends meanwhile, another that begins meanwhile and ends after it."""
        self._passing()
        shown = self._shown()
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(self._stand.breaking(*BREAKS))
            self._failing()
            self._told_of(1)
            log = len(self._prober.log())
            with self._fault.inject(self._stand, self._prober):
                injected_s = self._injected_s = time.monotonic()
                self._meanwhile(first, second)
                self._says(self._fault.says, log)
                self._warns()
                if not self._fault.blind:
                    self._rises(shown)
                healed_s = time.monotonic()
            self._rises(shown)
            self._says(self._fault.says_after, log)
            self._failing()
        self._passing()
        self._told_of(2 if self._fault.blind else 4)
        self._settle(injected_s, healed_s)
        return self._happened

    def play_from_start(self, fault: ExitStack) -> Happened:
        """The same where the fault, which `fault` ends, was there before the process: one outage, in which the fault ends."""
        injected_s, self._log = self._injected_s, 0
        self._says(self._fault.says, 0)
        self._passing(without=self._fault.stops)
        with self._stand.breaking(*BREAKS):
            self._failing(without=self._fault.stops)
            self._told_of(1)
            self._rises(0.0)
            fault.close()
            healed_s = time.monotonic()
            self._says(self._fault.says_after, 0)
            self._failing()
        self._passing()
        self._told_of(2)
        self._settle(injected_s, healed_s)
        return self._happened

    def _meanwhile(self, first: ExitStack, second: ExitStack) -> None:
        if self._fault.blind:
            since_s = time.monotonic()
            self._prober.until(lambda: self._untold(since_s) >= _UNTOLD, f"{_UNTOLD} runs that cannot tell")
            return
        self._failing()
        first.close()
        self._passing()
        self._told_of(2)
        second.enter_context(self._stand.breaking(*BREAKS))
        self._failing()
        self._told_of(3)

    def _untold(self, since_s: float) -> int:
        return sum(run.outcome == "unknown" for run in self._prober.runs(since_s))

    def _passing(self, without: frozenset[str] = frozenset()) -> None:
        self._each("passed", None, without)

    def _failing(self, without: frozenset[str] = frozenset()) -> None:
        self._each("failed", BREAKS[1], without)

    def _each(self, outcome: str, reason: str | None, without: frozenset[str]) -> None:
        """Until each scenario has come out so, in runs that begin from now on."""
        since_s = time.monotonic()

        def enough() -> bool:
            found = Counter(
                run.scenario
                for run in self._prober.runs(since_s)
                if run.path == PATH and run.began_s >= since_s and (run.outcome, run.reason) == (outcome, reason)
            )
            return all(found[name] >= count for name, count in _ENOUGH.items() if name not in without)

        self._prober.until(enough, f"every scenario {outcome} ({reason})")

    def _told_of(self, count: int) -> None:
        """The pager has decided so often since the beginning."""
        self._prober.until(lambda: len(self._decided()) >= count, f"{count} pages")

    def _decided(self) -> list[str]:
        return self.decided_in(self._prober.log()[self._log :])

    @staticmethod
    def decided_in(log: str) -> list[str]:
        """Beginnings and ends of the outage, as a log tells of them."""
        return ["resolve" if found[1] else "trigger" for found in _PAGE.finditer(log)]

    def _shown(self) -> float:
        return 0.0 if self._fault.shows is None else self._fault.shows.read(self._prober.metrics())

    def _rises(self, shown: float) -> None:
        if self._fault.shows is not None:
            self._prober.until(lambda: self._shown() > shown, f"{self._fault.shows} rises above {shown}")

    def _says(self, pattern: str | None, log: int) -> None:
        if pattern is None:
            return
        wanted, since_s = re.compile(pattern), self._injected_s

        def said() -> list[str]:
            lines = [*self._prober.log()[log:].splitlines(), *(run.summary for run in self._prober.runs(since_s))]
            return [line for line in lines if wanted.search(line)]

        self._prober.until(lambda: bool(said()), f"somebody is told {pattern!r}")
        self._happened.said = self._happened.said or said()[0].removeprefix("paypath: ")

    def _warns(self) -> None:
        warning, since_s = self._fault.warns, self._injected_s
        if warning is not None:
            self._prober.until(lambda: any(warning in run.warnings for run in self._prober.runs(since_s)), warning)
            self._happened.said = f"warning `{warning}`"

    def _settle(self, injected_s: float, healed_s: float) -> None:
        """What has come of it."""
        happened, runs = self._happened, self._prober.runs(self._began_s)
        never = self._fault.never_says
        assert never is None or not re.search(never, self._prober.log()[self._log :]), self._prober.log()
        meanwhile = [run for run in runs if injected_s <= run.at_s <= healed_s]
        happened.runs, happened.lasted_s = len(meanwhile), healed_s - injected_s
        happened.outcomes = dict(Counter(run.outcome for run in meanwhile))
        happened.named = sum(run.outcome == "failed" and run.reason == BREAKS[1] for run in meanwhile)
        happened.wrong = [str(run) for run in runs if not self._true(run)]
        ends = [injected_s, *(run.at_s for run in meanwhile), healed_s]
        happened.longest_gap_s = max(b - a for a, b in itertools.pairwise(ends))
        happened.lost = self._lost({run.run_id for run in runs})

    def _lost(self, reported: set[str]) -> dict[str, int]:
        decided = self._decided()
        found = {
            "history": lambda: len(reported - self._stand.recorded()),
            "traces": lambda: len(reported - self._stand.traces()),
            "pages": lambda: len(decided) - len(self._arrived()),
        }
        for name, missing in found.items():
            if name not in self._fault.loses:
                self._prober.until(lambda: missing() == 0, f"no {name} missing", _LOOKING_S)  # noqa: B023 - at once
        assert self._arrived() == decided, "pages as they were decided, each once"
        return {name: missing() for name, missing in found.items()}

    def _arrived(self) -> list[str]:
        return [page["action"] for page in self._stand.pages()[self._sent :]]

    def _true(self, run: Told) -> bool:
        """Whether the outcome is what the path was; a path that the fault itself breaks fails for that."""
        breaks = self._fault.fails.get(run.path)
        if breaks is not None and run.outcome == "failed" and (run.reason or "").startswith(breaks):
            return True
        return self._stand.was_true(run)
