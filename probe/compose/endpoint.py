"""One endpoint in depth: what the on-call engineer types, with or without a configuration."""

import asyncio
import pathlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from probe.catalogue.catalogue import load
from probe.compose.codes import coded
from probe.compose.shut import InPassing, looking_at_latches
from probe.compose.surroundings import Place, place_of, surroundings
from probe.compose.typed import Depth, DiagnoseOptions, unconfigured
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.model.clock import SystemClock
from probe.model.path import Connector, ConnectorKind, Diagnostics, PaymentPath, PhaseLimits
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.runner.latching import Latching
from probe.runner.runner import Runner
from probe.runner.state import Surroundings
from probe.settings.load import Loaded, load_settings

_PHASES = 7
_TIMEOUT_S = 5.0
_SPOKEN = ("http/1.1", "http/1.0")
"""ALPN names of what we can ask a question in."""


async def diagnose(*, options: DiagnoseOptions, stop: asyncio.Event | None = None) -> Run:
    """One handshake step as a run of its own, `scenario: diagnose`. Raises SetupError for what cannot be meant.

    Nothing is configured here, not even by the environment.
    """
    path, redactor = unconfigured(options)
    clock, catalogue = SystemClock(), load()
    limits = PhaseLimits(default_s=options.depth.timeout_s or _TIMEOUT_S)
    place = Place(redactor=redactor, environment="diagnose", limits=limits)
    around = surroundings(place, catalogue=catalogue, clock=clock, randomness=random.SystemRandom(), observers=())
    latching = Latching(InPassing(), clock=clock, catalogue=catalogue)
    return await _look(path, options.depth, around, stop, latching=latching)


async def diagnose_path(
    *,
    name: str,
    depth: Depth,
    config: pathlib.Path | None,
    environ: Mapping[str, str],
    stop: asyncio.Event | None = None,
) -> Run:
    """The same for the connector of a configured path, with its identity, trust, strictness and limits. Raises SetupError.

    On a latched path nothing is sent.
    """
    loaded = load_settings(config, environ)
    path = named_path(name, loaded)
    clock, catalogue = SystemClock(), coded(loaded)
    place = place_of(loaded)
    if depth.timeout_s is not None:
        place = replace(place, limits=PhaseLimits(default_s=depth.timeout_s))
    around = surroundings(place, catalogue=catalogue, clock=clock, randomness=random.SystemRandom(), observers=())
    with looking_at_latches(loaded.state_directory, clock=clock, catalogue=catalogue) as latching:
        return await _look(path, depth, around, stop, latching=latching)


def named_path(name: str, loaded: Loaded) -> PaymentPath:
    """The configured path of that name. Raises SetupError."""
    found = next((path for path in loaded.paths if path.name == name), None)
    if found is not None:
        return found
    known: Sequence[str] = [path.name for path in loaded.paths]
    where = str(loaded.file) if loaded.file else "no configuration file was found here, and the environment has none"
    hint = suggestion(name, known, "there is") if known else f"name a configuration with --config ({where})"
    raise SetupError([Mistake("--path", None, None, name, f"no path `{name}` is configured", hint)])


async def _look(
    path: PaymentPath, depth: Depth, around: Surroundings, stop: asyncio.Event | None, *, latching: Latching
) -> Run:
    tunnels = path.connector.kind is ConnectorKind.PROXY
    asked = None if depth.no_http else depth.http_path or path.connector.health_path or (None if tunnels else "/")
    if asked is not None:
        _refuse_other_protocols(path.connector)
    connector = replace(
        path.connector,
        health_path=asked,
        diagnostics=Diagnostics.OFF if depth.no_deep else Diagnostics.ALWAYS,
    )
    any_answer = depth.http_path is None and path.connector.health_path is None
    longest = max(around.limits.default_s, *around.limits.by_phase.values(), 0.0)
    scenario = _scenario(any_answer=any_answer, deadline_s=longest * _PHASES)
    runner = Runner(around, latches=latching)
    return await runner.run(scenario, replace(path, connector=connector), stop=stop or asyncio.Event())


def _refuse_other_protocols(connector: Connector) -> None:
    """Where a server may choose a protocol that we do not speak, its answer would look like its fault. Raises SetupError."""
    others = spoken_by_others(connector)
    if others:
        what = f"HTTP is asked in HTTP/1.1 only, and {' and '.join(others)} would be offered"
        hint = "offer http/1.1 alone, or look no further than TLS with --no-http"
        raise SetupError([Mistake("--alpn", None, None, "alpn", what, hint)])


def spoken_by_others(connector: Connector) -> list[str]:
    """ALPN names that would be offered and in which nothing can be asked here."""
    return [name for name in connector.verify.alpn if name not in _SPOKEN]


def _scenario(*, any_answer: bool, deadline_s: float) -> Scenario:
    step = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction(any_answer=any_answer))
    return Scenario(
        name="diagnose",
        summary="One endpoint in depth.",
        every_s=0,
        deadline_s=deadline_s,
        steps=(step,),
        source="command line",
    )
