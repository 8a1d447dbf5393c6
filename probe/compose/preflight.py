"""A new identity on trial: its files, the certificate that it is to replace, and every live path that would use it."""

import asyncio
import pathlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from probe.catalogue.catalogue import load
from probe.certificates.candidate import examine_candidate
from probe.certificates.scanner import files_on
from probe.checks.expectations import check_live_headers
from probe.classify.preflight import judge_preflight
from probe.classify.strength import DEFAULT_LEVEL
from probe.compose.codes import coded
from probe.compose.endpoint import spoken_by_others
from probe.compose.replacing import Replacing, Target, replacing
from probe.compose.secrets import redactor_of
from probe.compose.shut import looking_at_latches
from probe.compose.surroundings import Place, read, surroundings
from probe.compose.typed import DiagnoseOptions, password_in, unconfigured
from probe.documents.silence import refuse_silent
from probe.model.clock import SystemClock
from probe.model.identity import LoadedIdentity
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed
from probe.model.path import Connector, ConnectorKind, Diagnostics, Identity, PhaseLimits
from probe.model.preflight import LiveFacts, Preflight, PreflightFacts
from probe.model.scenario import HandshakeAction, StepKind, StepPlan
from probe.redact.text import Redactor
from probe.runner.judging import answers_of
from probe.runner.latching import Latching
from probe.runner.state import Surroundings
from probe.settings.load import load_settings

_PHASES: Final = 7
_TIMEOUT_S: Final = 5.0
_STEP: Final = StepPlan(name="preflight", kind=StepKind.HANDSHAKE, action=HandshakeAction())
"""What a pass is, where one is judged as a step."""
_AT_ONCE: Final = 8
"""Paths that are tried at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightOptions:
    """The words after `paypath preflight`."""

    certificate: pathlib.Path
    private_key: pathlib.Path
    key_password_file: pathlib.Path | None = None
    path: str | None = None
    identity: str | None = None
    endpoint: DiagnoseOptions | None = None
    """A connector that no configuration knows; its identity is the current one. Nothing is read from a configuration then."""
    allow_new_name: bool = False
    timeout_s: float | None = None
    """For each phase; None: the configuration's limits, else 5 s."""
    http_path: str | None = None
    no_http: bool = False


async def preflight(
    options: PreflightOptions,
    *,
    config: pathlib.Path | None,
    environ: Mapping[str, str],
    stop: asyncio.Event | None = None,
) -> Preflight:
    """Try the candidate wherever it would be used. Raises SetupError; what is wrong with the candidate is in the result."""
    refuse_silent((options.certificate, options.private_key, options.key_password_file))
    password = password_in(options.key_password_file)
    around, wanted, state = _prepared(options, config, environ)
    current = wanted.current
    refuse_silent(file for target in wanted.targets for file in files_on(target.path))
    level = max((_level(target.path.connector) for target in wanted.targets), default=DEFAULT_LEVEL)
    name = current.name if current else str(options.certificate)
    files = Identity(
        name=name,
        certificate=options.certificate,
        private_key=options.private_key,
        private_key_password=password,
    )
    loaded = await read(files, level)
    with looking_at_latches(state, clock=around.seams.clock, catalogue=around.catalogue) as latching:
        trial = Trial(around, options, files, loaded, latching)
        lives = await _until(stop or asyncio.Event(), trial, wanted.targets)
    facts = PreflightFacts(
        at=around.seams.clock.now(),
        candidate=await asyncio.to_thread(examine_candidate, loaded),
        current=(await read(current, level)).facts if current else None,
        security_level=level,
        lives=lives,
        care=wanted.care,
        allow_new_name=options.allow_new_name,
    )
    return judge_preflight(facts, around.catalogue)


def _prepared(
    options: PreflightOptions, config: pathlib.Path | None, environ: Mapping[str, str]
) -> tuple[Surroundings, Replacing, pathlib.Path | None]:
    """The ways out of the process, what is to be tried, and the state directory: of the configuration, or of the command line alone."""
    limits = None if options.timeout_s is None else PhaseLimits(default_s=options.timeout_s)
    if options.endpoint is not None:
        path, redactor = unconfigured(options.endpoint)
        around = _surroundings(limits or PhaseLimits(default_s=_TIMEOUT_S), redactor)
        current = path.connector.identity
        return around, Replacing(current, (Target(path=path, current=current),)), None
    loaded = load_settings(config, environ)
    wanted = replacing(loaded, path=options.path, identity=options.identity)
    around = _surroundings(limits or loaded.limits, redactor_of(loaded))
    return replace(around, catalogue=coded(loaded)), wanted, loaded.state_directory


