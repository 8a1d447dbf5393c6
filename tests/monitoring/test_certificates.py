"""Alerts on certificates: each rung by itself, what nobody renews, and the path as a whole."""

import pathlib

import pytest

from probe.monitoring.certificates import ATTENTION, ENDS, EXPIRING
from tests.monitoring.timelines import Expected, Timeline, series

pytestmark = pytest.mark.server("promtool")
CERTIFICATE = {"environment": "prod", "path": "billing", "role": "client", "name": "billing"}
EXPIRES = {"code": "5030", "reason": "certificate.expiring"}


def rung(values: list[float | None], threshold: str, severity: str, location: str = "a") -> dict[str, str]:
    """The certificate stands inside this rung."""
    name = "paypath_certificate_threshold"
    return series(name, values, **CERTIFICATE, location=location, threshold=threshold, severity=severity)


def test_a_rung_fires_once_it_has_lasted_with_its_name_as_a_label(tmp_path: pathlib.Path) -> None:
    """A quarter of an hour, once for all locations; 48h is an alert of its own, which no silence on another one covers."""
    labels = {**CERTIFICATE, **EXPIRES}
    Timeline(
        more=[
            rung([1] * 61, "30d", "ticket"),
            rung([1] * 61, "30d", "ticket", location="b"),
            rung([None] * 30 + [1] * 31, "48h", "page"),
        ]
    ).check(
        tmp_path,
        Expected(14, EXPIRING),
        Expected(16, EXPIRING, ({**labels, "threshold": "30d", "severity": "ticket"},)),
        Expected(
            50,
            EXPIRING,
            (
                {**labels, "threshold": "30d", "severity": "ticket"},
                {**labels, "threshold": "48h", "severity": "page"},
            ),
        ),
    )


def test_a_renewal_that_takes_ten_minutes_wakes_nobody(tmp_path: pathlib.Path) -> None:
    """It has stood inside the rung for a while, and is gone."""
    Timeline(more=[rung([1.0] * 10 + [None] * 20, "30d", "ticket")]).check(
        tmp_path, Expected(9, EXPIRING), Expected(20, EXPIRING)
    )


def test_what_nobody_renews_is_a_ticket(tmp_path: pathlib.Path) -> None:
    """A rung is told by its own alert alone; half of a rotation that goes well is over in ten minutes."""
    name = "paypath_certificate_attention"
    unmanaged = {"reason": "certificate.unmanaged", "severity": "ticket"}
    Timeline(
        more=[
            series(name, [1] * 31, **CERTIFICATE, **unmanaged),
            series(name, [1] * 31, **CERTIFICATE, reason="certificate.expiring", severity="page"),
            series(name, [1.0] * 8 + [None] * 23, **CERTIFICATE, reason="certificate.half_rotated", severity="ticket"),
        ]
    ).check(
        tmp_path,
        Expected(9, ATTENTION),
        Expected(11, ATTENTION, ({**CERTIFICATE, **unmanaged, "code": "5030"},)),
    )


def test_a_path_that_ends_within_two_days_pages(tmp_path: pathlib.Path) -> None:
    """Also when the prober has just gone quiet; not where that is all the time that there ever is."""
    name = "paypath_path_valid_until_timestamp_seconds"
    path = {"environment": "prod", "path": "billing"}
    short = {"environment": "prod", "path": "short"}
    ticket = {"role": "client", "name": "short", "threshold": "30d", "severity": "ticket"}
    Timeline(
        more=[
            series(name, [7200.0] * 31 + [None] * 30, **path),
            rung([1.0] * 31 + [None] * 30, "48h", "page"),
            series(name, [9999999.0] * 61, environment="prod", path="other"),
            series(name, [86400.0] * 61, **short),
            series("paypath_certificate_threshold", [1.0] * 61, **short, **ticket),
        ]
    ).check(tmp_path, Expected(14, ENDS), Expected(40, ENDS, ({**path, **EXPIRES, "severity": "page"},)))
