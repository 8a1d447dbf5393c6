"""A connector that charges: the lab, as its own process in the connector's network, reached from the prober's."""

import json
import pathlib
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import yaml

from tests.e2e.processes import PATIENCE_S, environment
from tests.forked.program import PAYPATH
from tests.network.ground import Ground
from tests.network.world import CONNECTOR, Place

CHARGES: Final = ("card-charge", "card-declined", "card-authorize-capture", "card-partial-refund")
"""From one write to four."""


class ChargingStand(Ground):
    """It listens on its own loopback, as a lab does; what comes to its port from the prober's network is led there."""

    def _build(self, stack: ExitStack) -> None:
        lab = subprocess.Popen(
            [*self.world.command(Place.CONNECTOR), PAYPATH, "lab", "--directory", str(self.directory / "lab")],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(_ended, lab)
        ready = any("paypath.yaml" in line for line in lab.stdout or ())
        assert ready, "the lab did not start"
        written = (self.directory / "lab" / "paypath.yaml").read_text(encoding="utf-8")
        self._keys: dict[str, Any] = yaml.safe_load(written)
        self._port = int(self._keys["paths"]["billing"]["connector"]["url"].rpartition(":")[2])
        self.world.inside(Place.CONNECTOR, _let_in)
        self.world.run(
            Place.CONNECTOR,
            f"iptables -t nat -A PREROUTING -p tcp --dport {self._port} -j DNAT --to-destination 127.0.0.1:{self._port}",
        )

    def configuration(self, paths: Sequence[str] = ("billing",), **more: object) -> str:
        """The lab's own, from here; without webhooks, whose endpoint is not in this network."""
        billing: dict[str, Any] = {
            key: value for key, value in self._keys["paths"]["billing"].items() if key != "webhook"
        }
        billing["connector"] = billing["connector"] | {"address": f"{CONNECTOR}:{self._port}"}
        content = {
            "environment": "staging",
            "state": {"directory": str(self.directory / "state")},
            "paths": dict.fromkeys(paths, billing),
            "identities": self._keys["identities"],
            "scenarios": {"enabled": list(CHARGES)},
            **more,
        }
        file = self.directory / "paypath.yaml"
        file.write_text(json.dumps(content), encoding="utf-8")  # which is YAML, and has no anchors
        return str(file)


def _let_in() -> None:
    """What comes from outside may go to the loopback."""
    pathlib.Path("/proc/sys/net/ipv4/conf/all/route_localnet").write_text("1", encoding="ascii")


def _ended(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(PATIENCE_S)
    if process.stdout is not None:
        process.stdout.close()
