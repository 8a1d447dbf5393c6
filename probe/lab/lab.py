"""The embedded payment path as one piece: started, switched, stopped."""

import asyncio
import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Final

from aiohttp import web

from probe.lab.connector import LabConnector
from probe.lab.control import create_control
from probe.lab.faults import FAULTS, Place
from probe.lab.files import CONFIGURATION, STATE, LabAddresses, write_addresses, write_configuration, write_key
from probe.lab.material import Material
from probe.lab.stripe.app import create_app
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import Clock, SystemClock

HOST: Final = "127.0.0.1"
"""The lab takes no traffic from elsewhere."""


class LabError(Exception):
    """The lab cannot start here; the message says why and how to mend it."""


class Lab:
    """A running embedded path. Made by `running_lab`."""

    def __init__(self, directory: pathlib.Path, *, port: int, clock: Clock, randomness: random.Random) -> None:
        """Write the certificates; nothing listens yet."""
        self._directory = directory
        self._port = port
        self._faults: set[str] = set()
        self._stripe_faults = StripeFaults()
        self._material = Material(directory, now=clock.now())
        self._key = write_key(directory, randomness)
        self.state = SimulatorState(clock, randomness)
        self.addresses = LabAddresses(connector="", control="", configuration="", directory=str(directory))

    @property
    def active(self) -> frozenset[str]:
        """The faults that are on now."""
        return frozenset(self._faults)

    @property
    def stripe_faults(self) -> StripeFaults:
        """The simulator's switches, with those that only tests flip."""
        return self._stripe_faults

    def switch(self, name: str, on: bool) -> None:  # noqa: FBT001 - the state of a switch is a boolean
        """Turn a fault on or off; turning it to what it is changes nothing. Raises KeyError for unknown names."""
        place = FAULTS[name].place
        if on == (name in self._faults):
            return
        if on:
            self._faults.add(name)
        else:
            self._faults.discard(name)
        match place:
            case Place.IDENTITY:
                self._material.use_identity(self._last_of(Place.IDENTITY))
            case Place.CONFIGURATION:
                self._write_configuration()
            case Place.SERVER_CERTIFICATE:
                self._connector.use(self._material.server_context(self._last_of(Place.SERVER_CERTIFICATE)))
            case Place.STRIPE:
                self._stripe_faults.active = {f for f in self._faults if FAULTS[f].place is Place.STRIPE}
            case Place.CONNECTION | Place.ANSWER:
                self._set_listening()

    async def open(self, stack: contextlib.AsyncExitStack, faults: Sequence[str]) -> None:
        """Open all listeners, switch `faults` on, and write `paypath.yaml` last: who sees it can use it."""
        # A unix socket's path is limited to about 100 bytes (sockaddr_un), which a deep directory would pass.
        sockets = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paypath-lab-")))
        upstream = sockets / "stripe.sock"
        simulator = await _site(stack, create_app(self.state, faults=self._stripe_faults))
        await web.UnixSite(simulator, str(upstream)).start()
        self._connector = LabConnector(
            context=self._material.server_context(None), upstream=upstream, faults=self._faults
        )
        try:
            self._connector.bind(HOST, self._port)
        except OSError as error:
            raise LabError(
                f"cannot listen on {HOST}:{self._port}: {error.strerror}; choose another port with --port"
            ) from error
        stack.callback(self._connector.down)
        control = await _site(stack, create_control(active=lambda: self.active, switch=self.switch, state=self.state))
        await web.TCPSite(control, HOST, 0).start()
        self.addresses = LabAddresses(
            connector="https://{}:{}".format(*self._connector.address),
            control="http://{}:{}".format(*control.addresses[0][:2]),
            configuration=str(self._directory / CONFIGURATION),
            directory=str(self._directory),
        )
        for name in faults:
            self.switch(name, on=True)
        write_addresses(self.addresses)
        self._write_configuration()

    async def serve(self) -> None:
        """Take connections until cancelled."""
        await self._connector.serve()

    def _last_of(self, place: Place) -> str | None:
        """Which of the exclusive variants of `place` is in force: the last in the list of faults."""
        on = [name for name in FAULTS if name in self._faults and FAULTS[name].place is place]
        return on[-1] if on else None

    def _set_listening(self) -> None:
        if "connector-down" in self._faults:
            self._connector.down()
        else:
            self._connector.up()

    def _write_configuration(self) -> None:
        missing = self._last_of(Place.CONFIGURATION) is not None
        identity = None if missing else (self._material.certificate, self._material.key)
        write_configuration(self.addresses, key=self._key, trust=self._material.trust, identity=identity)


@contextlib.asynccontextmanager
async def running_lab(
    directory: pathlib.Path,
    *,
    port: int = 0,
    faults: Sequence[str] = (),
    clock: Clock | None = None,
    randomness: random.Random | None = None,
    fresh_state: bool = False,
) -> AsyncIterator[Lab]:
    """Run a lab in `directory` (made where it is missing) for as long as the block lasts. Raises `LabError`.

    `fresh_state` forgets the history and the latch that probes of an earlier lab left in its state directory.
    """
    with _owned(directory) as owned:
        if fresh_state:
            shutil.rmtree(owned / STATE, ignore_errors=True)
        async with contextlib.AsyncExitStack() as stack:
            lab = Lab(owned, port=port, clock=clock or SystemClock(), randomness=randomness or random.SystemRandom())
            await lab.open(stack, faults)
            failure: Exception | None = None
            async with asyncio.TaskGroup() as group:
                connections = group.create_task(lab.serve())
                try:
                    yield lab
                except Exception as error:  # noqa: BLE001 - raised again below, without the group's wrapping
                    failure = error
                finally:
                    connections.cancel()
            if failure is not None:
                raise failure


async def run_lab(
    *,
    directory: pathlib.Path,
    port: int | None,
    faults: Sequence[str],
    ready: Callable[[LabAddresses], None],
    stop: asyncio.Event,
) -> None:
    """Run a lab until `stop`. Raises `LabError`."""
    async with running_lab(directory, port=port or 0, faults=faults) as lab:
        ready(lab.addresses)
        await stop.wait()


async def _site(stack: contextlib.AsyncExitStack, app: web.Application) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner


@contextlib.contextmanager
def _owned(directory: pathlib.Path) -> Iterator[pathlib.Path]:
    """Make the directory and hold its lock: two labs in one directory would overwrite each other's certificates."""
    directory = directory.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise LabError(f"cannot write to {directory}: {error.strerror}; choose another one with --directory") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(
                f"another lab is running in {directory}; stop it, or choose another place with --directory"
            ) from error
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield directory
