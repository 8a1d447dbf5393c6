"""All that can be known of the certificates now: files, one handshake for each path, what services hold, what was known before."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.certificates.asking import ask_all
from probe.certificates.inventory import Inventory
from probe.certificates.scanner import files_of, identities_of
from probe.classify.prober import files_silent
from probe.classify.unusable import unusable_files
from probe.compose.codes import coded
from probe.compose.endpoint import named_path
from probe.compose.engine import inventory_of
from probe.compose.shut import looking_at_latches
from probe.compose.surroundings import place_of, read, surroundings
from probe.documents.silence import FileSystems
from probe.history.keeping import keep
from probe.history.store import FILE_NAME, History
from probe.history.trouble import HistoryError
from probe.model.clock import Clock, SystemClock
from probe.model.failure import Failure
from probe.model.outcome import Failed, Unknown
from probe.model.path import Identity, PaymentPath
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.model.watch import WatchedCertificate
from probe.runner.latching import Latching
from probe.runner.runner import Runner
from probe.settings.load import Loaded, load_settings

_LOG: Final = logging.getLogger("paypath")
_PHASES: Final = 7
_AT_ONCE: Final = 8
"""Paths that are asked at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found."""

    entries: tuple[WatchedCertificate, ...]
    """Those of the path that was named; else all."""
    paths: tuple[str, ...]
    """The same of the configured paths, in their order."""
    clock: Clock
    catalogue: Catalogue
    unusable: tuple[Failure, ...] = ()
    """Identities of these paths that cannot be used, with the reason that a run would give."""
    unreached: tuple[tuple[str, Failure], ...] = ()
    """Paths whose handshake did not pass, and why: what is told of their other side is as old as its sightings."""
    interrupted: bool = False
    """Somebody stopped us before everybody was asked."""

    @property
    def hindered(self) -> Failure | None:
        """What of ours (no descriptor left, no network) kept us from asking somebody: then nobody can say that all is well."""
        return next((failure for _, failure in self.unreached if failure.reason.startswith("prober.")), None)


async def survey(
    *,
    config: Path | None,
    environ: Mapping[str, str],
    path: str | None = None,
    offline: bool = False,
    stop: asyncio.Event | None = None,
) -> Survey:
    """Look at everything once; `offline` reads files and memory only. Raises SetupError."""
    loaded = load_settings(config, environ)
    for warning in loaded.warnings:
        _LOG.warning("%s", warning)
    clock, catalogue, stop = SystemClock(), coded(loaded), stop or asyncio.Event()
    wanted = loaded.paths if path is None else (named_path(path, loaded),)
    with _history(loaded.state_directory, writes=not offline) as history:
        inventory = inventory_of(loaded, clock, history)
        rotations = await asyncio.to_thread(inventory.scan)
        unreached: tuple[tuple[str, Failure], ...] = ()
        if not offline:
            with looking_at_latches(loaded.state_directory, clock=clock, catalogue=catalogue) as latching:
                unreached = await _asked(loaded, wanted, inventory, catalogue, stop, latching)
            keep(history, rotations, inventory.entries())
    return Survey(
        entries=tuple(entry for entry in inventory.entries() if path is None or entry.path == path),
        paths=tuple(one.name for one in wanted),
        clock=clock,
        catalogue=catalogue,
        unusable=tuple([failure async for failure in _unusable(wanted, catalogue)]),
        unreached=unreached,
        interrupted=stop.is_set(),
    )


def _learn(inventory: Inventory, run: Run) -> None:
    """Every handshake and every call of the run."""
    for attempt in (attempt for step in run.steps for attempt in step.attempts):
        for observation in (attempt.observation, attempt.reconciled):
            if observation is not None:
                inventory.learn(run.path, observation)


async def _asked(
    loaded: Loaded,
    wanted: Sequence[PaymentPath],
    inventory: Inventory,
    catalogue: Catalogue,
    stop: asyncio.Event,
    latching: Latching,
) -> tuple[tuple[str, Failure], ...]:
    """Ask the connectors, the services and the managers, all at once; gives the paths that could not be reached.

    On a latched path nothing is sent.
    """
    around = surroundings(
        place_of(loaded),
        catalogue=catalogue,
        clock=SystemClock(),
        randomness=random.SystemRandom(),
        observers=(),
    )
    runner, places = Runner(around, latches=latching), asyncio.Semaphore(_AT_ONCE)
    scenario = _handshake(max(loaded.limits.default_s, *loaded.limits.by_phase.values(), 0.0) * _PHASES)

    async def one(path: PaymentPath) -> Run:
        async with places:
            bare = replace(path, connector=replace(path.connector, health_path=None))
            return await runner.run(scenario, bare, stop=stop)

    async with asyncio.TaskGroup() as group:
        tasks = [(path, group.create_task(one(path))) for path in wanted]
        asked = _identities(loaded, wanted)
        group.create_task(ask_all(asked, inventory, clock=SystemClock(), limit_s=loaded.limits.default_s))
    for _, task in tasks:
        _learn(inventory, task.result())
    outcomes = [(path.name, task.result().outcome) for path, task in tasks]
    return tuple((name, outcome.failure) for name, outcome in outcomes if isinstance(outcome, Failed | Unknown))


async def _unusable(wanted: Iterable[PaymentPath], catalogue: Catalogue) -> AsyncIterator[Failure]:
    """What keeps an identity of a path from being used; each identity once."""
    said: set[str] = set()
    files = FileSystems()
    for path in wanted:
        for identity in identities_of(path):
            if identity.name in said:
                continue
            said.add(identity.name)
            silent = await files.silent(files_of(identity))
            if silent is not None:
                yield files_silent(str(silent), catalogue)
                continue
            facts = (await read(identity, path.connector.verify.security_level)).facts
            failure = unusable_files(facts, catalogue)
            if failure is not None:
                yield failure


def _identities(loaded: Loaded, wanted: Sequence[PaymentPath]) -> Iterator[Identity]:
    """Those of the paths; where all paths are wanted also those that none uses."""
    for path in wanted:
        yield from identities_of(path)
    if len(wanted) == len(loaded.paths):
        yield from loaded.identities


def _handshake(deadline_s: float) -> Scenario:
    step = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
    return Scenario(
        name="certs",
        summary="One handshake, to see the other side's certificates.",
        every_s=0,
        deadline_s=deadline_s,
        steps=(step,),
        source="certs",
    )


@contextmanager
def _history(directory: Path | None, *, writes: bool) -> Iterator[History | None]:
    """The history, or None where there is none; who only reads makes none."""
    history: History | None = None
    if directory is not None and (writes or (directory / FILE_NAME).exists()):
        try:
            history = History.open(directory, must_write=False)
        except HistoryError as error:
            _LOG.warning("%s; until then nothing is known of earlier times", error)
    try:
        yield history
    finally:
        if history is not None:
            history.close()
