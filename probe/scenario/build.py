"""Checked keys as the engine's own types."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from probe.documents.durations import parse_duration
from probe.documents.mistakes import Place
from probe.documents.tree import Loc
from probe.model.failure import Severity
from probe.model.scenario import (
    HEALTH_PATH,
    Action,
    CertificatesAction,
    Forgery,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    Scenario,
    StepKind,
    StepPlan,
    StripeAction,
    WaitAction,
    WebhookAction,
    WebhookProof,
)
from probe.scenario.models import ScenarioKeys, StepKeys, WebhookKeys


def build(keys: ScenarioKeys, source: str, places: Mapping[Loc, Place] = MappingProxyType({})) -> Scenario:
    """The scenario that `source` declares; `places` are those of its keys."""
    written = [*keys.steps, *keys.cleanup]
    at = [(part, n) for part, many in (("steps", keys.steps), ("cleanup", keys.cleanup)) for n in range(len(many))]
    named = zip(written, _names(written), at, strict=True)
    plans = tuple(_plan(step, name, places.get((*loc, str(_kind(step))))) for step, name, loc in named)
    return Scenario(
        name=keys.name,
        summary=keys.summary or "",
        question=keys.question or "",
        every_s=keys.every,
        deadline_s=keys.deadline,
        steps=plans[: len(keys.steps)],
        cleanup=plans[len(keys.steps) :],
        values=keys.values,
        severity=Severity(keys.severity),
        slo=keys.slo,
        paths=None if keys.paths is None else tuple(keys.paths),
        locations=None if keys.locations is None else tuple(keys.locations),
        source=source,
    )


def _kind(step: StepKeys) -> StepKind:
    return next(kind for kind in StepKind if getattr(step, kind) is not None)


def _names(steps: Iterable[StepKeys]) -> list[str]:
    """A name for each step: the given one, else the kind or the method's last two words, made unique by a number."""
    steps = list(steps)
    taken = {step.name for step in steps if step.name}
    names = []
    for step in steps:
        stem = ".".join((step.stripe or _kind(step)).split(".")[-2:])
        name, count = step.name or stem, 1
        while not step.name and name in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name)
        names.append(name)
    return names


def _plan(step: StepKeys, name: str, place: Place | None) -> StepPlan:
    kind = _kind(step)
    expect = dict(step.expect)
    within = expect.pop("within", None)
    return StepPlan(
        name=name,
        kind=kind,
        action=_action(step, kind),
        expect=expect,
        save=step.save,
        when=step.when,
        within_s=None if within is None else parse_duration(within),
        retry=None if step.retry is None else tuple(step.retry),
        same_key_as=step.same_key_as,
        place=None if place is None or place.line is None or place.column is None else (place.line, place.column),
    )


def _action(step: StepKeys, kind: StepKind) -> Action:
    match kind:
        case StepKind.HANDSHAKE:
            said = step.handshake.client_certificate if step.handshake is not None else "optional"
            return HandshakeAction(
                client_certificate_required=said == "required", without_certificate=said == "withheld"
            )
        case StepKind.HTTP:
            return _http(step)
        case StepKind.STRIPE:
            return StripeAction(method=step.stripe or "", parameters=step.with_)
        case StepKind.CERTIFICATES:
            return CertificatesAction(valid_for_s=step.certificates.valid_for if step.certificates else 0.0)
        case StepKind.WAIT:
            return WaitAction(seconds=step.wait or 0.0)
        case StepKind.WEBHOOK:
            return _webhook(step.webhook or WebhookKeys())
        case _:
            assert_never(kind)


def _webhook(keys: WebhookKeys) -> WebhookAction | ForgeryAction:
    if keys.refuses is not None:
        return ForgeryAction(forgery=Forgery(keys.refuses))
    return WebhookAction(
        event=keys.event or "", object_id=keys.object or "", proof=WebhookProof(keys.by), within_s=keys.within
    )


def _http(step: StepKeys) -> HttpAction:
    keys = step.http
    if keys is None:
        raise AssertionError("an http step without its keys cannot have got its kind")
    return HttpAction(
        method=keys.method,
        path=keys.path or HEALTH_PATH,
        headers=keys.headers,
        body=keys.body,
        without_certificate=keys.client_certificate == "withheld",
    )
