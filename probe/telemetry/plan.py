"""What is planned for a scenario on a path: what alert rules hold the runs against."""

from dataclasses import dataclass

from probe.model.failure import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario on one path."""

    scenario: str
    path: str
    every_s: float
    """How often it is due."""
    slo: float
    """Share of its runs that must pass."""
    severity: Severity
    """The most that a failure of it may do."""
