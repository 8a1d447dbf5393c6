"""What a scenario says about trying again, sending a key again, and how long an answer may take."""

import dataclasses
from collections.abc import Sequence

import pytest

from probe.billing.fake import Reply
from probe.model.answer import StripeErrorFacts
from probe.model.failure import Severity
from probe.model.observation import CertificatesObservation, Observation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import Connector
from probe.model.scenario import CertificatesAction, HandshakeAction, HttpAction, StepKind, StepPlan, StripeAction
from probe.model.watch import Held, WatchedCertificate
from probe.runner.runner import Runner
from tests.runner.rig import (
    BAD_REQUEST,
    CHARGE,
    CREATE,
    REFUND,
    REFUNDS,
    SERVER_ERROR,
    Rig,
    intent,
    outcomes,
    reason,
    scenario,
)
from tests.support.watched import certificate, watched

EVENTS = "v1.events.list"
NONE_YET = Reply(response={"object": "list", "data": []})
ARRIVED = Reply(response={"object": "list", "data": [{"object": "event", "id": "evt_1", "livemode": False}]})


def listing(**changes: object) -> StepPlan:
    """A step that looks for an event."""
    plan = StepPlan(
        name="events",
        kind=StepKind.STRIPE,
        action=StripeAction(method=EVENTS),
        expect={"data": {"any": {"id": "evt_1"}}},
    )
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("retry", "replies", "tries", "outcome"),
    [
        (None, [NONE_YET, ARRIVED], 1, "failed"),
        (("charge.unexpected",), [NONE_YET, NONE_YET, ARRIVED], 3, "passed"),
        (("charge.*",), [NONE_YET, ARRIVED], 2, "passed"),
        (("charge.unexpected",), [NONE_YET], 5, "failed"),
        (("stripe.api_error",), [NONE_YET, ARRIVED], 1, "failed"),
        (None, [SERVER_ERROR, ARRIVED], 2, "passed"),
        ((), [SERVER_ERROR, ARRIVED], 1, "failed"),
    ],
)
async def test_only_for_what_is_named(
    retry: tuple[str, ...] | None, replies: Sequence[Reply], tries: int, outcome: str
) -> None:
    """The scenario's own list replaces the catalogue's judgement; an empty one means never."""
    rig = Rig({EVENTS: replies})
    run = await rig.run(scenario([listing(retry=retry)], []))
    assert outcomes(run)["events"] == outcome
    assert len(run.steps[-1].attempts) == tries


AGAIN = dataclasses.replace(CHARGE, name="again", save={}, same_key_as="charge", expect={})
OTHER = dataclasses.replace(
    AGAIN,
    name="other",
    action=StripeAction(method=CREATE, parameters={"amount": 200, "currency": "usd"}),
    expect={"error": {"type": "idempotency_error"}},
)
REFUSED = Reply(status=400, error=StripeErrorFacts(type="idempotency_error"))


async def test_the_same_key_twice_is_one_payment() -> None:
    """Both requests are the same to the letter, and another one under that key is refused."""
    rig = Rig({CREATE: [intent(), intent(), REFUSED], REFUNDS: REFUND})
    run = await rig.run(scenario([CHARGE, AGAIN, OTHER]))
    assert run.outcome == Passed(), run
    _, first, again, other, refund = rig.stripe.asked
    assert (first.idempotency_key, first.parameters) == (again.idempotency_key, again.parameters)
    assert first.idempotency_key == other.idempotency_key != refund.idempotency_key
    assert rig.methods.count("refunds.create") == 1


async def test_a_key_that_makes_a_second_object_is_found_without_being_asked() -> None:
    """The scenario does not have to expect the id; and what was made twice is given back twice."""
    second = intent(id="pi_2")
    given_back = Reply(response={**dict(REFUND.response or {}), "id": "re_2", "payment_intent": "pi_2"})
    rig = Rig({CREATE: [intent(), second], REFUNDS: [REFUND, given_back]})
    run = await rig.run(scenario([CHARGE, AGAIN]))
    assert reason(run) == "charge.made_twice"
    assert isinstance(run.outcome, Failed)
    assert '`id` is "pi_2", expected "pi_1"' in run.outcome.failure.summary
    assert [asked.parameters["payment_intent"] for asked in rig.stripe.asked if asked.method == REFUNDS] == [
        "pi_1",
        "pi_2",
    ]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (intent(), "charge.not_refused"),
        (BAD_REQUEST, "stripe.invalid_request_error"),
        (SERVER_ERROR, "stripe.api_error"),
    ],
)
async def test_other_parameters_that_are_not_refused_so(reply: Reply, expected: str) -> None:
    """Carried out, or refused for another cause: that is then the reason."""
    rig = Rig({CREATE: [intent(), reply, reply], REFUNDS: REFUND})
    assert reason(await rig.run(scenario([CHARGE, OTHER]))) == expected


