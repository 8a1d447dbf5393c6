"""When a renewal is overdue."""

from datetime import timedelta

import pytest

from probe.classify.renewal import overdue_from, renewed_before_s
from probe.model.watch import Care, Proof
from tests.support.watched import DAY, NOW, living

S = 86400.0


@pytest.mark.parametrize(
    ("lifetime", "renew_before", "managed_by", "expected"),
    [
        (90, 30, "cert-manager", 30.0),
        (90, None, "cert-manager", 30.0),
        (90, 90, "cert-manager", 30.0),
        (6, None, "step-ca", 2.0),
        (90, 20, "vault", 20.0),
        (90, None, "vault", None),
        (90, 120, "vault", None),
        (90, 30, None, 30.0),
        (90, None, None, None),
    ],
)
def test_how_long_before_the_end_it_is_renewed(
    lifetime: int, renew_before: int | None, managed_by: str | None, expected: float | None
) -> None:
    """As configured; else by the manager's default, where it has one; never longer than the lifetime."""
    care = Care(managed_by=managed_by, renew_before_s=None if renew_before is None else renew_before * S)
    found = renewed_before_s(living(lifetime * DAY), care)
    assert (found if found is None else found / S) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("configured", "planned", "expected"), [(None, 20, 20.0), (25, 20, 25.0), (None, -10, 30.0), (None, 95, 30.0)]
)
def test_the_manager_may_say_so_itself(configured: int | None, planned: int, expected: float) -> None:
    """Days before the end. The configuration comes first; a plan for the next certificate says nothing of this one."""
    proof = Proof(proven=True, detail="Ready", renewal_at=NOW + (90 - planned) * DAY)
    before = None if configured is None else configured * S
    care = Care(managed_by="cert-manager", renew_before_s=before, proof=proof)
    assert renewed_before_s(living(90 * DAY), care) == pytest.approx(expected * S)


@pytest.mark.parametrize(
    ("lifetime", "renew_before", "left"),
    [
        (timedelta(days=90), timedelta(days=30), timedelta(days=28.5)),
        (timedelta(days=398), None, timedelta(days=398) / 3 * 0.95),
        (timedelta(days=6), timedelta(hours=10), timedelta(hours=9)),
        (timedelta(hours=1), None, timedelta(minutes=10)),
    ],
)
def test_the_grace(lifetime: timedelta, renew_before: timedelta | None, left: timedelta) -> None:
    """5 % of `renew_before`, at least an hour, at most half of it."""
    seconds = None if renew_before is None else renew_before.total_seconds()
    due = overdue_from(living(lifetime), Care(managed_by="cert-manager", renew_before_s=seconds))
    assert due is not None
    assert (NOW + lifetime - due).total_seconds() == pytest.approx(left.total_seconds())


def test_nobody_can_be_late_who_was_not_named() -> None:
    """Without `managed_by`, or with a manager of unknown habits, nothing is overdue."""
    for care in (Care(renew_before_s=30 * S), Care(managed_by="vault"), Care()):
        assert overdue_from(living(90 * DAY), care) is None
