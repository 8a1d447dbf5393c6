"""The embedded payment path as one piece: started, switched, stopped."""

import asyncio
import contextlib
import pathlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Final

from aiohttp import web

from probe.lab.answers import SERVER, Answers
from probe.lab.connector import LabConnector
from probe.lab.control import create_control
from probe.lab.faults import FAULTS, Place, Switches
from probe.lab.files import (
    CONFIGURATION,
    LabAddresses,
    write_addresses,
    write_configuration,
    write_key,
    write_webhook_secrets,
)
from probe.lab.material import Material
from probe.lab.owned import LabError, cannot_write, owned
from probe.lab.pki import Issued
from probe.lab.stripe.app import create_app
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.state import SimulatorState
from probe.lab.webhooks import PATH as COMPANY_PATH
from probe.lab.webhooks import company_endpoint, hold_place, make_secrets, tell_simulator
from probe.model.clock import Clock, SystemClock
from probe.transport.http_server import Runner

__all__ = ["Lab", "LabError", "run_lab", "running_lab"]

HOST: Final = "127.0.0.1"
"""The lab takes no traffic from elsewhere."""
_SHUTDOWN_S: Final = 0.1
_ISSUED_BEFORE: Final = timedelta(minutes=5)
"""How long before its issue a certificate begins, as CAs have it: clocks differ."""


class Lab:
    """A running embedded path. Made by `running_lab`."""

    def __init__(self, directory: pathlib.Path, *, port: int, clock: Clock, randomness: random.Random) -> None:
        """Write the certificates; nothing listens yet. Raises OSError."""
        self._directory = directory
        self._clock = clock
        self._port = port
        self._switches = Switches()
        self._material = Material(directory, now=clock.now())
        self._key = write_key(directory, randomness)
        self._secrets = make_secrets(randomness)
        self._secret_files = write_webhook_secrets(directory, self._secrets)
        self._ready = False
        self.state = SimulatorState(clock, randomness)
        self.stripe_faults = StripeFaults()
        """The simulator's switches, with those that only tests flip."""
        self.addresses = LabAddresses(connector="", control="", configuration="", directory=str(directory))

    @property
    def active(self) -> frozenset[str]:
        """The faults that are on now."""
        return frozenset(self._switches.on)

    def switch(self, name: str, on: bool) -> None:  # noqa: FBT001 - the state of a switch is a boolean
        """Turn a fault on or off; turning it to what it is changes nothing.

        Raises KeyError for unknown names, and LabError, without any change, where a file or the address is refused.
        """
        before = self._switches.on
        if on == (name in before):
            _ = FAULTS[name]
            return
        self._switches.set(name, on)
        try:
            self._apply(name, on)
        except OSError as error:
            self._switches.restore(before)
            what = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
            raise LabError(f"the switch {name} cannot be flipped: {what}") from error

    def _apply(self, name: str, on: bool) -> None:  # noqa: FBT001 - as above
        place = FAULTS[name].place
        match place:
            case Place.IDENTITY:
                self._material.use_identity(self._switches.in_force_at(place))
                self._use_certificate()  # anew: no client resumes a session that its last certificate opened
            case Place.CONFIGURATION:
                self._write_configuration()
            case Place.SERVER_CERTIFICATE | Place.ADMISSION:
                self._use_certificate()
            case Place.CONNECTION if name == "connector-down":
                self._connector.down() if on else self._connector.up()
            case Place.STRIPE:
                (self.stripe_faults.active.add if on else self.stripe_faults.active.discard)(name)
            case Place.CONNECTION | Place.ANSWER | Place.COMPANY:
                pass  # looked at for each connection or request
        if on and place in {Place.CONNECTION, Place.SERVER_CERTIFICATE, Place.ADMISSION}:
            self._connector.outdate()

    def issue(self, *, lasts: timedelta) -> Issued:
        """A new client certificate of the probe's name, which ends so long after now; it is nowhere yet."""
        now = self._clock.now()
        return self._material.issue(not_before=now - _ISSUED_BEFORE, not_after=now + lasts)

    def install(self, issued: Issued) -> None:
        """Put it in the place of the probe's identity, until a fault or another one changes that. Raises OSError."""
        self._material.put(issued)
        self._use_certificate()

    async def open(self, stack: contextlib.AsyncExitStack, faults: Sequence[str]) -> None:
        """Open all listeners, switch `faults` on, and write `paypath.yaml` last: who sees it can use it."""
        answers = Answers(create_app(self.state, faults=self.stripe_faults, pauses=SystemClock()), self._switches)
        stack.push_async_callback(answers.stop)
        await answers.start()
        self._connector = LabConnector(
            context=self._material.server_context(None), answers=answers, switches=self._switches
        )
        try:
            self._connector.bind(HOST, self._port)
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "no such port"
            raise LabError(f"cannot listen on {HOST}:{self._port}: {why}", "choose another port with --port") from error
        stack.callback(self._connector.close)
        control = "http://{}:{}".format(*await self._open_control(stack))
        place = stack.enter_context(contextlib.closing(hold_place(HOST)))
        webhooks, company = "{}:{}".format(*place.getsockname()), f"{control}{COMPANY_PATH}"
        tell_simulator(self.state, self._secrets, probe=f"http://{webhooks}/webhooks/billing", company=company)
        self.addresses = LabAddresses(
            connector="https://{}:{}".format(*self._connector.address),
            control=control,
            configuration=str(self._directory / CONFIGURATION),
            directory=str(self._directory),
            webhooks=webhooks,
            company=company,
        )
        for name in faults:
            self.switch(name, on=True)
        write_addresses(self.addresses)
        self._ready = True
        self._write_configuration()

    async def _open_control(self, stack: contextlib.AsyncExitStack) -> tuple[str, int]:
        endpoint = company_endpoint(self._secrets.company, lambda: "webhook-forgery-accepted" in self._switches.on)
        app = create_control(active=lambda: self.active, switch=self.switch, state=self.state, more_routes=[endpoint])
        runner = Runner(app, server=SERVER, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, 0).start()
        host, port = runner.addresses[0][:2]
        return host, port

    async def serve(self) -> None:
        """Take connections until cancelled."""
        await self._connector.serve()

    def _use_certificate(self) -> None:
        certificate = self._switches.in_force_at(Place.SERVER_CERTIFICATE)
        everybody = self._switches.in_force_at(Place.ADMISSION) is not None
        self._connector.use(self._material.server_context(certificate, admits_everybody=everybody))

    def _write_configuration(self) -> None:
        """Not before everything listens: a reader may come at once."""
        if not self._ready:
            return
        missing = self._switches.in_force_at(Place.CONFIGURATION) is not None
        identity = None if missing else (self._material.certificate, self._material.key)
        write_configuration(
            self.addresses,
            key=self._key,
            webhook_secrets=self._secret_files,
            trust=self._material.trust,
            identity=identity,
        )


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
    with owned(directory, fresh_state=fresh_state) as place:
        async with contextlib.AsyncExitStack() as stack:
            try:
                lab = Lab(
                    place, port=port, clock=clock or SystemClock(), randomness=randomness or random.SystemRandom()
                )
                await lab.open(stack, faults)
            except OSError as error:
                raise cannot_write(place, error) from error
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
