"""The whole life of a certificate under a controlled clock: issued, renewed, overdue, inside each rung, expired."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.catalogue.catalogue import load
from probe.classify.expiry import Standing, judge_certificate, rungs_of
from probe.model.clock import FakeClock
from probe.model.failure import Severity
from probe.model.watch import Care, Proof, WatchedCertificate
from tests.support.watched import DAY, NOW, living, watched

LIVES: Final = (6 * DAY, 47 * DAY, 90 * DAY, 398 * DAY, 3650 * DAY)
_GRAVER: Final = {Severity.NONE: 0, Severity.TICKET: 1, Severity.PAGE: 2}
PROOF: Final = Proof(proven=True, detail="Ready")


def _managed(
    lifetime: timedelta, renew_before: timedelta | None, managed_by: str = "cert-manager"
) -> WatchedCertificate:
    seconds = None if renew_before is None else renew_before.total_seconds()
    return watched(living(lifetime), care=Care(managed_by=managed_by, renew_before_s=seconds, proof=PROOF))


def _at(entry: WatchedCertificate, at: datetime) -> Standing:
    return judge_certificate(entry, load(), at=at)


def _told(standing: Standing) -> tuple[str | None, str, list[str]]:
    return standing.threshold, standing.severity.value, [failure.reason for failure in standing.failures]


@pytest.mark.parametrize("lifetime", LIVES)
@pytest.mark.parametrize("part", [None, 1 / 2, 1 / 3, 1 / 10])
def test_a_certificate_that_is_renewed_in_time_never_says_a_word(lifetime: timedelta, part: float | None) -> None:
    """From its first second to its renewal and half of the grace, at a hundred moments, over three generations."""
    renew_before = None if part is None else lifetime * part
    before = renew_before or lifetime / 3
    clock = FakeClock(NOW)
    for _generation in range(3):
        entry = watched(
            living(lifetime, not_before=clock.now(), not_after=clock.now() + lifetime),
            care=Care(
                managed_by="cert-manager",
                renew_before_s=None if renew_before is None else renew_before.total_seconds(),
                proof=PROOF,
            ),
        )
        for _moment in range(100):
            assert _told(_at(entry, clock.now())) == (None, "none", [])
            clock.advance(((lifetime - before) / 100).total_seconds())
        assert _told(_at(entry, clock.now() + before * 0.02)) == (None, "none", [])


@pytest.mark.parametrize("lifetime", LIVES)
@pytest.mark.parametrize("part", [None, 1 / 3, 1 / 10])
def test_one_that_is_not_renewed(lifetime: timedelta, part: float | None) -> None:
    """First overdue, then each rung, then expired: ticket, ticket, ticket, page, page, page."""
    entry = _managed(lifetime, None if part is None else lifetime * part)
    clock, told = FakeClock(NOW), list[tuple[str | None, str, list[str]]]()
    overdue, soon = "certificate.renewal_overdue", "certificate.expiring"
    while clock.now() <= NOW + lifetime * 1.001:
        standing = _told(_at(entry, clock.now()))
        if not told or told[-1] != standing:
            told.append(standing)
        clock.advance(lifetime.total_seconds() / 5000)
    assert told == [
        (None, "none", []),
        (None, "ticket", [overdue]),
        ("30d", "ticket", [soon, overdue]),
        ("14d", "ticket", [soon, overdue]),
        ("7d", "page", [soon, overdue]),
        ("48h", "page", [soon, overdue]),
        (None, "page", ["certificate.expired", overdue]),
    ]


@pytest.mark.parametrize("lifetime", LIVES)
def test_one_that_nobody_renews(lifetime: timedelta) -> None:
    """The incident: from its first day a ticket that says so, and never a run that fails before the end."""
    entry = watched(living(lifetime), care=Care())
    for left, threshold, severity, first in (
        (1.0, None, "ticket", "certificate.unmanaged"),
        (0.31, None, "ticket", "certificate.unmanaged"),
        (-0.001, None, "page", "certificate.expired"),
    ):
        found = _told(_at(entry, NOW + lifetime * (1 - left)))
        assert (found[0], found[1], found[2][0]) == (threshold, severity, first)
        assert found[2][-1] == "certificate.unmanaged"


def test_on_the_second_itself() -> None:
    """At the boundary of a rung it is reached; at notAfter itself a certificate is still good (RFC 5280 4.1.2.5)."""
    entry = _managed(398 * DAY, 31 * DAY)
    end = NOW + 398 * DAY
    (first, *_, last) = rungs_of(entry)
    assert first.left_s == 27.9 * 86400
    second, late = timedelta(seconds=1), "certificate.renewal_overdue"
    assert _told(_at(entry, end - timedelta(seconds=first.left_s) - second)) == (None, "ticket", [late])
    assert _told(_at(entry, end - timedelta(seconds=first.left_s)))[0] == "30d"
    assert _told(_at(entry, end - timedelta(seconds=last.left_s)))[0] == "48h"
    assert _told(_at(entry, end)) == ("48h", "page", ["certificate.expiring", late])
    assert _told(_at(entry, end + second)) == (None, "page", ["certificate.expired", late])


RUNGS = st.lists(st.integers(60, 400 * 86400), min_size=1, max_size=8, unique=True)
CARES = st.builds(
    lambda rungs, before, manager: Care(
        thresholds_s=tuple(sorted(map(float, rungs), reverse=True)),
        renew_before_s=before,
        managed_by=manager,
        proof=PROOF,
    ),
    RUNGS,
    st.one_of(st.none(), st.floats(60, 400 * 86400)),
    st.sampled_from(["cert-manager", "vault"]),
)
LIFETIMES = st.timedeltas(min_value=timedelta(minutes=5), max_value=timedelta(days=3700))


@given(LIFETIMES, CARES, st.floats(0, 1.2), st.floats(0, 1.2), st.one_of(st.none(), st.floats(0, 1)))
def test_less_time_left_never_lowers_the_severity(
    lifetime: timedelta, care: Care, one: float, other: float, in_use: float | None
) -> None:
    """Whatever is configured, and whatever the service still holds."""
    entry = watched(living(lifetime), care=care, not_in_use=None if in_use is None else NOW + lifetime * in_use)
    earlier, later = sorted((one, other))
    assert (
        _GRAVER[_at(entry, NOW + lifetime * earlier).severity] <= _GRAVER[_at(entry, NOW + lifetime * later).severity]
    )


@given(LIFETIMES, CARES)
def test_nothing_is_said_on_the_first_day(lifetime: timedelta, care: Care) -> None:
    """Nor in the first half of its life: no rung, and no renewal that could be late."""
    standing = _at(
        watched(living(lifetime), care=Care(thresholds_s=care.thresholds_s, managed_by="vault", proof=PROOF)), NOW
    )
    assert _told(standing) == (None, "none", [])
    assert _at(watched(living(lifetime), care=care), NOW).threshold is None
