"""Which moments lie in a maintenance window."""

import time as time_of_c
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from probe.model.paging import MaintenanceWindow
from probe.verdict.maintenance import in_maintenance

SUNDAY = datetime(2026, 1, 18, tzinfo=UTC)
ONCE = MaintenanceWindow(begins=SUNDAY, ends=SUNDAY + timedelta(hours=2))
LATE = MaintenanceWindow(days=(6,), at=time(23, 30), lasts_s=3600.0)
WHOLE_WEEK = MaintenanceWindow(days=(0,), at=time(0, 0), lasts_s=7 * 86400.0)


@pytest.mark.parametrize(
    ("window", "at", "inside"),
    [
        (ONCE, SUNDAY - timedelta(microseconds=1), False),
        (ONCE, SUNDAY, True),
        (ONCE, SUNDAY + timedelta(hours=2), False),
        (LATE, SUNDAY + timedelta(hours=23, minutes=29), False),
        (LATE, SUNDAY + timedelta(hours=23, minutes=30), True),
        (LATE, SUNDAY + timedelta(hours=24, minutes=29), True),
        (LATE, SUNDAY + timedelta(hours=24, minutes=30), False),
        (LATE, SUNDAY + timedelta(minutes=10), False),
        (WHOLE_WEEK, SUNDAY, True),
        (MaintenanceWindow(), SUNDAY, False),
    ],
)
def test_a_moment(window: MaintenanceWindow, at: datetime, inside: bool) -> None:  # noqa: FBT001 - a row of the table
    """Once and weekly, also over midnight; the beginning is inside, the end is not."""
    assert in_maintenance([window], "billing", at) is inside


def test_a_window_may_be_for_some_paths() -> None:
    """The others are paged for."""
    window = MaintenanceWindow(begins=SUNDAY, ends=SUNDAY + timedelta(hours=1), paths=("billing",))
    assert in_maintenance([window], "billing", SUNDAY)
    assert not in_maintenance([window], "other", SUNDAY)
    assert not in_maintenance([], "billing", SUNDAY)


def test_a_weekly_window_is_in_utc_wherever_this_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """And in whichever zone the moment is told."""
    monkeypatch.setenv("TZ", "XXX+12")
    time_of_c.tzset()
    early = MaintenanceWindow(days=(6,), at=time(0, 5), lasts_s=3600.0)
    try:
        for zone in (UTC, timezone(timedelta(hours=-7))):
            at = (SUNDAY + timedelta(minutes=10)).astimezone(zone)
            assert in_maintenance([early], "billing", at)
            assert not in_maintenance([early], "billing", at + timedelta(hours=12))
    finally:
        monkeypatch.undo()
        time_of_c.tzset()
