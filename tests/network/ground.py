"""What every stand is built on: the three networks, the prober's command, and the weather between them."""

import pathlib
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final, Self

from tests.forked.program import PAYPATH
from tests.network.relay import Relay, Weather
from tests.network.world import RESOLVER, Place, World

_RESOLV_CONF: Final = f"nameserver {RESOLVER}\n"
_IN_OWN_RESOLV_CONF: Final = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
"""`ip netns exec` has made a mount namespace: nobody else sees it."""


class Ground:
    """The networks, for as long as the block lasts; `_build` puts the connector there."""

    def __init__(self, directory: pathlib.Path) -> None:
        """What is written goes below `directory`."""
        self.directory = directory
        self.world = World()
        self.resolv_conf = directory / "resolv.conf"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the networks and start what stands in them."""
        self.resolv_conf.write_text(_RESOLV_CONF, encoding="ascii")
        with ExitStack() as stack:
            stack.enter_context(self.world)
            self._build(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and take away."""
        self._stack.close()

    def _build(self, stack: ExitStack) -> None:
        """Start the connector; `stack` ends it."""
        raise NotImplementedError

    def configuration(self, paths: Sequence[str] = ("billing",), **more: object) -> str:
        """`paypath.yaml` for a prober here, with every timeout as it comes; all paths lead to the same connector."""
        raise NotImplementedError

    def weather(self, weather: Weather) -> Relay:
        """From now on packets go through a relay."""
        return self._stack.enter_context(Relay(self.world, weather))

    def command(self, *words: str) -> list[str]:
        """`paypath` with these arguments, in the prober's network."""
        shell = ["sh", "-c", _IN_OWN_RESOLV_CONF, str(self.resolv_conf)]
        return [*self.world.command(Place.PROBER), *shell, PAYPATH, *words]
