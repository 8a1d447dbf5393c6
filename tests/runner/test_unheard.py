"""What `http` steps may have left at an API of the company's own, from their answers and the cleanup's outcomes alone."""

from collections.abc import Mapping

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HttpObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped
from probe.model.run import StepRun
from probe.model.scenario import HttpAction, Scenario, StepKind, StepPlan, StripeAction, WaitAction
from probe.runner.unheard import may_be_left
from tests.runner.rig import NOW, Rig, scenario

ENDPOINT = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")


def step(name: str, path: str, method: str = "POST", *, when: str | None = None, **save: str) -> StepPlan:
    """An `http` step."""
    action = HttpAction(method=method, path=path)
    return StepPlan(name=name, kind=StepKind.HTTP, action=action, when=when, save=save)


CHARGE = step("charge", "/charges", charge="payment.id")
REFUND = step("refund", "/charges/${saved.charge.id}/refund", when="saved.charge")
SWEEP = step("sweep", "/sweep?run=${run.id}", "DELETE")
LOOK = step("look", "/charges?run=${run.id}", "GET", charge="0.id")
CHECK = step("look again", "/charges/${saved.charge}", "GET")
SECOND = step("second", "/charges", second="payment.id")
BARE = step("bare", "/charges")
BY_STRIPE = StepPlan(
    name="refund",
    kind=StepKind.STRIPE,
    action=StripeAction(method="v1.refunds.create", parameters={"payment_intent": "${saved.charge}"}),
)
WAIT = StepPlan(name="wait", kind=StepKind.WAIT, action=WaitAction(seconds=1))
FAILED = Failed(
    Rig({}).around.catalogue.failure("connector.http_5xx", phase=None, confidence=None, summary="x")  # type: ignore[arg-type]  # not looked at
)


def heard(status: int | None, *, sent: bool = True) -> HttpObservation:
    """The answer to a write; None where none came."""
    return HttpObservation(
        endpoint=ENDPOINT,
        started_at=NOW,
        method="POST",
        path="/charges",
        ended=Ended.COMPLETED if status else Ended.TIMED_OUT,
        phase=Phase.RECEIVE,
        answer=None if status is None else HttpAnswer(status=status),
        request_span_id="a" * 16 if sent else None,
    )


def ended(**outcomes: Outcome) -> list[StepRun]:
    """The cleanup steps, as they ended."""
    common = {"kind": StepKind.HTTP, "span_id": "", "offset_s": 0.0, "duration_s": 0.0, "cleanup": True}
    return [StepRun(name=name, outcome=outcome, **common) for name, outcome in outcomes.items()]  # type: ignore[arg-type]  # as above


SKIPPED = Skipped("not saved")


@pytest.mark.parametrize(
    ("plan", "written", "outcomes", "left"),
    [
        (scenario([CHARGE], [REFUND]), heard(201), {"refund": Passed()}, 0),
        (scenario([CHARGE], [REFUND]), heard(201), {"refund": SKIPPED}, 1),
        (scenario([CHARGE], [REFUND]), heard(201), {"refund": FAILED}, 1),
        (scenario([CHARGE], [REFUND]), heard(201), {}, 1),
        (scenario([CHARGE], [REFUND]), heard(409), {"refund": SKIPPED}, 0),
        (scenario([CHARGE], [REFUND]), heard(503), {"refund": SKIPPED}, 1),
        (scenario([CHARGE], [REFUND]), heard(303), {"refund": SKIPPED}, 1),
        (scenario([CHARGE], [REFUND]), heard(None), {"refund": SKIPPED}, 1),
        (scenario([CHARGE], [REFUND]), heard(None, sent=False), {"refund": SKIPPED}, 0),
        (scenario([CHARGE], [REFUND]), None, {"refund": SKIPPED}, 1),
        (scenario([CHARGE], [BY_STRIPE]), heard(201), {"refund": Passed()}, 0),
        (scenario([CHARGE], [BY_STRIPE]), heard(201), {"refund": FAILED}, 1),
        (scenario([CHARGE], [CHECK, WAIT]), heard(None), {"look again": Passed(), "wait": Passed()}, 1),
        (scenario([CHARGE], [SWEEP]), heard(None), {"sweep": Passed()}, 0),
        (scenario([CHARGE], [SWEEP]), heard(None), {"sweep": FAILED}, 1),
        (scenario([CHARGE], []), heard(201), {}, 1),
        (scenario([CHARGE], [CHECK]), heard(201), {"look again": Passed()}, 1),
        (scenario([CHARGE], []), heard(422), {}, 0),
        (scenario([SWEEP], []), heard(204), {}, 0),
        (scenario([SWEEP], []), heard(503), {}, 1),
        (scenario([CHARGE], []), heard(None), {}, 1),
        (scenario([BARE, LOOK], [REFUND]), heard(200), {"refund": Passed()}, 0),
        (scenario([BARE, LOOK], [REFUND]), heard(200), {"refund": SKIPPED}, 1),
        (scenario([CHARGE, WAIT], [REFUND, SWEEP]), heard(201), {"refund": Passed(), "sweep": FAILED}, 0),
    ],
)
def test_what_may_be_left(
    plan: Scenario, written: HttpObservation | None, outcomes: Mapping[str, Outcome], left: int
) -> None:
    """Something was made, or may have been, and no cleanup step has taken it back."""
    assert len(may_be_left(plan, {plan.steps[0].name: written}, ended(**outcomes))) == left


