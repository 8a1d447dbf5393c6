"""A node that is cut off behind a link and a route that are both there, as a pod's are: `paypath run` could not tell."""

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.processes import PATIENCE_S, environment
from tests.network.stand import Stand
from tests.network.world import RESOLVER, Place
from tests.servers.material import Material

Runs = Iterator[tuple[str, str | None]]


@pytest.fixture
def stand(pki: Material, tmp_path: pathlib.Path) -> Iterator[Stand]:
    """Everything works."""
    with Stand(tmp_path, pki) as stand:
        yield stand


@pytest.fixture
def runs(stand: Stand) -> Iterator[Runs]:
    """Outcome and reason of each run, as they come; what is asked beside the path refuses, which is an answer."""
    config = stand.configuration(
        scenarios={"enabled": ["mtls-handshake"], "every": "1s"},
        timeouts={"default": "1s"},
        self_check={"addresses": [f"{RESOLVER}:9"]},
    )
    words = stand.command("run", "--config", config, "--format", "json", "--for", f"{PATIENCE_S:g}s")
    with subprocess.Popen(
        words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield (_told(json.loads(line)) for line in process.stdout)
        process.terminate()


def _told(run: dict[str, object]) -> tuple[str, str | None]:
    failure = run["failure"]
    return str(run["outcome"]), failure["reason"] if isinstance(failure, dict) else None


def test_a_node_that_is_cut_off_could_not_tell(stand: Stand, runs: Runs) -> None:
    """The first run may still fail; from then on nothing is said of the path, until the node is back."""
    assert ("passed", None) in runs
    stand.world.run(Place.ROUTER, "iptables -I FORWARD -j DROP")
    assert ("unknown", "prober.offline") in runs
    assert next(runs) == ("unknown", "prober.offline")
    stand.world.run(Place.ROUTER, "iptables -D FORWARD -j DROP")
    assert ("passed", None) in runs


def test_a_connector_that_is_cut_off_is_the_paths_failure(stand: Stand, runs: Runs) -> None:
    """As silent as above, but somebody else answers: for as long as it lasts."""
    assert ("passed", None) in runs
    stand.world.run(Place.ROUTER, f"iptables -I FORWARD -p tcp --dport {stand.connector.port} -j DROP")
    assert ("failed", "tcp.connect_timeout") in runs
    assert [next(runs) for _ in range(6)] == [("failed", "tcp.connect_timeout")] * 6
