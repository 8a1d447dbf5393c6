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
from probe.certificates.in_use import look
from probe.certificates.inventory import Inventory
from probe.certificates.managed import prove
from probe.classify.expiry import judge_all
from probe.classify.unusable import unusable_files
from probe.compose.codes import coded
from probe.compose.endpoint import named_path
from probe.compose.engine import Engine, read, redactor_of, surroundings
from probe.history.store import FILE_NAME, History, HistoryError
from probe.history.watched import ROTATIONS_KEPT
from probe.model.clock import Clock, SystemClock
from probe.model.failure import Failure, Severity
from probe.model.outcome import Failed, Unknown
from probe.model.path import Identity, PaymentPath
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.model.watch import Rotation, WatchedCertificate
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
        inventory = _inventory(loaded, clock, history)
        rotations = await asyncio.to_thread(inventory.scan)
        unreached: tuple[tuple[str, Failure], ...] = ()
        if not offline:
            unreached = await _asked(loaded, wanted, inventory, catalogue, stop)
            _remember(history, rotations, inventory)
    return Survey(
        entries=tuple(entry for entry in inventory.entries() if path is None or entry.path == path),
        paths=tuple(one.name for one in wanted),
        clock=clock,
        catalogue=catalogue,
        unusable=tuple([failure async for failure in _unusable(wanted, catalogue)]),
        unreached=unreached,
        interrupted=stop.is_set(),
    )


async def expiring(loaded: Loaded, runs: Iterable[Run], parts: Engine) -> tuple[Failure, ...]:
    """What pages among the certificates that the files hold and that the runs saw. Asks nobody anything."""
    inventory = _inventory(loaded, parts.clock, parts.history)
    rotations = await asyncio.to_thread(inventory.scan)
    for run in runs:
        _learn(inventory, run)
    _remember(parts.history, rotations, inventory)
    judged = judge_all(inventory.entries(), parts.catalogue, at=parts.clock.now())
    failures = [failure for _, standing in judged for failure in standing.failures]
    return tuple(failure for failure in failures if failure.severity is Severity.PAGE)


def _learn(inventory: Inventory, run: Run) -> None:
    """Every handshake and every call of the run."""
    for attempt in (attempt for step in run.steps for attempt in step.attempts):
        for observation in (attempt.observation, attempt.reconciled):
            if observation is not None:
                inventory.learn(run.path, observation)


def _inventory(loaded: Loaded, clock: Clock, history: History | None) -> Inventory:
    remembered: tuple[WatchedCertificate, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    try:
        if history is not None:
            remembered, rotations = history.remembered(), history.rotations(since=clock.now() - ROTATIONS_KEPT)
    except HistoryError as error:
        _LOG.warning("what was known before is lost: %s", error)
    return Inventory(
        paths=loaded.paths,
        identities=loaded.identities,
        watches=loaded.watches,
        thresholds_s=loaded.thresholds_s,
        clock=clock,
        remembered=remembered,
        rotations=rotations,
    )


async def _asked(
    loaded: Loaded,
    wanted: Sequence[PaymentPath],
    inventory: Inventory,
    catalogue: Catalogue,
    stop: asyncio.Event,
) -> tuple[tuple[str, Failure], ...]:
    """Ask the connectors, the services and the managers, all at once; gives the paths that could not be reached."""
    around = surroundings(
        catalogue=catalogue,
        clock=SystemClock(),
        randomness=random.SystemRandom(),
        redactor=redactor_of(loaded),
        observers=(),
        environment=loaded.environment,
        location=loaded.location,
        limits=loaded.limits,
    )
    runner, places = Runner(around, latches=None), asyncio.Semaphore(_AT_ONCE)
    scenario = _handshake(max(loaded.limits.default_s, *loaded.limits.by_phase.values(), 0.0) * _PHASES)

    async def one(path: PaymentPath) -> Run:
        async with places:
            bare = replace(path, connector=replace(path.connector, health_path=None))
            return await runner.run(scenario, bare, stop=stop)

    async with asyncio.TaskGroup() as group:
        tasks = [(path, group.create_task(one(path))) for path in wanted]
        for identity in {id(each): each for each in _identities(loaded, wanted)}.values():
            group.create_task(_use_and_proof(identity, inventory, loaded.limits.default_s))
    for _, task in tasks:
        _learn(inventory, task.result())
    outcomes = [(path.name, task.result().outcome) for path, task in tasks]
    return tuple((name, outcome.failure) for name, outcome in outcomes if isinstance(outcome, Failed | Unknown))


async def _use_and_proof(identity: Identity, inventory: Inventory, limit_s: float) -> None:
    """What the running service holds of it, and whether what is said to renew it does."""
    leaves, clock = inventory.leaves(identity.name), SystemClock()
    if identity.in_use is not None:
        found = await look(
            identity.in_use, clock=clock, limit_s=limit_s, certificate=identity.certificate, known=leaves
        )
        if found.error is not None:
            _LOG.warning("what is in use of identity %s could not be seen: %s", identity.name, found.error)
        inventory.found_in_use(identity.name, found)
    if identity.managed_proof is not None and leaves:
        inventory.proved(identity.name, await prove(identity.managed_proof, leaves[0], clock=clock, limit_s=limit_s))


async def _unusable(wanted: Iterable[PaymentPath], catalogue: Catalogue) -> AsyncIterator[Failure]:
    """What keeps an identity of a path from being used; each identity once."""
    said: set[str] = set()
    for path in wanted:
        for identity in _of(path):
            if identity.name in said:
                continue
            said.add(identity.name)
            facts = (await read(identity, path.connector.verify.security_level)).facts
            failure = unusable_files(facts, catalogue)
            if failure is not None:
                yield failure


def _identities(loaded: Loaded, wanted: Sequence[PaymentPath]) -> Iterator[Identity]:
    """Those of the paths; where all paths are wanted also those that none uses."""
    for path in wanted:
        yield from _of(path)
    if len(wanted) == len(loaded.paths):
        yield from loaded.identities


def _of(path: PaymentPath) -> Iterator[Identity]:
    proxy = path.connector.proxy
    for identity in (path.connector.identity, proxy.identity if proxy else None):
        if identity is not None:
            yield identity


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
            history = History.open(directory)
        except HistoryError as error:
            _LOG.warning("%s; until then nothing is known of earlier times", error)
    try:
        yield history
    finally:
        if history is not None:
            history.close()


def _remember(history: History | None, rotations: Iterable[Rotation], inventory: Inventory) -> None:
    if history is None:
        return
    try:
        for rotation in rotations:
            history.record_rotation(rotation)
        history.remember(inventory.entries())
    except HistoryError as error:
        _LOG.warning("what was seen now will not be known later: %s", error)
