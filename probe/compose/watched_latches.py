"""The latches of a process, telling whoever shows them what they say."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from probe.history.glance import Glance
from probe.history.latches import Latch
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.runner.latching import Beside, Latches
from probe.settings.load import Loaded


@dataclass(frozen=True, slots=True)
class WatchedLatches:
    """The latches, telling whoever shows them (`paypath_latched`) what they say at each run."""

    kept: Latches
    tell: Callable[[str, bool], None]
    tell_open: bool = True
    """Whether what it does not shut is open."""

    def latch(self, path: str) -> Latch | None:
        """See `probe.runner.latching.Latches`."""
        latch = self.kept.latch(path)
        if latch is not None or self.tell_open:
            self.tell(path, latch is not None)
        return latch

    def look(self, paths: Iterable[str]) -> None:
        """Tell of all of them."""
        with suppress(HistoryError):  # each run looks again, and says what it cannot read
            for path in paths:
                self.latch(path)

    def set_latch(self, latch: Latch) -> None:
        """See `probe.runner.latching.Latches`."""
        self.tell(latch.path, True)  # noqa: FBT003 - the state of a latch is a boolean; it holds in this process at least
        self.kept.set_latch(latch)


@dataclass(frozen=True, slots=True)
class WatchedBeside(WatchedLatches):
    """The same of what is left of them where there is no history: that it does not shut a path does not say that it is open."""

    kept: Beside
    tell_open: bool = False

    def opened(self, latch: Latch) -> bool:
        """See `probe.runner.latching.Beside`."""
        opened = self.kept.opened(latch)
        if opened:
            self.tell(latch.path, False)  # noqa: FBT003 - the state of a latch is a boolean
        return opened


def watched_latches(
    history: History | None, loaded: Loaded, tell: Callable[[str, bool], None]
) -> tuple[WatchedLatches | None, WatchedBeside | None]:
    """Those of the history, or what is left of them where there is none; of each path is told at once."""
    latches = None if history is None else WatchedLatches(history, tell)
    directory = loaded.state_directory
    beside = WatchedBeside(Glance(directory), tell) if latches is None and directory is not None else None
    for kept in (latches, beside):
        if kept is not None:
            kept.look(path.name for path in loaded.paths)
    return latches, beside
