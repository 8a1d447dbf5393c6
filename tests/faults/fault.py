"""What a fault of the surroundings is: how it is brought about, what is promised while it lasts, and how it shows."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults.prober import Prober
from tests.faults.stand import Stand, standing
from tests.support.metrics_page import Page

Injection = Callable[[Stand, Prober], AbstractContextManager[None]]
"""The fault is there for as long as the block lasts."""


@dataclass(frozen=True, slots=True)
class Series:
    """A metric, of which all series with these labels are summed."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    shown: str | None = None
    """For people, where the labels are those of the stand."""

    def __str__(self) -> str:
        """As PromQL has it."""
        if self.shown is not None:
            return self.shown
        labels = ",".join(f'{key}="{value}"' for key, value in self.labels.items())
        return f"{self.name}{{{labels}}}" if labels else self.name

    def read(self, page: Page) -> float:
        """Now; 0 where there is none."""
        return sum(sample.value for sample in page.samples(self.name, **self.labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How the prober is started; faults of one setting are played on the same process, one after the other."""

    name: str
    needs: tuple[str, ...] = ()
    """Names in `tests.faults.means.MEANS`."""
    lab: Callable[[Path], AbstractContextManager[Stand]] = standing
    """The stand, given a directory of its own."""
    around: Callable[[Stand], AbstractContextManager[None]] = lambda _stand: nullcontext()
    """What has to be there before the prober starts, and until it has ended."""
    begin_with: Callable[[Stand], tuple[str, ...]] = lambda _stand: ()
    """Words in front of its command."""
    env: Callable[[Stand], Mapping[str, str]] = lambda _stand: {}
    changes: Callable[[Stand], Mapping[str, Any]] = lambda _stand: {}
    """Of its configuration."""


PLAIN: Final = Setting(name="plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table."""

    name: str
    what: str
    """For people: what is wrong."""
    injected: str
    """How it is brought about, for people."""
    first: str
    """What to do first."""
    setting: Setting = PLAIN
    needs: tuple[str, ...] = ()
    """Names in `tests.faults.means.MEANS`, beyond those of the setting."""
    says: str | None = None
    """Matches what the log, or the summary of a run, says while it lasts. None: nothing is wrong for the probe."""
    says_after: str | None = None
    """Matches what the log says once it is over."""
    never_says: str | None = None
    """Matches what the log must not say."""
    warns: str | None = None
    """A reason that runs warn of while it lasts."""
    shows: Series | None = None
    """Rises while it lasts."""
    inject: Injection = lambda _stand, _prober: nullcontext()
    at_start: Callable[[Stand], AbstractContextManager[None]] | None = None
    """In place of `inject`, for what is there before the process is."""
    stops: frozenset[str] = frozenset()
    """Scenarios that are skipped while it lasts."""
    blind: bool = False
    """Nothing can be probed while it lasts: the runs are unknown, none has failed, and a broken path is named once it is over."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """Paths that this very fault breaks, and what their reasons begin with."""
    loses: frozenset[str] = frozenset()
    """What may be missing afterwards: `history`, `traces`. Pages are never among it."""
    quick: bool = True
    """Whether `make test` plays it; `make soak` plays all."""
