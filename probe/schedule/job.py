"""What is to be run, how often, and where one job stands on its timetable."""

from dataclasses import dataclass

from probe.model.path import PaymentPath
from probe.model.scenario import Scenario

Key = tuple[str, str]
"""Scenario and path, by name: what makes a job the same one before and after a reload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scenario on one path, and how often."""

    scenario: Scenario
    path: PaymentPath
    every_s: float

    @property
    def key(self) -> Key:
        """What makes it the same job after a reload."""
        return self.scenario.name, self.path.name


@dataclass(slots=True, kw_only=True)
class Entry:
    """One job on the timetable."""

    job: Job
    due_s: float
    """When it is to begin next, on the monotonic clock."""
    begun_once: bool = False
    """Whether it ran, or was skipped, at least once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many runs may be under way at once."""

    runs: int = 256
    """Of the whole process: past that a machine only waits for itself, and its waits look like the path's."""
    runs_per_path: int = 8
    """Of one path: a dead one must not take the places of the others, nor be stormed."""
