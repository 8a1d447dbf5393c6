"""Which paths are shut, for who sends something on a configured path by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from probe.catalogue.catalogue import Catalogue
from probe.history.glance import Glance
from probe.model.clock import Clock
from probe.runner.latching import Latching


@contextmanager
def looking_at_latches(directory: Path | None, *, clock: Clock, catalogue: Catalogue) -> Iterator[Latching]:
    """The latches of a state directory, for as long as the block lasts."""
    latches = None if directory is None else Glance(directory)
    latching = Latching(latches, clock=clock, catalogue=catalogue)
    try:
        yield latching
    finally:
        latching.finish()
