"""A sweep: what crashed runs left at Stripe is looked for by its mark, and taken back."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from probe.billing.idempotency import key as idempotency_key
from probe.classify import prober
from probe.classify.clocks import peer_date
from probe.model.failure import Failure
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.path import PaymentPath
from probe.model.run import StepRun
from probe.model.scenario import Scenario, StepKind, StepPlan, StripeAction
from probe.model.sweep import HeldBack, Leftover, Sweep
from probe.runner.beginning import begin
from probe.runner.budget import Budgets
from probe.runner.execution import Execution
from probe.runner.judging import UNDO
from probe.runner.latching import Latching, live_answer
from probe.runner.leftovers import LISTINGS, Found, Listing, Window, charge_to_read, left_behind
from probe.runner.state import RunPlan, RunState, Surroundings
from probe.runner.writing import proofs

_PAGE: Final = 100
"""Objects of one page: the most that Stripe gives."""
_CALL_S: Final = 60.0
"""For one call with its repetition, and the wait for the budget that it shares with the scenarios."""

_SWEEP: Final = Scenario(
    name="sweep", summary="", every_s=3600.0, deadline_s=_CALL_S, steps=(), source="probe/runner/sweeping.py"
)


class Sweeper:
    """Looks over Stripe accounts. Shares latches and budgets with the runner."""

    def __init__(self, around: Surroundings, *, latching: Latching, budgets: Budgets) -> None:
        """Its calls are no runs: observers are not told of them."""
        self._around = dataclasses.replace(around, observers=())
        self._latching = latching
        self._budgets = budgets

    async def sweep(
        self, account: Sequence[PaymentPath], window: Window, *, stop: asyncio.Event, dry_run: bool = False
    ) -> Sweep:
        """Look over one account by the first of its paths that leads there; `account` are all of them, at least one.

        Never raises for what the path or Stripe does. Once anything answers in live mode, that path is latched, and nothing more
        is sent. When `stop` is set, the call that is under way ends, and nothing else is begun.
        """
        in_vain: list[Sweep] = []
        for path in account:
            told = await self._by(path, window, stop, dry_run=dry_run)
            told = dataclasses.replace(told, paths=tuple(each.name for each in account))
            if stop.is_set() or not told.in_vain:
                return told
            in_vain.append(told)
        # That a path could not tell says more than that another one is latched.
        return next((told for told in in_vain if isinstance(told.outcome, Unknown)), in_vain[0])

    async def _by(self, path: PaymentPath, window: Window, stop: asyncio.Event, *, dry_run: bool) -> Sweep:
        clock, budget = self._around.seams.clock, self._budgets.of(path)
        latched = self._latching.latched(path.name)
        plan = await begin(_SWEEP, path, self._around, 0.0)
        allowance = None if budget is None else budget.allowance()
        execution = Execution(RunState(plan, self._around, allowance))
        look = _Look(execution, plan, window, stop, latched=lambda: self._latching.latched(path.name))
        outcome = latched or await look.over(dry_run=dry_run)
        if look.live is not None:
            self._latching.shut(path.name, plan.run_id, look.live)
        return Sweep(
            path=path.name,
            paths=(path.name,),
            started_at=plan.started.started_at,
            duration_s=clock.monotonic() - plan.began,
            created_from=window.created_from,
            created_before=window.created_before,
            outcome=outcome,
            latched=latched is not None,
            dry_run=dry_run,
            looked_at=look.looked_at,
            not_permitted=tuple(look.not_permitted),
            leftovers=tuple(look.leftovers),
            held_back=tuple(look.held_back),
        )


class _Look:
    """One look over an account, by one path, while it goes on."""

    def __init__(
        self,
        execution: Execution,
        plan: RunPlan,
        window: Window,
        stop: asyncio.Event,
        *,
        latched: Callable[[], Failed | Unknown | None],
    ) -> None:
        """Nothing is sent yet; `latched` says before each call why nothing may be."""
        self._latched = latched
        self._stop = stop
        self._execution = execution
        self._plan = plan
        self._window = window
        self._now: datetime = plan.started.started_at
        """The earliest that our clock and the answers say: what is in use by any of them is not touched."""
        self.looked_at = 0
        self.not_permitted: list[str] = []
        self.leftovers: list[Leftover] = []
        self.held_back: list[HeldBack] = []
        self.live: Failure | None = None
        """Once it is set, nothing more is sent."""

    async def over(self, *, dry_run: bool) -> Passed | Failed | Unknown:
        """Prove test mode, look through every list, then take back. What was found is taken back though a later list failed."""
        for proof in proofs(self._plan.path):
            proven = await self._step(proof)
            if not isinstance(proven.outcome, Passed):
                return self._not_told(proven.outcome)
        found, trouble = await self._everything()
        if (live := self._live()) is not None:
            return live
        for each in found:
            outcome = Skipped("a dry run takes nothing back") if dry_run else await self._undone(each)
            self.leftovers.append(_leftover(each, outcome))
            if (live := self._live()) is not None:
                return live
        still = [left.outcome for left in self.leftovers if isinstance(left.outcome, Failed | Unknown)]
        if still and not self._stop.is_set():
            return Failed(still[0].failure)
        return self._stopped() or trouble or Passed()

    def _live(self) -> Failed | None:
        return None if self.live is None else Failed(self.live)

    def _stopped(self) -> Unknown | None:
        return Unknown(prober.interrupted(self._execution.state.around.catalogue)) if self._stop.is_set() else None

    async def _everything(self) -> tuple[list[Found], Failed | Unknown | None]:
        """What was left behind, and why not everything could be looked at."""
        found: list[Found] = []
        for listing in LISTINGS:
            page: StepRun | None = None
            if self._stop.is_set():
                break
            async for page in self._pages(listing):
                for made in _listed(page):
                    self.looked_at += 1
                    left = await self._judged(made)
                    if left is not None and left.held_until is not None:
                        self.held_back.append(_held_back(left, left.held_until))
                    elif left is not None:
                        found.append(left)
            trouble = None if page is None else self._trouble(page, listing)
            if trouble is not None:
                return found, trouble
        return found, None

    def _trouble(self, page: StepRun, listing: Listing) -> Failed | Unknown | None:
        """Why the last page was not had; a list that the key may not read holds nothing that it made."""
        match page.outcome:
            case Passed() | Skipped():
                return None
            case Failed(failure) | Unknown(failure) if failure.reason == "stripe.permission_error":
                self.not_permitted.append(listing.method)
                return None
            case _:
                return self._not_told(page.outcome)

    async def _pages(self, listing: Listing) -> AsyncIterator[StepRun]:
        """Page after page, the newest objects first; the last one is the one that failed, where one did."""
        parameters: dict[str, object] = {"limit": _PAGE}
        if listing.expand:
            parameters["expand"] = list(listing.expand)
        if listing.dated:
            bounds = {"gte": self._window.created_from}
            if not self._window.held_back:
                bounds["lt"] = self._window.created_before
            parameters["created"] = {name: int(at.timestamp()) for name, at in bounds.items()}
        while True:
            page = await self._call(listing.method, parameters)
            listed, response = _listed(page), _response(page)
            yield page
            if not listed or response.get("has_more") is not True or self._stop.is_set():
                return
            parameters = {**parameters, "starting_after": str(listed[-1].get("id"))}

    async def _judged(self, made: Mapping[str, object]) -> Found | None:
        """Whether it was left behind, once it is known what was given back of it."""
        left = left_behind(made, self._window, now=self._now)
        charge = charge_to_read(made)
        if left is None or charge is None:
            return left
        read = _response(await self._call("v1.charges.retrieve", {"charge": charge}))
        return left_behind({**made, "latest_charge": read or charge}, self._window, now=self._now)

    async def _undone(self, found: Found) -> Outcome:
        if (stopped := self._stopped()) is not None:
            return stopped
        key = idempotency_key(self._plan.run_id, f"{UNDO} {found.id}", found.undo.method)
        step = await self._call(found.undo.method, found.undo.parameters, expect=found.undo.settled, key=key)
        return step.outcome

    async def _call(
        self,
        method: str,
        parameters: Mapping[str, object],
        *,
        expect: Mapping[str, object] | None = None,
        key: str | None = None,
    ) -> StepRun:
        name = method if key is None else UNDO
        action = StripeAction(method=method, parameters=parameters)
        return await self._step(StepPlan(name=name, kind=StepKind.STRIPE, action=action, expect=expect or {}), key=key)

    async def _step(self, plan: StepPlan, *, key: str | None = None) -> StepRun:
        clock = self._execution.state.around.seams.clock
        shut = self._latched()
        if shut is None:
            step = await self._execution.step(plan, deadline=clock.monotonic() + _CALL_S, key=key)
        else:  # meanwhile: by a run, another process, or a webhook
            step = self._execution.decide(plan, shut)
        self._execution.steps.clear()  # a page with all its objects is not kept
        self.live = live_answer([step]) or self.live
        match step.observation:
            case StripeObservation(http=answer) if (theirs := peer_date(answer)) is not None:
                self._now = min(self._now, theirs)
            case _:
                pass
        return step

    def _not_told(self, outcome: Outcome) -> Failed | Unknown:
        """A path that fails is the scenarios' to tell; a sweep only cannot tell then. Live mode is what it is."""
        match outcome:
            case Failed(failure) if self.live is None:
                return Unknown(failure)
            case Failed() | Unknown():
                return outcome
            case _:
                raise AssertionError(f"{outcome} is no trouble")


def _response(step: StepRun) -> Mapping[str, object]:
    observation = step.observation
    if isinstance(step.outcome, Passed) and isinstance(observation, StripeObservation):
        return observation.response or {}
    return {}


def _listed(page: StepRun) -> list[Mapping[str, object]]:
    """The objects of a page; none where it was not had."""
    listed = _response(page).get("data")
    return [made for made in listed if isinstance(made, Mapping)] if isinstance(listed, list) else []


def _held_back(found: Found, until: datetime) -> HeldBack:
    return HeldBack(
        type=found.type,
        id=found.id,
        created=found.created,
        run_id=found.mark.run_id,
        scenario=found.mark.scenario,
        until=until,
    )


def _leftover(found: Found, outcome: Outcome) -> Leftover:
    return Leftover(
        type=found.type,
        id=found.id,
        created=found.created,
        run_id=found.mark.run_id,
        scenario=found.mark.scenario,
        undo=found.undo.method,
        amount_minor=found.amount_minor,
        currency=found.currency,
        outcome=outcome,
    )
