"""Failures that say nothing about the path: this process lacked something, had no network, or had lost the time."""

import dataclasses
from typing import Final

from probe.classify import prober
from probe.classify.judgement import Judgement
from probe.model.failure import Failure
from probe.model.observation import Observation
from probe.model.outcome import Failed, Passed, Unknown
from probe.runner.state import RunState
from probe.transport.offline import is_local

_MUCH: Final = 0.25
"""Of the run's deadline: with so much lost here, the rest that was cut short is no one else's fault."""


async def doubted(
    judgement: Judgement, observation: Observation | None, state: RunState, *, step: str, deadline: float
) -> Judgement:
    """Unknown in the place of such a failure; else as it was judged. `deadline` is the step's, by `Clock.monotonic`."""
    return _in_time(await _from_here(_with_enough(judgement, observation, state, step), state), state, deadline)


def late(state: RunState) -> Failure:
    """That the run's own time is over."""
    limit_s, catalogue = state.plan.scenario.deadline_s, state.around.catalogue
    return prober.deadline(limit_s, waited_s=state.waited_s, queued_s=state.queued_s, catalogue=catalogue)


def _with_enough(judgement: Judgement, observation: Observation | None, state: RunState, step: str) -> Judgement:
    """A failure that this process saw for want of memory or descriptors says nothing about the path; live mode stays live mode."""
    if not isinstance(judgement.outcome, Failed) or judgement.outcome.failure.reason == "charge.live_mode":
        return judgement
    what = prober.lacked(getattr(observation, "causes", ()))
    if what is None:
        return judgement
    return _unknown(judgement, prober.nothing_left(what, f"step {step}", state.around.catalogue))


async def _from_here(judgement: Judgement, state: RunState) -> Judgement:
    """What a machine without a network sees says nothing about the path. Looked at only after a failure: a pass came over one."""
    network, references, outcome = state.around.network, state.around.references, judgement.outcome
    connector = state.plan.path.connector
    first = connector.endpoint if connector.proxy is None else connector.proxy.endpoint
    if references is not None and isinstance(outcome, Passed) and not is_local(first.host):
        references.network_works()
    if network is None or not isinstance(outcome, Failed):
        return judgement
    reason = outcome.failure.reason
    why = network.why_offline(first.host) if prober.offline_could_explain(reason) else None
    if why is None and references is not None and prober.silence(reason) and not is_local(first.host):
        why = await references.why_offline()
    if why is None:
        return judgement
    return _unknown(judgement, prober.offline(why, state.around.catalogue, seen=reason))


def _in_time(judgement: Judgement, state: RunState, deadline: float) -> Judgement:
    """A wait that our own deadline cut short says nothing about the path where this process had lost the time."""
    clock, outcome = state.around.seams.clock, judgement.outcome
    if not isinstance(outcome, Failed) or not prober.lost_time_could_explain(outcome.failure.reason):
        return judgement
    if clock.monotonic() < deadline or state.lost_s < state.plan.scenario.deadline_s * _MUCH:
        return judgement
    return _unknown(judgement, late(state))


def _unknown(judgement: Judgement, failure: Failure) -> Judgement:
    return dataclasses.replace(judgement, outcome=Unknown(failure))
