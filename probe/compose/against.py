"""What each drill would come to on configured paths: worked out from the configuration alone, nothing is sent."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from probe.compose.drills import DRILLS, Drill
from probe.compose.setup import Pair, SetUp, pairs, set_up
from probe.model.outcome import Unknown
from probe.model.paging import PageRules
from probe.model.path import PaymentPath
from probe.model.scenario import HandshakeAction, HttpAction, StepPlan, StripeAction
from probe.transport.offline import is_local
from probe.verdict.paging import APART

_CERTIFICATE_DRILLS = ("inc-5023", "half-done-rotation")
_AT_ONCE = ("inc-5023", "server-cert-expired")
"""Drills in which a certificate proves the failure: the first run pages."""
_READ_AGAIN = ("half-done-rotation",)
"""Drills in which our files are unusable: `run` reads them a second time before it pages."""


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
    if not setup.loaded.paging.sinks:
        return PlannedDrill(drill.name, drill.text, every_s, None, "no sink is configured under `pages`")
    return PlannedDrill(drill.name, drill.text, every_s, _paged_within_s(drill, every_s, setup.loaded.paging.rules))


def _paged_within_s(drill: Drill, every_s: float, rules: PageRules) -> float:
    if rules.proven and drill.name in _AT_ONCE:
        return every_s
    if rules.proven and drill.name in _READ_AGAIN:
        return every_s + APART.total_seconds()
    return max(1, rules.failures) * every_s


def _unseen(drill: Drill, path: PaymentPath, able: list[PlannedScenario]) -> str | None:
    if not able:
        return "no scenario of this path would see it"
    if drill.name in _CERTIFICATE_DRILLS and path.connector.identity is None:
        return "the path has no client certificate"
    first = path.connector.endpoint if path.connector.proxy is None else path.connector.proxy.endpoint
    if drill.name == "dns-failure" and not _is_name(first.host):
        return f"there is no name to look up: `{first.host}` is an address"
    if drill.name == "prober-offline" and is_local(first.host):
        return f"no network is needed for `{first.host}`: it is on this machine"
    return None


def _is_name(host: str) -> bool:
    """Neither an address nor a unix socket."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return not host.startswith("/")
    return False