def _surroundings(limits: PhaseLimits, redactor: Redactor) -> Surroundings:
    return surroundings(
        Place(redactor=redactor, environment="preflight", limits=limits),
        catalogue=load(),
        clock=SystemClock(),
        randomness=random.SystemRandom(),
        observers=(),
    )


def _level(connector: Connector) -> int:
    level = connector.verify.security_level
    return DEFAULT_LEVEL if level is None else level


async def _until(stop: asyncio.Event, trial: "Trial", wanted: Sequence[Target]) -> tuple[LiveFacts, ...]:
    """What every target says; those that nobody has heard of when `stop` is set were interrupted."""
    async with asyncio.TaskGroup() as group:
        passes = [group.create_task(trial.live(target)) for target in wanted]
        stopped = group.create_task(stop.wait())
        pending: set[asyncio.Task[object]] = {*passes}
        while pending and not stopped.done():
            done, _ = await asyncio.wait({*pending, stopped}, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
        stopped.cancel()
        for task in pending:
            task.cancel()
    pairs = zip(wanted, passes, strict=True)
    return tuple(_interrupted(target) if task.cancelled() else task.result() for target, task in pairs)


def _interrupted(target: Target) -> LiveFacts:
    return LiveFacts(
        path=target.path.name,
        endpoint=target.endpoint,
        proxied=target.proxied,
        interrupted=True,
    )


class Trial:
    """The passes over one path after the other, a few at a time: first with the current identity, then with the candidate."""

    def __init__(
        self,
        around: Surroundings,
        options: PreflightOptions,
        files: Identity,
        candidate: LoadedIdentity,
        latching: Latching,
    ) -> None:
        """`candidate` is what was read from `files`, once for all paths. On what is shut nothing is sent."""
        self._latching = latching
        self._around = around
        self._options = options
        self._files = files
        self._candidate = candidate
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def live(self, target: Target) -> LiveFacts:
        """One after the other, so that a connector that takes one connection at a time is not found slow."""
        asked = self._asked(target.connector)
        facts = LiveFacts(
            path=target.path.name,
            endpoint=target.endpoint,
            proxied=target.proxied,
            any_answer=self._options.http_path is None and target.connector.health_path is None,
        )
        async with self._turn:
            facts = replace(facts, shut=self._latching.latched(facts.path))
            held = target.current is not None and target.current.private_key is not None
            if facts.shut is None and held:
                control = await self._pass(target, asked, target.current, None)
                facts = replace(facts, control=control, shut=self._live(facts.path, control))
            if facts.shut is None and self._candidate.usable:
                candidate = await self._pass(target, asked, self._files, self._candidate)
                facts = replace(facts, candidate=candidate, shut=self._live(facts.path, candidate))
        return facts

    def _live(self, path: str, seen: HandshakeObservation) -> Failed | None:
        """Why nothing more may be sent, where an answer says live mode: a configured path is shut then."""
        found = check_live_headers(_STEP, answers_of(seen), self._around.catalogue)
        if found is None:
            return None
        if self._options.endpoint is None:
            self._latching.shut(path, "", found)
        return Failed(found)

    def _asked(self, connector: Connector) -> str | None:
        if self._options.no_http or spoken_by_others(connector):
            return None
        tunnels = connector.kind is ConnectorKind.PROXY
        return self._options.http_path or connector.health_path or (None if tunnels else "/")

    async def _pass(
        self, target: Target, asked: str | None, identity: Identity | None, known: LoadedIdentity | None
    ) -> HandshakeObservation:
        """One verified handshake and one keyless question with `identity`, whose files are `known` or read here."""
        connector = replace(target.with_identity(identity), diagnostics=Diagnostics.ON_FAILURE)
        own = connector.identity
        if target.proxied or known is None:
            known = None if own is None or own.private_key is None else await read(own, connector.verify.security_level)
        limits, clock, bits = self._around.limits, self._around.seams.clock, self._around.randomness.getrandbits
        longest = max(limits.default_s, *limits.by_phase.values(), 0.0)
        span_id = f"{bits(64) or 1:016x}"
        return await self._around.seams.handshakes.observe(
            connector,
            identity=known,
            http_path=asked,
            limits=limits,
            deadline=clock.monotonic() + longest * _PHASES,
            traceparent=f"00-{bits(128) or 1:032x}-{span_id}-01",
            span_id=span_id,
        )
