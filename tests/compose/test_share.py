"""What a replica takes of the work, from configuration, environment and host name, as `run` and `check` see it."""

import pathlib

import pytest

from probe.compose.setup import pairs, set_up
from probe.documents.mistakes import SetupError

PATHS = [f"p{number}" for number in range(12)]


@pytest.fixture
def config(tmp_path: pathlib.Path) -> pathlib.Path:
    """Twelve paths with Stripe access, and the scenarios that ship."""
    lines = [
        f'  {name}: {{connector: {{url: "https://c.invalid"}}, stripe: {{key_from: connector}}}}' for name in PATHS
    ]
    file = tmp_path / "paypath.yaml"
    file.write_text("\n".join(["scenarios: {enabled: [mtls-handshake, card-charge]}", "paths:", *lines]))
    return file


def _pairs(config: pathlib.Path, **environ: str) -> set[tuple[str, str]]:
    variables = {"HOME": "/nowhere", **environ}
    return {(pair.path.name, pair.scenario.name) for pair in pairs(set_up(config, variables))}


def test_shards_share_all_pairs_without_overlap(config: pathlib.Path) -> None:
    """Each on exactly one of three."""
    shares = [_pairs(config, PAYPATH_REPLICAS__SHARD=f"{index}/3") for index in (1, 2, 3)]
    assert sum(map(len, shares)) == 24
    assert set.union(*shares) == _pairs(config)


def test_a_stateful_set_counts_from_nought(config: pathlib.Path) -> None:
    """`paypath-2` is the third of three."""
    by_name = _pairs(config, PAYPATH_REPLICAS__SHARD="auto/3", HOSTNAME="paypath-2")
    assert by_name == _pairs(config, PAYPATH_REPLICAS__SHARD="3/3")


@pytest.mark.parametrize(
    ("charges", "host", "runs"),
    [("all", "paypath-1", 24), ("first", "paypath-0", 24), ("first", "paypath-1", 12), ("none", "paypath-0", 12)],
)
def test_charges_from_one_replica_only(config: pathlib.Path, charges: str, host: str, runs: int) -> None:
    """Handshakes run everywhere."""
    found = _pairs(config, PAYPATH_REPLICAS__CHARGES=charges, HOSTNAME=host)
    assert len(found) == runs
    assert {(path, "mtls-handshake") for path in PATHS} <= found


@pytest.mark.parametrize(
    ("variable", "value", "host", "said"),
    [
        ("SHARD", "auto/3", "paypath-3", "replica 4 of 3; write `auto/4` or more"),
        ("SHARD", "auto/3", "laptop", "`laptop` has no ordinal at its end"),
        ("CHARGES", "first", "laptop", "say `all` on one replica and `none` on the others"),
        ("SHARD", "6/5", "paypath-0", "not a share of the paths"),
        ("SHARD", "0/5", "paypath-0", "not a share of the paths"),
        ("SHARD", "two", "paypath-0", "not a share of the paths"),
    ],
)
def test_a_share_that_cannot_be_is_a_mistake(
    config: pathlib.Path, variable: str, value: str, host: str, said: str
) -> None:
    """A path that no replica would probe must not come of a typing error."""
    with pytest.raises(SetupError) as caught:
        _pairs(config, **{f"PAYPATH_REPLICAS__{variable}": value, "HOSTNAME": host})
    (mistake,) = caught.value.mistakes
    assert said in str(mistake)
    assert f"PAYPATH_REPLICAS__{variable}" in str(mistake)


def test_validate_does_not_ask_which_replica_this_is(config: pathlib.Path) -> None:
    """The configuration of a StatefulSet is checked on a laptop."""
    config.write_text(config.read_text() + "\nreplicas: {shard: auto/3, charges: first}\n")
    assert len(set_up(config, {"HOSTNAME": "laptop"}, whole=True).loaded.paths) == 12
