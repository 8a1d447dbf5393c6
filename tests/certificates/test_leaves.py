"""Which leaves of a peer count."""

from datetime import UTC, datetime, timedelta

from probe.certificates.leaves import ALTERNATES, Leaves

NOW = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALL = frozenset({"a", "b", "c"})


def after(leaves: Leaves, *shown: str, at: datetime = NOW, lasting: frozenset[str] = ALL) -> Leaves:
    """One more look."""
    return leaves.after(set(shown), lasting=lasting, at=at)


def test_one_takes_the_place_of_another() -> None:
    """And is the only one that counts."""
    leaves = after(after(after(Leaves(), "a"), "b"), "c")
    assert leaves.counting == leaves.last == {"c"}
    assert leaves.superseded == {"a": NOW, "b": NOW}


def test_one_that_comes_back() -> None:
    """Shows that the other was not replaced either: from then on both count."""
    leaves = after(after(after(Leaves(), "a"), "b"), "a")
    assert (leaves.counting, leaves.last) == ({"a", "b"}, {"a"})
    leaves = after(leaves, "b")
    assert (leaves.counting, leaves.last, leaves.superseded) == ({"a", "b"}, {"b"}, {})


def test_one_that_comes_back_late() -> None:
    """Was put back by somebody."""
    leaves = after(after(Leaves(), "a"), "b")
    assert after(leaves, "a", at=NOW + ALTERNATES + SECOND).counting == {"a"}


def test_one_that_is_gone() -> None:
    """Where it was not seen for long, or has expired, it does not stay."""
    leaves = after(after(after(Leaves(), "a"), "b"), "a")
    assert after(leaves, "b", lasting=frozenset({"b"})).counting == {"b"}
    assert after(after(leaves, "b"), "b", at=NOW + ALTERNATES + SECOND).counting == {"b"}


def test_several_at_once() -> None:
    """Every address of a name was looked at."""
    leaves = after(after(Leaves(), "a", "b"), "b", "c")
    assert leaves.counting == {"b", "c"}