def test_each_write_has_its_own_cleanup() -> None:
    """That the first charge was refunded says nothing about the second."""
    plan = scenario([CHARGE, SECOND], [REFUND])
    assert may_be_left(plan, {"charge": heard(201), "second": heard(502)}, ended(refund=Passed())) == (
        "POST /charges of step second (HTTP 502)",
    )
    assert may_be_left(plan, {"charge": heard(201)}, ended(refund=SKIPPED)) == (
        "POST /charges of step charge (HTTP 201; cleanup step refund did not take it back)",
    )
    unsaved = scenario([CHARGE, BARE], [REFUND])
    assert may_be_left(unsaved, {"charge": heard(201), "bare": heard(201)}, ended(refund=Passed())) == (
        "POST /charges of step bare (HTTP 201)",
    )
    assert may_be_left(plan, {}, []) == ()
    assert may_be_left(scenario([CHARGE], []), {"charge": None}, []) == (
        "POST /charges of step charge (no answer was heard)",
    )


def test_more_of_the_same_thing_saves_its_id_once_more() -> None:
    """A capture is given back with the charge where it saves what the refund names."""
    answers = {"charge": heard(201), "capture": heard(200)}
    saved = scenario([CHARGE, step("capture", "/charges/${saved.charge}/capture", charge="payment.id")], [REFUND])
    assert may_be_left(saved, answers, ended(refund=Passed())) == ()
    assert len(may_be_left(saved, answers, ended(refund=FAILED))) == len(answers)
    bare = scenario([CHARGE, step("capture", "/charges/${saved.charge}/capture")], [REFUND])
    assert len(may_be_left(bare, answers, ended(refund=Passed()))) == 1


@pytest.mark.parametrize(("status", "left"), [(204, 0), (404, 1), (503, 2), (None, 2)])
def test_a_deletion_among_the_steps_takes_back(status: int | None, left: int) -> None:
    """Where it was answered well; a POST among them may as well be a capture."""
    answers = {"charge": heard(201), "delete": heard(status)}
    plan = scenario([CHARGE, step("delete", "/charges/${saved.charge}", "DELETE")], [])
    assert len(may_be_left(plan, answers, [])) == left


def test_elsewhere_a_good_answer_is_no_sign_that_anything_was_made() -> None:
    """Of a connector that is no API of the company's own only what was not heard of is told, or what the cleanup left."""
    bare, undone = scenario([CHARGE], []), scenario([CHARGE], [REFUND])
    assert may_be_left(bare, {"charge": heard(201)}, [], own_api=False) == ()
    assert len(may_be_left(bare, {"charge": heard(None)}, [], own_api=False)) == 1
    assert len(may_be_left(undone, {"charge": heard(201)}, ended(refund=FAILED), own_api=False)) == 1
