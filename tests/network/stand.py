"""A prober, a router and a connector that works: nginx with a required client certificate, and a name server."""

import asyncio
import pathlib
import signal
from collections.abc import Sequence
from contextlib import ExitStack

from probe.compose.once import check
from probe.model.run import Run
from tests.e2e.configuration import connector, write
from tests.network.ground import Ground
from tests.network.names import NAME, NameServer
from tests.network.world import CONNECTOR, Place, see_instead
from tests.servers import nginx
from tests.servers.material import Material, Pair
from tests.servers.nginx import NginxOptions


class Stand(Ground):
    """All of it, for as long as the block lasts."""

    def __init__(
        self, directory: pathlib.Path, material: Material, *, server: Pair | None = None, by_name: bool = False
    ) -> None:
        """`server` is another certificate than the material's; `by_name`: the connector is looked up, else its address is known."""
        super().__init__(directory)
        self._material = material
        self._server, self._by_name = server, by_name

    def _build(self, stack: ExitStack) -> None:
        self._names = stack.enter_context(ExitStack())
        self._names.enter_context(NameServer(self.world))
        options = NginxOptions(listen="0.0.0.0", server=self._server)  # noqa: S104 - a network of its own
        self.connector = self.world.inside(
            Place.CONNECTOR, lambda: nginx.start(self.directory, self._material, options)
        )
        stack.callback(self.connector.stop)
        stack.callback(self.wake)

    def halt(self) -> None:
        """Stop the connector's process where it is."""
        self.connector.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        self.connector.process.send_signal(signal.SIGCONT)

    def close_names(self) -> None:
        """End the name server."""
        self._names.close()

    def configuration(self, paths: Sequence[str] = ("billing",), **more: object) -> str:
        """`paypath.yaml` for a prober here, with every timeout as it comes; all paths lead to the same connector."""
        port = self.connector.port
        known: dict[str, object] = {} if self._by_name else {"address": f"{CONNECTOR}:{port}"}
        client = self._material.clients["good"]
        to = connector(
            port, trust=self._material.trust, identity="billing", server_name="localhost", **known
        ) | {"url": f"https://{NAME}:{port}"}  # fmt: skip
        identities = {"billing": (client.certificate, client.private_key)}
        return write(self.directory, dict.fromkeys(paths, to), identities=identities, **more)  # type: ignore[arg-type]  # other keys

    def check(self) -> Run:
        """`mtls-handshake` once, as `paypath check` composes it; in this process, since starting another costs a hundred times as much."""
        config = pathlib.Path(self.configuration())

        def work() -> Run:
            see_instead(self.resolv_conf, pathlib.Path("/etc/resolv.conf"))
            result = asyncio.run(check(config=config, scenarios=["mtls-handshake"], environ={}))
            return result.runs[0]

        return self.world.inside(Place.PROBER, work)
