"""A prober, a router and a connector that works: nginx with a required client certificate, and a name server."""

import asyncio
import pathlib
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final, Self

from probe.compose.once import check
from probe.model.run import Run
from tests.e2e.configuration import connector, write
from tests.e2e.processes import PAYPATH
from tests.network.names import NAME, NameServer
from tests.network.relay import Relay, Weather
from tests.network.world import CONNECTOR, RESOLVER, Place, World, see_instead
from tests.servers import nginx
from tests.servers.material import Material, Pair
from tests.servers.nginx import NginxOptions

_RESOLV_CONF: Final = f"nameserver {RESOLVER}\n"
_IN_OWN_RESOLV_CONF: Final = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
"""`ip netns exec` has made a mount namespace: nobody else sees it."""


class Stand:
    """All of it, for as long as the block lasts."""

    def __init__(
        self, directory: pathlib.Path, material: Material, *, server: Pair | None = None, by_name: bool = False
    ) -> None:
        """`server` is another certificate than the material's; `by_name`: the connector is looked up, else its address is known."""
        self.directory, self._material = directory, material
        self._server, self._by_name = server, by_name
        self.world = World()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the networks and start the servers."""
        with ExitStack() as stack:
            stack.enter_context(self.world)
            self.names = NameServer(self.world)
            self._names = stack.enter_context(ExitStack())
            self._names.enter_context(self.names)
            options = NginxOptions(listen="0.0.0.0", server=self._server)  # noqa: S104 - a network of its own
            self.connector = self.world.inside(
                Place.CONNECTOR, lambda: nginx.start(self.directory, self._material, options)
            )
            stack.callback(self.connector.stop)
            stack.callback(self.wake)
            self._stack = stack.pop_all()
        self.resolv_conf = self.directory / "resolv.conf"
        self.resolv_conf.write_text(_RESOLV_CONF, encoding="ascii")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and take away."""
        self._stack.close()

    def weather(self, weather: Weather) -> Relay:
        """From now on packets go through a relay."""
        return self._stack.enter_context(Relay(self.world, weather))

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

    def command(self, *words: str) -> list[str]:
        """`paypath` with these arguments, in the prober's network."""
        shell = ["sh", "-c", _IN_OWN_RESOLV_CONF, str(self.resolv_conf)]
        return [*self.world.command(Place.PROBER), *shell, PAYPATH, *words]

    def check(self) -> Run:
        """`mtls-handshake` once, as `paypath check` composes it; in this process, since starting another costs a hundred times as much."""
        config = pathlib.Path(self.configuration())

        def work() -> Run:
            see_instead(self.resolv_conf, pathlib.Path("/etc/resolv.conf"))
            result = asyncio.run(check(config=config, scenarios=["mtls-handshake"], environ={}))
            return result.runs[0]

        return self.world.inside(Place.PROBER, work)
