"""Whether a moment lies in a maintenance window."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.model.paging import MaintenanceWindow

_A_DAY: Final = timedelta(days=1)


def in_maintenance(windows: Iterable[MaintenanceWindow], path: str, at: datetime) -> bool:
    """Whether any window that is for `path` covers `at`; its beginning belongs to it, its end does not."""
    return any((not window.paths or path in window.paths) and _covers(window, at) for window in windows)


def _covers(window: MaintenanceWindow, at: datetime) -> bool:
    if window.begins is not None and window.ends is not None:
        return window.begins <= at < window.ends
    return _covers_weekly(window, at.astimezone(UTC))


def _covers_weekly(window: MaintenanceWindow, at: datetime) -> bool:
    """A window may reach over midnight, so that days before today count too."""
    if window.at is None:
        return False
    lasts = timedelta(seconds=window.lasts_s)
    for back in range(lasts // _A_DAY + 2):
        day = at.date() - back * _A_DAY
        begins = datetime.combine(day, window.at, tzinfo=UTC)
        if day.weekday() in window.days and begins <= at < begins + lasts:
            return True
    return False
