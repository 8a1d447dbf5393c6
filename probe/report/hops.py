"""A path hop by hop, as far as its last runs show: the prober, name, connection, TLS, connector, Stripe."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.model.failure import Failure, Hop, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Unknown
from probe.model.run import Run
from probe.report.facts import Networked, failure_of, observations, phases, told_by
from probe.report.words import printable


class HopState(StrEnum):
    """What is known of one hop."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    """We could not tell."""
    UNREACHED = "unreached"
    """Something before it stood in the way."""
    UNTRIED = "untried"
    """No run has gone so far, or none is meant to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HopShown:
    """One hop of the drawing."""

    name: str
    state: HopState
    took_s: float | None = None
    detail: str = ""


_STAGES: Final = (
    ("DNS", (Phase.DNS,)),
    ("TCP", (Phase.TCP,)),
    ("TLS", (Phase.TLS, Phase.ACCEPT)),
    ("connector", (Phase.SEND, Phase.WAIT, Phase.RECEIVE)),
)
"""The phases of the first hop, as a person counts them."""


def hops(runs: Iterable[Run]) -> tuple[HopShown, ...]:
    """The drawing of one path: `runs` are the last ones of its scenarios. What fails is drawn from the run that says so."""
    last = sorted(runs, key=lambda run: run.started_at, reverse=True)
    failing = [run for run in last if failure_of(run.outcome) is not None]
    way = next((run for run in (*failing, *last) if told_by(run).first_hop is not None), None)
    told = told_by(way).first_hop if way is not None else None
    failure = failure_of(failing[0].outcome) if failing else None
    unknown = bool(failing) and isinstance(failing[0].outcome, Unknown)
    return (
        _prober(failure, unknown=unknown),
        *_first(told, failure, unknown=unknown),
        _stripe(last, failure, unknown=unknown),
    )


def _prober(failure: Failure | None, *, unknown: bool) -> HopShown:
    """Our own side: its files, its clock, its network."""
    ours = failure is not None and failure.hop is Hop.NONE
    state = HopState.UNKNOWN if ours and unknown else HopState.BAD if ours else HopState.GOOD
    return HopShown(name="probe", state=state)


def _first(told: Networked | None, failure: Failure | None, *, unknown: bool) -> list[HopShown]:
    spent = phases(told)
    broken = failure.phase if failure is not None and failure.hop is Hop.PROBE_CONNECTOR else None
    shown: list[HopShown] = []
    stopped = told is None and failure is not None
    for name, of in _STAGES:
        took = sum(spent[phase] for phase in of if phase in spent)
        if broken in of:
            state, stopped = (HopState.UNKNOWN if unknown else HopState.BAD), True
        elif stopped:
            state = HopState.UNREACHED
        elif any(phase in spent for phase in of):
            state = HopState.GOOD
        else:
            state = HopState.UNTRIED
        known = any(phase in spent for phase in of)
        shown.append(HopShown(name=name, state=state, took_s=took if known else None, detail=_detail(name, told)))
    return shown


def _detail(name: str, told: Networked | None) -> str:
    if told is None:
        return ""
    match name:
        case "DNS":
            return printable(told.endpoint.host)
        case "TCP":
            peer = told.peer_address if isinstance(told, HandshakeObservation) else None
            return printable(peer or str(told.endpoint))
        case "TLS":
            return " · ".join(printable(word) for word in (told.tls.version, told.tls.group) if word)
        case _:
            return _answered(told)


def _answered(told: Networked) -> str:
    answer = told.answer if isinstance(told, HttpObservation) else told.http
    return f"HTTP {answer.status}" if answer is not None else ""


def _stripe(last: list[Run], failure: Failure | None, *, unknown: bool) -> HopShown:
    """As the last call of any scenario found it."""
    calls = [(run, call) for run in last for call in observations(run) if isinstance(call, StripeObservation)]
    if failure is not None and failure.hop is Hop.CONNECTOR_STRIPE:
        return HopShown(name="Stripe", state=HopState.UNKNOWN if unknown else HopState.BAD)
    if failure is not None and failure.hop is Hop.PROBE_CONNECTOR and not unknown:
        return HopShown(name="Stripe", state=HopState.UNREACHED)
    newest = [call for run, call in calls if run is calls[0][0] and call.ended is Ended.COMPLETED] if calls else []
    if not newest:
        return HopShown(name="Stripe", state=HopState.UNTRIED)
    waited = sum(phases(call).get(Phase.WAIT, 0.0) for call in newest)
    detail = f"{len(newest)} answer{'' if len(newest) == 1 else 's'}"
    return HopShown(name="Stripe", state=HopState.GOOD, took_s=waited, detail=detail)
