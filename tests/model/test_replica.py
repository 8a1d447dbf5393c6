"""Shards: each path on exactly one replica, evenly, and stable when their number changes."""

import pytest

from probe.model.replica import Shard, ordinal

PATHS = [f"billing-{number}" for number in range(2000)]


@pytest.mark.parametrize("of", [1, 2, 5, 7])
def test_each_path_is_on_one_shard_and_shares_are_even(of: int) -> None:
    """None is lost, none is probed twice."""
    shares = [[path for path in PATHS if Shard(index=index, of=of).holds(path)] for index in range(1, of + 1)]
    assert sorted(path for share in shares for path in share) == sorted(PATHS)
    assert all(len(share) == pytest.approx(len(PATHS) / of, rel=0.15) for share in shares)


def test_one_replica_more_moves_only_what_it_takes() -> None:
    """No path goes from one old replica to another old one."""
    for path in PATHS:
        before = next(index for index in range(1, 6) if Shard(index=index, of=5).holds(path))
        after = next(index for index in range(1, 7) if Shard(index=index, of=6).holds(path))
        assert after in {before, 6}


def test_the_hash_is_the_same_in_every_release() -> None:
    """A rolling update must not leave a path to nobody."""
    assert [path for path in PATHS[:12] if Shard(index=2, of=3).holds(path)] == [
        "billing-2",
        "billing-3",
        "billing-6",
        "billing-7",
        "billing-9",
    ]
    assert str(Shard(index=2, of=3)) == "2/3"


@pytest.mark.parametrize(
    ("host", "number"), [("paypath-0", 0), ("paypath-12", 12), ("paypath", None), ("ip-10-0-0-x", None)]
)
def test_the_ordinal_stands_at_the_end_of_the_name(host: str, number: int | None) -> None:
    """As a StatefulSet names its pods."""
    assert ordinal(host) == number
