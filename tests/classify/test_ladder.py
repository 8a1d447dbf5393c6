"""The rungs of every kind of certificate, and that they leave healthy renewals alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.classify.ladder import DEFAULT_S, Rung, ladder, reached, rung_name
from probe.model.certificate import Certificate, CertificateRole
from probe.model.failure import Severity
from probe.model.watch import Care
from tests.support.watched import DAY, certificate, living

S = 86400.0
DEFAULT = Care(thresholds_s=DEFAULT_S)
LIFETIMES = st.timedeltas(min_value=timedelta(minutes=5), max_value=timedelta(days=3700))
RUNGS = st.lists(st.integers(60, 400 * 86400), min_size=1, max_size=8, unique=True).map(
    lambda each: tuple(sorted(map(float, each), reverse=True))
)


def _days(certificate: Certificate, care: Care = DEFAULT) -> list[float]:
    return [round(rung.left_s / S, 3) for rung in ladder(certificate, care)]


def test_the_ladder_as_it_is_by_default() -> None:
    """Ticket, ticket, page in working hours, page at any time."""
    assert ladder(living(398 * DAY), DEFAULT) == ladder(living(398 * DAY), Care())
    assert ladder(living(398 * DAY), DEFAULT) == (
        Rung(name="30d", written_s=30 * S, left_s=30 * S, severity=Severity.TICKET),
        Rung(name="14d", written_s=14 * S, left_s=14 * S, severity=Severity.TICKET),
        Rung(name="7d", written_s=7 * S, left_s=7 * S, severity=Severity.PAGE),
        Rung(name="48h", written_s=2 * S, left_s=2 * S, severity=Severity.PAGE, any_time=True),
    )


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (timedelta(days=6), [1.8, 0.84, 0.42, 0.12]),
        (timedelta(days=47), [14.1, 6.58, 3.29, 0.94]),
        (timedelta(days=90), [27.0, 12.6, 6.3, 1.8]),
        (timedelta(days=100), [30.0, 14.0, 7.0, 2.0]),
        (timedelta(days=398), [30.0, 14.0, 7.0, 2.0]),
        (timedelta(days=3650), [30.0, 14.0, 7.0, 2.0]),
    ],
)
def test_lifetimes_of_at_most_100_days_scale(lifetime: timedelta, expected: list[float]) -> None:
    """In proportion, so that it does not jump at 100 days; one of 90 days is renewed with 30 left, above the first rung."""
    assert _days(living(lifetime)) == expected


@pytest.mark.parametrize(
    ("lifetime", "renew_before", "first"),
    [
        (398, 10, 9.0),
        (398, 60, 30.0),
        (90, 30, 27.0),
        (90, 15, 13.5),
        (47, 47, 14.1),  # cannot be kept: the manager falls back to its default, and that is not known here
        (6, 2, 1.8),
    ],
)
def test_the_first_rung_stays_below_the_renewal(lifetime: int, renew_before: int, first: float) -> None:
    """At nine tenths of `renew_before`, the others in proportion."""
    days = _days(living(lifetime * DAY), Care(renew_before_s=renew_before * S))
    assert days == pytest.approx([first * part / 30 for part in (30, 14, 7, 2)], abs=0.002)


def test_what_the_manager_does_by_default_counts_too() -> None:
    """cert-manager renews with a third of the lifetime left: a rung of 60 days must not be touched by that."""
    rungs = Care(managed_by="cert-manager", thresholds_s=(60 * S, 7 * S))
    assert _days(living(90 * DAY), rungs) == [27.0, 3.15]


def test_rungs_of_an_operators_own_scale_too() -> None:
    """None begins in the first half of a lifetime; a single one pages at any time; eight are as good as four."""
    assert _days(living(60 * DAY), Care(thresholds_s=(90 * S, 10 * S))) == [30.0, 3.333]
    assert _days(living(398 * DAY), Care(thresholds_s=(390 * S,))) == [199.0]
    (single,) = ladder(living(398 * DAY), Care(thresholds_s=(3 * S,)))
    assert (single.name, single.severity, single.any_time) == ("3d", Severity.PAGE, True)
    many = ladder(living(398 * DAY), Care(thresholds_s=tuple(S * n for n in (8, 7, 6, 5, 4, 3, 2, 1))))
    assert [rung.severity.value for rung in many] == ["ticket"] * 6 + ["page"] * 2
    assert [rung.any_time for rung in many] == [False] * 7 + [True]


@pytest.mark.parametrize("role", [CertificateRole.CRL, CertificateRole.OCSP])
@pytest.mark.parametrize(("lifetime", "first"), [(1, 0.06), (7, 0.42), (180, 10.8), (1000, 30.0)])
def test_lists_are_replaced_near_their_end_by_design(role: CertificateRole, lifetime: int, first: float) -> None:
    """AD CS publishes a weekly list twelve hours before its end, every week."""
    assert _days(living(lifetime * DAY, role=role))[0] == pytest.approx(first, abs=0.001)
    weekly = ladder(living(timedelta(days=7, hours=12), role=role), DEFAULT)
    assert reached(weekly, timedelta(hours=12)) is None


def test_of_what_is_in_use_sometimes_only_the_end_is_known() -> None:
    """A metric tells no notBefore: then nothing scales."""
    end = living(DAY).not_after
    unknown = certificate(not_before=end, not_after=end)
    assert _days(unknown) == _days(unknown, Care(managed_by="cert-manager")) == [30.0, 14.0, 7.0, 2.0]


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        (30 * S, "30d"),
        (2 * S, "48h"),
        (S, "24h"),
        (3 * S, "3d"),
        (71 * 3600, "71h"),
        (3600, "1h"),
        (5400, "1h30m"),
        (90 * 60 + 3 * S, "3d1h30m"),
        (1, "1s"),
    ],
)
def test_rungs_are_named_as_people_write_them(seconds: float, name: str) -> None:
    """Stable labels of alerts."""
    assert rung_name(seconds) == name


def test_reached() -> None:
    """The lowest that has been reached; on the second itself, too."""
    rungs = ladder(living(398 * DAY), DEFAULT)
    lefts = [(31, None), (30, "30d"), (14.5, "30d"), (14, "14d"), (7, "7d"), (2, "48h"), (0, "48h"), (-1, "48h")]
    for days, name in lefts:
        found = reached(rungs, timedelta(days=days))
        assert (found.name if found else None) == name


@given(LIFETIMES, RUNGS, st.one_of(st.none(), st.floats(60, 400 * S)), st.sampled_from([None, "cert-manager", "vault"]))
def test_the_ladder_always_has_its_shape(
    lifetime: timedelta, rungs: tuple[float, ...], renew_before: float | None, managed_by: str | None
) -> None:
    """Each rung below the one before it, none longer than written, none reached in the first half, all below the renewal."""
    care = Care(thresholds_s=rungs, renew_before_s=renew_before, managed_by=managed_by)
    found = ladder(living(lifetime), care)
    lefts = [rung.left_s for rung in found]
    assert lefts == sorted(lefts, reverse=True)
    assert all(rung.left_s <= rung.written_s for rung in found)
    assert reached(found, lifetime * 0.51) is None
    if renew_before is not None and renew_before < lifetime.total_seconds():
        assert lefts[0] < renew_before
    if managed_by == "cert-manager" and renew_before is None:
        assert lefts[0] < lifetime.total_seconds() / 3
    assert [rung.any_time for rung in found] == [False] * (len(found) - 1) + [True]
