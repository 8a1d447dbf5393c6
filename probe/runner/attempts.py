"""Tries of one step: again only where the catalogue says it may help and repeating it is safe. Every try is recorded."""

import random
from collections.abc import Awaitable, Callable
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from probe.model.clock import Clock
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Unknown
from probe.model.run import Attempt
from probe.model.scenario import SAFE_METHODS, HttpAction, StepPlan, WebhookAction

MOST_ATTEMPTS: Final = 2
"""One repetition tells a passing fault from a standing one; more would only hide slowness and add load."""
MOST_NAMED_ATTEMPTS: Final = 5
"""Of a step whose scenario names what it is to be tried again for: the author waits for something on purpose."""
MOST_CLEANUP_ATTEMPTS: Final = 8
"""What a run made has to be taken back: here a path that is back within seconds is worth waiting for."""
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 1.0


def safe_to_repeat(plan: StepPlan) -> bool:
    """Whether doing the step again changes nothing more.

    Handshakes and waits leave nothing behind, Stripe writes carry the same idempotency key each time; of `http` steps
    only the methods that RFC 9110 9.2.1 calls safe.
    """
    if isinstance(plan.action, WebhookAction):
        return False  # it has waited for as long as the scenario says
    return not isinstance(plan.action, HttpAction) or plan.action.method.upper() in SAFE_METHODS


async def attempt_until_settled(
    once: Callable[[], Awaitable[Attempt]],
    *,
    repeatable: bool,
    clock: Clock,
    randomness: random.Random,
    deadline: float,
    most: int = MOST_ATTEMPTS,
    reasons: tuple[str, ...] | None = None,
) -> tuple[Attempt, ...]:
    """Call `once` until it settles, and return every attempt; the last one counts.

    `reasons` are those to try again for, or families such as `stripe.*`; None: what the catalogue calls retryable.

    While Stripe still works on an earlier try (409, idempotency_key_in_use) asking again is not one more try but waiting
    for its answer, so that goes on for as long as there is time: what it is making has to be known to be undone.

    A repetition starts only where it could take as long as the one before and still end before `deadline`
    (`Clock.monotonic`): one that is cut short would name the deadline instead of the cause.
    """
    first = await once()
    if not (repeatable and _may_pass_by_itself(first, reasons)):
        return (first,)  # nearly always; a policy for what will not happen costs 36 µs
    made, attempts = [first], list[Attempt]()

    async def record() -> Attempt:
        attempts.append(made.pop() if made else await once())
        return attempts[-1]

    def wait(state: RetryCallState) -> float:
        return _backoff_s(state.attempt_number - 1) * (0.5 + randomness.random())

    def stop(state: RetryCallState) -> bool:
        longest_wait = 1.5 * _backoff_s(state.attempt_number - 1)
        left = deadline - clock.monotonic()
        answered = sum(not in_progress(attempt) for attempt in attempts)
        return answered >= most or left < longest_wait + attempts[-1].duration_s

    retrying = AsyncRetrying(
        retry=retry_if_result(lambda attempt: _may_pass_by_itself(attempt, reasons)),
        stop=stop,
        wait=wait,
        sleep=clock.sleep,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    await retrying(record)
    return tuple(attempts)


def in_progress(attempt: Attempt) -> bool:
    """Whether Stripe says that an earlier try under the same idempotency key has not ended yet.

    Keys are made from run and step, so the earlier try was ours.
    """
    match attempt.observation:
        case StripeObservation(error=error) if error is not None:
            return error.code == "idempotency_key_in_use"
        case _:
            return False


def is_named(reason: str, wanted: tuple[str, ...]) -> bool:
    """Whether `wanted` has the reason, or a family that it belongs to."""
    return any(reason == one or (one.endswith(".*") and reason.startswith(one[:-1])) for one in wanted)


def _backoff_s(repetition: int) -> float:
    return min(_FIRST_WAIT_S * float(2**repetition), _LONGEST_WAIT_S)


def _may_pass_by_itself(attempt: Attempt, reasons: tuple[str, ...] | None) -> bool:
    if in_progress(attempt):
        return True
    match attempt.outcome:
        case Failed(failure) | Unknown(failure):
            return failure.retryable if reasons is None else is_named(failure.reason, reasons)
        case _:
            return False
