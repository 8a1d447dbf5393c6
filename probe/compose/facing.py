"""The admin face with what stands behind it: the board, the inventory, a handshake on demand."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, Protocol

from probe import __version__
from probe.classify.expiry import Judged
from probe.compose.admin_tls import admin_context
from probe.compose.engine import Engine
from probe.compose.surroundings import place_of, surroundings
from probe.documents.mistakes import Mistake, SetupError
from probe.model.clock import Clock
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.report.board import Board
from probe.runner.runner import Runner
from probe.server.admin import AdminFace, Reloaded
from probe.server.guard import Access, guarded
from probe.server.listening import Listener, ListenError
from probe.server.metrics import Render, metrics_routes
from probe.server.webhooks import WebhookServer
from probe.settings.load import Loaded
from probe.verdict.forecast import Forecast, forecasts

_HANDSHAKE: Final = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
_SLACK_S: Final = 5.0


class Reloads(Protocol):
    """Who takes over a changed configuration; `probe.compose.reloading.Reloading` is the real one."""

    @property
    def problem(self) -> str | None:
        """Why what is written is not what runs."""

    async def reload(self) -> Reloaded:
        """Read everything anew."""


class Facing:
    """What the admin face shows, of the configuration that runs now; `probe.server.admin.Behind`."""

    def __init__(self, loaded: Loaded, parts: Engine, board: Board, reloads: Reloads) -> None:
        """Show this configuration, until `turn` says that it is another."""
        self._board, self._reloads = board, reloads
        self._under_way: dict[str, asyncio.Future[Run]] = {}
        self._admin_tls: ssl.SSLContext | None = None
        self.turn(loaded, parts)

    def turn(self, loaded: Loaded, parts: Engine) -> None:
        """From now on this is what runs."""
        self._loaded, self._parts = loaded, parts
        around = surroundings(
            place_of(loaded),
            catalogue=parts.catalogue,
            clock=parts.clock,
            randomness=parts.randomness,
            observers=(),  # what somebody asked for by hand is no run of a schedule, and in no metric
        )
        self._prober = Runner(around, latches=parts.runner.latching)

    def admin_tls(self) -> ssl.SSLContext | None:
        """What the admin listener shows; None: it speaks no TLS. Raises SetupError."""
        self._admin_tls = admin_context(self._loaded)
        return self._admin_tls

    def renew(self) -> None:
        """Show the certificate that is in the files now to who connects from now on. Raises SetupError, and shows the one before."""
        files, context = self._loaded.admin_tls, self._admin_tls
        if files is None or context is None:
            return
        admin_context(self._loaded)  # a pair that does not fit would spoil the context that is in use
        context.load_cert_chain(files.certificate, files.private_key)
        if files.client_ca is not None:
            context.load_verify_locations(files.client_ca)

    @property
    def board(self) -> Board:
        """What the last runs say."""
        return self._board

    @property
    def place(self) -> tuple[str, str]:
        """Environment and location."""
        return self._loaded.environment, self._loaded.location

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self._parts.clock

    @property
    def reload_problem(self) -> str | None:
        """Why what is written is not what runs."""
        return self._reloads.problem

    async def reload(self) -> Reloaded:
        """Read the configuration anew."""
        return await self._reloads.reload()

    def certificates(self) -> Sequence[Judged]:
        """The inventory, as judged."""
        return self._parts.stock.stand().judged

    def forecasts(self) -> Sequence[Forecast]:
        """Of each path."""
        entries = [entry for entry, _ in self.certificates()]
        return forecasts(self.paths(), entries, at=self._parts.clock.now())

    def paths(self) -> tuple[str, ...]:
        """Names of the configured paths."""
        return tuple(path.name for path in self._loaded.paths)

    async def probe(self, path: str) -> Run:
        """One handshake; who asks while one is under way gets the same."""
        under_way = self._under_way.get(path)
        if under_way is not None:
            return await asyncio.shield(under_way)
        result: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self._under_way[path] = result
        try:
            run = await self._handshake(path)
        except BaseException as error:
            result.set_exception(error)
            result.exception()  # seen here; whoever waits beside gets it too
            raise
        finally:
            del self._under_way[path]
        result.set_result(run)
        return run

    async def _handshake(self, path: str) -> Run:
        found = next(each for each in self._loaded.paths if each.name == path)
        limits = self._loaded.limits
        scenario = Scenario(
            name="probe",
            summary="A handshake that somebody asked for.",
            every_s=0.0,
            deadline_s=limits.default_s * 2 + _SLACK_S,
            steps=(_HANDSHAKE,),
            source="/probe",
        )
        return await self._prober.run(scenario, found, stop=asyncio.Event())


@contextlib.asynccontextmanager
async def listening(
    loaded: Loaded, facing: Facing, *, render: Render, ready: Callable[[], bool]
) -> AsyncIterator[tuple[str, str]]:
    """Both listeners for as long as the block lasts; the URLs of metrics and admin face. Raises SetupError."""
    face = AdminFace(facing, clock=facing.clock, version=__version__)
    access = Access(
        token=loaded.admin_token,
        host=loaded.listen_admin[0],
        by_certificate=loaded.admin_tls is not None and loaded.admin_tls.client_ca is not None,
    )
    admin, metrics = guarded(access, face.routes()), metrics_routes(render, ready)
    async with contextlib.AsyncExitStack() as stack:
        if loaded.listen_admin == loaded.listen_metrics and access.by_name and loaded.admin_tls is None:
            address = await _start(stack, Listener(*loaded.listen_metrics, [*admin, *metrics]))
            urls = (f"http://{address}", f"http://{address}")
        else:
            tls = facing.admin_tls()
            first = await _start(stack, Listener(*loaded.listen_metrics, metrics))
            second = await _start(stack, Listener(*loaded.listen_admin, admin, setting="listen.admin", tls=tls))
            urls = (f"http://{first}", f"{'https' if tls else 'http'}://{second}")
        stack.callback(face.close)
        yield urls


async def started(listener: Listener | WebhookServer) -> tuple[str, int]:
    """Start it, and say where it listens. Raises SetupError."""
    try:
        return await listener.start()
    except ListenError as error:
        raise SetupError([Mistake(error.setting, None, None, error.setting, str(error))]) from error


async def _start(stack: contextlib.AsyncExitStack, listener: Listener) -> str:
    host, port = await started(listener)
    stack.push_async_callback(listener.stop)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