async def test_an_answer_that_comes_too_late() -> None:
    """It is the expected one, and yet the step fails, by a ticket; the cleanup is done all the same."""
    slow = dataclasses.replace(intent(), takes_s=2.5)
    rig = Rig({CREATE: slow, REFUNDS: REFUND})
    run = await rig.run(scenario([dataclasses.replace(CHARGE, within_s=2.0)]))
    assert isinstance(run.outcome, Failed)
    failure = run.outcome.failure
    assert (failure.reason, failure.severity) == ("connector.slow", Severity.TICKET)
    assert failure.summary == "Step charge took 2.50 s: the scenario allows 2 s."
    assert "refunds.create" in rig.methods
    rig = Rig({CREATE: slow, REFUNDS: REFUND})
    assert (await rig.run(scenario([dataclasses.replace(CHARGE, within_s=3.0)]))).outcome == Passed()


async def test_values_are_drawn_once_for_each_run() -> None:
    """Every attempt and every step of a run has the same; another run has another."""
    create = dataclasses.replace(
        CHARGE, action=StripeAction(method=CREATE, parameters={"amount": "${values.amount}"}), expect={"amount": 100}
    )
    plan = dataclasses.replace(
        scenario([create, dataclasses.replace(create, name="other", save={})]),
        values={"amount": "${random.amount(1, 999999)}"},
    )
    rig = Rig({CREATE: [SERVER_ERROR, intent()], REFUNDS: REFUND})
    await rig.run(plan)
    first = {str(asked.parameters["amount"]) for asked in rig.stripe.asked if asked.method == CREATE}
    await rig.run(plan)
    both = {str(asked.parameters["amount"]) for asked in rig.stripe.asked if asked.method == CREATE}
    assert (len(first), len(both)) == (1, 2)


class Watch:
    """Knows one certificate, and what it was told."""

    def __init__(self, entry: WatchedCertificate) -> None:
        """Nothing was told yet."""
        self.told: list[Observation] = []
        self._entry = entry

    def learn(self, path: str, observation: Observation) -> None:
        """Note it."""
        assert path == "billing"
        self.told.append(observation)

    def entries(self, path: str) -> tuple[WatchedCertificate, ...]:
        """The one."""
        assert path == "billing"
        return (self._entry,)

    def warnings(self, path: str) -> tuple[()]:
        """Nothing is wrong with it."""
        assert path == "billing"
        return ()


@pytest.mark.parametrize(("days", "expected"), [(3, None), (300, "certificate.expiring")])
async def test_certificates_that_must_last(days: int, expected: str | None) -> None:
    """What this run has seen so far is learnt before they are judged."""
    rig = Rig({EVENTS: ARRIVED})
    watch = Watch(watched(certificate(), Held.IDENTITY, relied_on=True))
    step = StepPlan(name="lasting", kind=StepKind.CERTIFICATES, action=CertificatesAction(valid_for_s=days * 86400.0))
    runner = Runner(dataclasses.replace(rig.around, certificates=watch), latches=rig.latches)
    run = await runner.run(scenario([listing(), step], []), rig.path, stop=rig.stop)
    assert isinstance(run.steps[-1].observation, CertificatesObservation)
    assert watch.told[0] == run.steps[0].observation
    assert (reason(run) if expected else None) == expected
    assert not rig.seen.events.count("step events") > 1


async def test_nobody_watches_certificates() -> None:
    """Then it cannot be told."""
    step = StepPlan(name="lasting", kind=StepKind.CERTIFICATES, action=CertificatesAction(valid_for_s=1.0))
    assert isinstance((await Rig({}).run(scenario([step], []))).outcome, Unknown)


@pytest.mark.parametrize(
    "action", [HandshakeAction(without_certificate=True), HttpAction(method="GET", path="/", without_certificate=True)]
)
async def test_a_connector_that_is_down_has_refused_nobody(action: HandshakeAction | HttpAction) -> None:
    """Nor is the failure explained by a handshake with our certificate."""
    kind = StepKind.HANDSHAKE if isinstance(action, HandshakeAction) else StepKind.HTTP
    run = await Rig({}).run(scenario([StepPlan(name="bare", kind=kind, action=action)], []))
    assert reason(run) == "tcp.refused"
    assert all(attempt.reconciled is None for attempt in run.steps[0].attempts)


def test_a_health_path_that_is_not_there() -> None:
    """A scenario that asks for it is not begun on such a path."""
    rig = Rig({})
    plan = scenario(
        [StepPlan(name="health", kind=StepKind.HTTP, action=HttpAction(method="GET", path="${connector.health_path}"))],
        [],
    )
    obstacle = rig.runner.obstacle(plan, rig.path)
    assert obstacle is not None
    assert obstacle[0] == "no_health_path"
    connector: Connector = dataclasses.replace(rig.path.connector, health_path="/healthz")
    assert rig.runner.obstacle(plan, dataclasses.replace(rig.path, connector=connector)) is None
