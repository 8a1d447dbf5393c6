"""What each drill would come to on configured paths: worked out from the configuration alone, nothing is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from probe.compose.drills import DRILLS, Drill
from probe.compose.engine import Pair, SetUp, pairs, set_up
from probe.model.outcome import Unknown
from probe.model.path import PaymentPath
from probe.model.scenario import HandshakeAction, HttpAction, StepPlan, StripeAction

_CERTIFICATE_DRILLS = ("inc-5023", "half-done-rotation")
_AT_ONCE = ("inc-5023", "server-cert-expired")
"""Drills in which a certificate proves the failure: the first run pages."""


@dataclass(frozen=True, slots=True)
class PlannedScenario:
    """One scenario on one path."""

    scenario: str
    every_s: float
    steps: tuple[str, ...]
    """What is sent, in order, cleanup included."""


@dataclass(frozen=True, slots=True)
class PlannedDrill:
    """What one drill would come to on one path."""

    drill: str
    text: str
    seen_within_s: float | None
    """Until a run sees it, at the latest, timeouts aside; None: it could not be seen on this path."""
    paged_within_s: float | None
    """Until somebody is paged; None: nobody is."""
    because: str = ""
    """Why it could not be seen, or why nobody is paged."""


@dataclass(frozen=True, slots=True)
class PlannedPath:
    """One configured path."""

    path: str
    connector: str
    identity: str | None
    scenarios: tuple[PlannedScenario, ...]
    drills: tuple[PlannedDrill, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    config: str
    paths: tuple[PlannedPath, ...]
    sinks: tuple[str, ...]


def against(config: Path, environ: Mapping[str, str]) -> Plan:
    """Read the configuration and its scenarios. Raises SetupError."""
    setup = set_up(config, environ)
    wanted = pairs(setup)
    sinks = tuple(f"{sink.name} ({sink.kind.value})" for sink in setup.loaded.paging.sinks)
    return Plan(
        config=str(config),
        paths=tuple(_path(path, [pair for pair in wanted if pair.path is path], setup) for path in setup.loaded.paths),
        sinks=sinks,
    )


def _path(path: PaymentPath, wanted: list[Pair], setup: SetUp) -> PlannedPath:
    planned = tuple(
        PlannedScenario(pair.scenario.name, setup.loaded.every_s or pair.scenario.every_s, _steps(pair, path))
        for pair in wanted
    )
    identity = path.connector.identity
    return PlannedPath(
        path=path.name,
        connector=path.connector.url,
        identity=None if identity is None else identity.name,
        scenarios=planned,
        drills=tuple(_drill(drill, path, planned, setup) for drill in DRILLS),
    )


def _steps(pair: Pair, path: PaymentPath) -> tuple[str, ...]:
    steps = (*pair.scenario.steps, *pair.scenario.cleanup)
    return tuple(text for step in steps for text in _step(step, path))


def _step(step: StepPlan, path: PaymentPath) -> Iterator[str]:
    match step.action:
        case HandshakeAction():
            yield "handshake" + (f" and GET {path.connector.health_path}" if path.connector.health_path else "")
        case HttpAction(method=method, path=where):
            yield f"{method} {where}"
        case StripeAction(method=method):
            yield method
        case _:
            yield step.kind.value


def _drill(drill: Drill, path: PaymentPath, planned: tuple[PlannedScenario, ...], setup: SetUp) -> PlannedDrill:
    on_stripe = drill.name == "stripe-429-storm"
    able = [each for each in planned if not on_stripe or any(step.startswith("v1.") for step in each.steps)]
    why = _unseen(drill, path, able)
    if why is not None:
        return PlannedDrill(drill.name, drill.text, None, None, why)
    every_s = min(each.every_s for each in able)
    if drill.outcome is Unknown or drill.reason is None:
        return PlannedDrill(drill.name, drill.text, every_s, None, "it says nothing about the path")
    rules = setup.loaded.paging.rules
    runs = 1 if rules.proven and drill.name in _AT_ONCE else rules.failures
    if not setup.loaded.paging.sinks:
        return PlannedDrill(drill.name, drill.text, every_s, None, "no sink is configured under `pages`")
    return PlannedDrill(drill.name, drill.text, every_s, runs * every_s)


def _unseen(drill: Drill, path: PaymentPath, able: list[PlannedScenario]) -> str | None:
    if not able:
        return "no scenario of this path would see it"
    if drill.name in _CERTIFICATE_DRILLS and path.connector.identity is None:
        return "the path has no client certificate"
    return None
