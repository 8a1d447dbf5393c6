"""What happened on a path, told afterwards: the runs, pages and rotations of an incident as a timeline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from probe.model.certificate import Certificate
from probe.model.paging import PageAction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One finished run as remembered."""

    run_id: str
    scenario: str
    path: str
    started_at: datetime
    duration_s: float
    outcome: str
    code: int | None
    reason: str | None
    confidence: str | None
    summary: str | None
    certificate: Certificate | None = None
    """What the failure is about, where it is about one."""

    @property
    def ended_at(self) -> datetime:
        """When its outcome was known."""
        return self.started_at + timedelta(seconds=self.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPage:
    """One page as remembered."""

    decided_at: datetime
    """When the run that it is about had ended."""
    at: datetime
    """When the first sink had taken it; when it was decided, where none has yet."""
    delivered: bool
    path: str
    action: PageAction
    title: str
    code: int
    reason: str
    sinks: tuple[str, ...]
    """Those that have taken it."""


class EventKind(StrEnum):
    """What a line of the timeline is. The value is printed; never rename one."""

    FIRST_FAILURE = "first_failure"
    NAMED = "named"
    """The first run that gave the cause as it is known in the end."""
    PAGE = "page"
    ROTATION = "rotation"
    FIRST_SUCCESS = "first_success"
    RECOVERED = "recovered"
    """Everything that had failed passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One line of the timeline."""

    at: datetime
    event: EventKind
    code: int | None = None
    reason: str | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """A time in which runs on one path failed, or could not tell."""

    path: str
    outcome: str
    """`failed` or `unknown`."""
    began_at: datetime | None
    """When it broke: exactly, or not later than the first failure and not earlier than this. None: nothing is known of before."""
    began_exactly: bool
    detected_at: datetime
    """End of the first run that failed."""
    named_at: datetime
    paged_at: datetime | None
    """When the first sink had taken the page."""
    first_success_at: datetime | None
    recovered_at: datetime | None
    """None: it lasts."""
    code: int
    reason: str
    """The cause as it is known in the end."""
    confidence: str
    summary: str
    certificate: Certificate | None
    scenarios: tuple[str, ...]
    runs_failed: int
    runs_unknown: int
    timeline: tuple[TimelineEvent, ...]

    @property
    def seconds_to_detect(self) -> float | None:
        """From when it broke until a run had failed; at most this, where it is not known exactly when it broke."""
        return self._since(self.detected_at)

    @property
    def seconds_to_name(self) -> float | None:
        """Until the cause was given."""
        return self._since(self.named_at)

    @property
    def seconds_to_page(self) -> float | None:
        """Until somebody had the page."""
        return self._since(self.paged_at)

    @property
    def seconds_to_recover(self) -> float | None:
        """Until everything passed again."""
        return self._since(self.recovered_at)

    def _since(self, at: datetime | None) -> float | None:
        return None if at is None or self.began_at is None else (at - self.began_at).total_seconds()
