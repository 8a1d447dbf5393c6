"""A probe without a network says so, and not that cards cannot be charged."""

import json
import pathlib
import subprocess

import pytest

from tests.e2e.configuration import write
from tests.e2e.processes import PATIENCE_S, environment
from tests.forked.program import PAYPATH
from tests.matrix import namespace
from tests.servers import programs

pytestmark = [
    pytest.mark.server("ip"),
    pytest.mark.skipif(namespace.possible() is not None, reason=str(namespace.possible())),
]


def _check(directory: pathlib.Path, url: str, *, route: bool) -> tuple[int, dict[str, object]]:
    """`paypath check` in a network of its own, with a default route that leads nowhere or without any."""
    file = write(directory, {"billing": {"url": url}}, timeouts={"default": "1s"})

    def work() -> subprocess.CompletedProcess[str]:
        if route:
            subprocess.run([programs.require("ip"), *["route", "add", "default", "via", "198.51.100.9"]], check=True)
        return subprocess.run(
            [PAYPATH, "check", "mtls-handshake", "--config", file, "--format", "json"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    done = namespace.in_namespace(work)
    found: dict[str, object] = json.loads(done.stdout)
    return done.returncode, found


@pytest.mark.parametrize("host", ["203.0.113.9", "connector.invalid"])
def test_without_a_network_it_could_not_tell(tmp_path: pathlib.Path, host: str) -> None:
    """By address and by name: status 3, `prober.offline`, and by what that is known."""
    status, run = _check(tmp_path, f"https://{host}:8443", route=False)
    failure = run["failure"]
    assert isinstance(failure, dict)
    assert (status, run["outcome"], failure["reason"], failure["code"]) == (3, "unknown", "prober.offline", 5029)
    assert "no default route" in failure["evidence"]["detail"]
    assert failure["summary"].startswith("This machine has no network (there is no default route")
    assert failure["also"][0].startswith(("tcp.", "dns."))


def test_with_a_network_the_path_is_down(tmp_path: pathlib.Path) -> None:
    """A connector that does not answer is the path's failure, however badly it fails."""
    status, run = _check(tmp_path, "https://203.0.113.9:8443", route=True)
    assert (status, run["outcome"]) == (1, "failed")


def test_a_connector_on_this_machine_needs_no_network(tmp_path: pathlib.Path) -> None:
    """Nothing listens: refused, without any route."""
    status, run = _check(tmp_path, "https://127.0.0.1:9", route=False)
    failure = run["failure"]
    assert isinstance(failure, dict)
    assert (status, failure["reason"]) == (1, "tcp.refused")
