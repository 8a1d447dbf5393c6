"""What is planned for a scenario on a path: what alert rules hold the runs against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario on one path."""

    scenario: str
    path: str
    every_s: float
    """How often it is due."""
