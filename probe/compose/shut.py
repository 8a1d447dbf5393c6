"""Which paths are shut, for who sends something on a configured path by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from probe.catalogue.catalogue import Catalogue
from probe.history.glance import Glance
from probe.history.latches import Latch
from probe.model.clock import Clock
from probe.runner.latching import Latching


class InPassing:
    """Of what is typed as `HOST:PORT`: no path has this name, so what answers in live mode ends the run, and there is nothing to write down."""

    def __init__(self) -> None:
        """Nothing is shut."""
        self._shut: dict[str, Latch] = {}

    def latch(self, path: str) -> Latch | None:
        """See `probe.runner.latching.Latches`."""
        return self._shut.get(path)

    def set_latch(self, latch: Latch) -> None:
        """See `probe.runner.latching.Latches`."""
        self._shut.setdefault(latch.path, latch)


@contextmanager
def looking_at_latches(directory: Path | None, *, clock: Clock, catalogue: Catalogue) -> Iterator[Latching]:
    """The latches of a state directory, for as long as the block lasts."""
    latches = None if directory is None else Glance(directory)
    latching = Latching(latches, clock=clock, catalogue=catalogue)
    try:
        yield latching
    finally:
        latching.finish()
