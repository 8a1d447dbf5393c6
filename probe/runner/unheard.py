"""What `http` steps wrote to an API of the company's own and may have left there: no idempotency key asks again, no sweep finds it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto

from probe.checks.templates import find_names
from probe.model.observation import HttpObservation
from probe.model.outcome import Passed
from probe.model.run import StepRun
from probe.model.scenario import Action, HttpAction, Scenario, StepPlan, StripeAction
from probe.runner.saving import GOOD
from probe.runner.writing import unsafe

Written = Mapping[str, HttpObservation | None]
"""By step: what a write came to; None where it was cut off on its way."""


class _Came(Enum):
    """What became of a write."""

    NOTHING = auto()
    """It was not sent, or it was refused (4xx)."""
    MADE = auto()
    """A 2xx: it was carried out."""
    UNHEARD = auto()
    """No whole answer, a 5xx (a gateway's timeout is one), a redirection: it may have been carried out all the same."""


def may_be_left(
    scenario: Scenario, written: Written, ended: Iterable[StepRun], *, own_api: bool = True
) -> tuple[str, ...]:
    """Each write that made something, or may have, and that no cleanup step has taken back, in words.

    What takes a write back: the cleanup steps that write and name what it saved; where there are none, those that name nothing of
    another write's. A DELETE that was answered well has made nothing, and takes back what it names among the `steps` as well.
    `own_api`: it went to a connector of kind `api`. Elsewhere nobody knows of a good answer that anything was made.
    """
    done = {step.name for step in ended if step.cleanup and isinstance(step.outcome, Passed)}
    return tuple(_left(scenario, written, done, own_api))


def _left(scenario: Scenario, written: Written, done: set[str], own_api: bool) -> Iterator[str]:  # noqa: FBT001 - as above
    for step in scenario.steps:
        if step.name not in written or not isinstance(step.action, HttpAction):
            continue
        observation = written[step.name]
        came, undoing = _came(observation), [each.name for each in _undoing(step, scenario, written)]
        missing = [name for name in undoing if name not in done]
        made = came is _Came.UNHEARD or (came is _Came.MADE and (undoing or own_api) and not _deletes(step))
        if not made or (undoing and not missing) or _deleted(step, scenario, written):
            continue
        path = step.action.path if observation is None else observation.path
        why = f"; cleanup step {' and '.join(missing)} did not take it back" if missing else ""
        yield f"{step.action.method.upper()} {path} of step {step.name} ({_heard(observation)}{why})"


def _deleted(step: StepPlan, scenario: Scenario, written: Written) -> bool:
    """Whether one of the `steps` has deleted what it saved."""
    deleting = (each for each in scenario.steps if _deletes(each) and _needs(each) & _saves(step))
    return any(_came(written.get(each.name)) is _Came.MADE for each in deleting)


def _deletes(step: StepPlan) -> bool:
    return isinstance(step.action, HttpAction) and step.action.method.upper() == "DELETE"


def _came(observation: HttpObservation | None) -> _Came:
    if observation is None:
        return _Came.UNHEARD
    answer = observation.answer
    if answer is None:
        return _Came.NOTHING if observation.request_span_id is None else _Came.UNHEARD
    if answer.status in GOOD:
        return _Came.MADE
    return _Came.NOTHING if answer.status // 100 == 4 else _Came.UNHEARD  # noqa: PLR2004 - RFC 9110 15.5


def _heard(observation: HttpObservation | None) -> str:
    if observation is None or observation.answer is None:
        return "no answer was heard"
    return f"HTTP {observation.answer.status}"


def _undoing(step: StepPlan, scenario: Scenario, written: Written) -> list[StepPlan]:
    writing = [each for each in scenario.cleanup if _writes(each.action)]
    own = [each for each in writing if _needs(each) & _saves(step)]
    others = {name for each in scenario.steps if each.name in written and each is not step for name in _saves(each)}
    return own or [each for each in writing if not _needs(each) & others]


def _writes(action: Action) -> bool:
    return isinstance(action, StripeAction) or (isinstance(action, HttpAction) and unsafe(action))


def _saves(step: StepPlan) -> set[str]:
    return {f"saved.{name}" for name in step.save}


def _needs(step: StepPlan) -> set[str]:
    """What it names of what was saved, up to the name: `saved.charge` of `${saved.charge.id}`."""
    match step.action:
        case HttpAction(path=path, headers=headers, body=body):
            named = find_names([path, headers, body])
        case StripeAction(parameters=parameters):
            named = find_names(parameters)
        case _:
            named = ()
    wanted = [*named, *([] if step.when is None else [step.when])]
    return {".".join(name.split(".")[:2]) for name in wanted}
