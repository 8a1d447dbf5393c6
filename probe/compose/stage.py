"""Where a drill is played: the lab, a prober on it, somebody on call, and what was seen of all that."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from aiodns.error import ARES_ENOTFOUND, DNSError

from probe.compose.engine import Engine, StandIns, engine
from probe.compose.once import begin_paging, exporting, telling
from probe.compose.setup import pairs, set_up
from probe.lab.lab import Lab, running_lab
from probe.model.clock import Clock
from probe.model.outcome import Failed, Passed, Unknown, word
from probe.model.paging import PageAction
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.pager.sink import FakeSink
from probe.report.facts import failure_of
from probe.report.words import phrase
from probe.schedule.job import Job
from probe.schedule.scheduler import Scheduler
from probe.schedule.watching import Watching
from probe.telemetry.setup import Telemetry
from probe.transport.dial import Address, NetworkDialer
from probe.transport.offline import FakeNetwork

PATH: Final = "billing"
SINK: Final = "drill"
EVERY_S: Final = 1.0
_SCENARIOS: Final = ("mtls-handshake", "card-charge", "card-declined")
"""What a drill runs; the first makes handshakes alone."""
PATIENCE_S: Final = 60.0
"""How long is waited for any one thing to be seen, before the drill has failed."""
NAME: Final = "connector.drill.test"
"""What the connector is called where a drill needs a name; RFC 6761 keeps `.test` out of the real DNS."""
_SETTLED: Final = 2
"""Passed runs in a row of every scenario before anything is broken, and after it is mended."""

Say = Callable[[str], None]


class NotSeenError(Exception):
    """What a drill waited for did not happen; the text says what."""


@dataclass(slots=True)
class DrillDialer:
    """The real network, but for one name, which is on the loopback until it is lost."""

    real: NetworkDialer = field(default_factory=NetworkDialer)
    lost: bool = False

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """See `probe.transport.dial.Dialer`."""
        if host != NAME:
            return await self.real.resolve(host, port)
        if self.lost:
            raise DNSError(ARES_ENOTFOUND, "the name does not exist")
        return (Address("127.0.0.1", port),)

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:
        """See `probe.transport.dial.Dialer`."""
        return () if host == NAME else await self.real.of_family(host, port, family)

    async def connect(self, address: Address) -> socket.socket:
        """See `probe.transport.dial.Dialer`."""
        return await self.real.connect(address)


class Stage:
    """One drill's surroundings while it is played. An observer of its runs."""

    def __init__(self, lab: Lab, clock: Clock, say: Say) -> None:
        """Nothing runs yet; `say` shows a line."""
        self.lab, self.clock, self._say = lab, clock, say
        self.sink = FakeSink(SINK)
        self.network = FakeNetwork()
        self.dialer = DrillDialer()
        self.engine: Engine | None = None
        self.telemetry: Telemetry | None = None
        self.broke_at: datetime | None = None
        self.runs: list[Run] = []
        self._expected: set[str] = set()
        self._changed = asyncio.Event()
        self._told: set[str] = set()

    @property
    def directory(self) -> Path:
        """Where files may be put."""
        return Path(self.lab.addresses.directory)

    def export_failures(self) -> int:
        """What `paypath_telemetry_export_failures_total` counts so far."""
        if self.telemetry is None:
            return 0
        page = self.telemetry.render(None)[0].decode()
        lines = [line for line in page.splitlines() if line.startswith("paypath_telemetry_export_failures_total")]
        return sum(int(float(line.rpartition(" ")[2])) for line in lines)

    def say(self, text: str) -> None:
        """Show what happens."""
        self._say(text)

    def breaks(self, text: str, *, at: datetime | None = None) -> None:
        """From now on, or from `at`, it is broken."""
        self.broke_at = at or self.clock.now()
        self.say(f"broken: {text}")

    def run_started(self, event: RunStarted) -> None:
        """Nothing to see yet."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing to see yet."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing was seen."""

    def run_finished(self, run: Run) -> None:
        """Keep it, and show what is new."""
        self.runs.append(run)
        failure = failure_of(run.outcome)
        if failure is not None and failure.reason not in self._told:
            self._told.add(failure.reason)
            self.say(
                f"seen: {run.scenario} {word(run.outcome)}: {failure.code} {phrase(failure.reason)} · {failure.reason}"
            )
        self._changed.set()

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for it. Raises NotSeenError."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not happened():
                    self._changed.clear()
                    await self._tick()
        except TimeoutError:
            raise NotSeenError(f"{what}: not seen within {PATIENCE_S:g} s") from None

    async def _tick(self) -> None:
        """Until the next run has ended, or a moment has passed: pages are no runs."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await self._changed.wait()

    async def healthy(self, said: str) -> None:
        """Every scenario has passed twice in a row, from now on."""
        since = len(self.runs)
        await self.until(lambda: self._settled(since), said)
        self.say(said)

    def _settled(self, since: int) -> bool:
        lately = {name: [run for run in self.runs[since:] if run.scenario == name] for name in self._expected}
        return all(
            len(runs) >= _SETTLED and all(isinstance(run.outcome, Passed) for run in runs[-_SETTLED:])
            for runs in lately.values()
        )

    async def noticed(self, reason: str) -> None:
        """Every scenario has failed with this reason, or a finer one: one cause for all of them."""
        await self.until(
            lambda: {run.scenario for run in self.with_reason(reason, Failed)} >= self._expected,
            f"every scenario fails with {reason}",
        )

    async def untold(self, reason: str, *, times: int) -> None:
        """So many runs could not tell, with this reason."""
        await self.until(
            lambda: len(self.with_reason(reason, Unknown)) >= times, f"{times} runs that cannot tell, with {reason}"
        )

    def with_reason(self, reason: str, outcome: type[Failed] | type[Unknown]) -> Sequence[Run]:
        """The runs that ended so."""
        return [
            run
            for run in self.runs
            if isinstance(run.outcome, outcome)
            and (failure := failure_of(run.outcome)) is not None
            and (failure.reason == reason or failure.reason.startswith(f"{reason}."))
        ]

    async def paged(self) -> None:
        """Somebody has the page."""
        await self.until(lambda: bool(self.pages(PageAction.TRIGGER)), "a page")
        self.say(f"paged: {self.pages(PageAction.TRIGGER)[0]}")

    async def resolved(self) -> None:
        """Somebody knows that it is over."""
        await self.until(lambda: bool(self.pages(PageAction.RESOLVE)), "the end of the page")
        self.say(f"paged: {self.pages(PageAction.RESOLVE)[0]}")

    def pages(self, action: PageAction) -> Sequence[str]:
        """The titles of what was sent."""
        return [page.title for page in self.sink.taken if page.action is action]


@contextlib.asynccontextmanager
async def staged(
    directory: Path, *, environ: Mapping[str, str], named: bool, say: Say, clock: Clock
) -> AsyncIterator[Stage]:
    """A lab, and a prober on it that runs every second; `named` gives the connector a name. Raises LabError, SetupError."""
    async with running_lab(directory, fresh_state=True) as lab:
        stage = Stage(lab, clock, say)
        config = Path(lab.addresses.configuration)
        setup = set_up(config, _overrides(environ, lab, named=named))
        wanted = pairs(setup)
        stage._expected = {pair.scenario.name for pair in wanted}  # noqa: SLF001 - its own maker
        with exporting(setup.loaded, wanted, environ) as telemetry:
            stand_ins = StandIns(dialer=stage.dialer, network=stage.network, sinks=(stage.sink,))
            with engine(
                setup.loaded,
                observers=(telemetry.observer, stage),
                on_latch=telling(telemetry),
                on_page=telemetry.observer.page,
                stand_ins=stand_ins,
            ) as parts:
                stage.engine, stage.telemetry = parts, telemetry
                begin_paging(parts.paging, setup.loaded, wanted, telemetry, clock=parts.clock)
                jobs = [Job(scenario=pair.scenario, path=pair.path, every_s=EVERY_S) for pair in wanted]
                scheduler = Scheduler(parts.runner, jobs, clock=parts.clock, randomness=parts.randomness)
                watching = Watching(
                    parts.stock,
                    history=parts.history,
                    identities=setup.loaded.identities,
                    clock=parts.clock,
                    limit_s=setup.loaded.limits.default_s,
                )
                async with _going_on(scheduler, watching, parts):
                    yield stage


@contextlib.asynccontextmanager
async def _going_on(scheduler: Scheduler, watching: Watching, parts: Engine) -> AsyncIterator[None]:
    """Runs, the watch over certificates, and pages go on for as long as the block lasts; what it raises comes out as it is."""
    stop = asyncio.Event()
    trouble: Exception | None = None
    async with asyncio.TaskGroup() as group:
        running = group.create_task(scheduler.keep_running(stop))
        beside = [group.create_task(watching.keep_watching())]
        if parts.paging is not None:
            beside.append(group.create_task(parts.paging.keep_going()))
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again below, without the group's wrapping
            trouble = error
        finally:
            stop.set()
        await running
        for each in beside:
            each.cancel()
    if trouble is not None:
        raise trouble


def _overrides(environ: Mapping[str, str], lab: Lab, *, named: bool) -> Mapping[str, str]:
    """What the drill's prober does differently from the lab's ready configuration."""
    ours = {
        "PAYPATH_SCENARIOS__EVERY": f"{EVERY_S:g}s",
        "PAYPATH_SCENARIOS__ENABLED": json.dumps(_SCENARIOS),
        "PAYPATH_TIMEOUTS__DEFAULT": "1s",
        f"PAYPATH_PAGES__SINKS__{SINK.upper()}__KIND": "webhook",
        f"PAYPATH_PAGES__SINKS__{SINK.upper()}__URL": "http://127.0.0.1:9",  # never asked: a sink of the drill's own stands in
    }
    if named:
        connector = "PAYPATH_PATHS__BILLING__CONNECTOR__"
        port = lab.addresses.connector.rpartition(":")[2]
        ours |= {
            "PAYPATH_ENVIRONMENT": "drill",
            f"{connector}URL": f"https://{NAME}:{port}",
            f"{connector}SERVER_NAME": "localhost",
            "PAYPATH_SCENARIOS__ENABLED": json.dumps(_SCENARIOS[:1]),
        }
    return {**environ, **ours}
