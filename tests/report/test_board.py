"""The board: what the last runs say, and what is news."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.model.clock import FakeClock
from probe.model.failure import Severity
from probe.model.network import Endpoint
from probe.model.path import Connector, PaymentPath
from probe.model.run import Run, RunSkipped, RunStarted
from probe.model.scenario import Scenario, StepKind, StepPlan, StripeAction
from probe.report.board import STRIP, Board, Event, EventKind
from probe.report.hops import HopState, hops
from probe.report.shown import said, why
from probe.report.standing import overall, standings
from probe.verdict.window import Verdict
from tests.report import runs as made


def scenario(name: str, severity: Severity = Severity.PAGE) -> Scenario:
    """One that runs each minute."""
    return Scenario(name=name, summary="", every_s=60, deadline_s=5, steps=(), source="test", severity=severity)


def path(name: str = "billing") -> PaymentPath:
    """One that nobody connects to."""
    endpoint = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")
    return PaymentPath(name=name, connector=Connector(url="https://127.0.0.1:1", endpoint=endpoint))


class Stage:
    """A board on a clock that goes on by a minute with each run."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        """Show these pairs."""
        self.clock = FakeClock(made.STARTED)
        self.board = Board(self.clock)
        self.board.configure((scenario(name), path(on)) for name, on in pairs)

    def play(self, found: Run, scenario: str = "mtls-handshake", on: str = "billing") -> None:
        """A run, as it is told to observers."""
        run = replace(found, scenario=scenario, path=on, started_at=self.clock.now())
        self.board.run_started(RunStarted(run_id=run.run_id, scenario=scenario, path=on, started_at=run.started_at))
        self.board.run_finished(run)
        self.clock.advance(60)

    def verdict(self) -> Verdict:
        """Of everything, now."""
        return overall(standings(self.board.lines, (), self.clock.now()))

    def kinds(self) -> list[EventKind]:
        """Of all events, the oldest first."""
        return [event.kind for event in self.board.events()]


@pytest.fixture
def stage() -> Stage:
    """One scenario on one path."""
    return Stage(("mtls-handshake", "billing"))


def test_a_failure_is_told_once_and_so_is_what_follows(stage: Stage) -> None:
    """First failure, another reason, could not tell, recovered; the same again is no news."""
    stage.play(made.passed())
    for found in (made.expired(), made.expired(), made.stripe_down(), made.unknown(), made.passed(), made.passed()):
        stage.play(found)
    assert stage.kinds() == [EventKind.FAILED, EventKind.CHANGED, EventKind.UNKNOWN, EventKind.RECOVERED]
    first = stage.board.events()[0]
    assert (first.code, first.reason, first.path) == (5023, "tls.client_cert.expired", "billing")
    assert "expired 12 minutes ago" in first.text
    assert first.headline == "5023 client certificate expired"
    assert [event.number for event in stage.board.events(after=2)] == [3, 4]


def test_since_when_it_fails_outlives_a_change_of_reason(stage: Stage) -> None:
    """And is forgotten when it passes."""
    stage.play(made.passed())
    began = stage.clock.now()
    stage.play(made.expired())
    stage.play(made.stripe_down())
    (line,) = stage.board.lines
    assert line.failing_since == began
    stage.play(made.passed())
    assert line.failing_since is None


def test_the_verdict_of_a_path(stage: Stage) -> None:
    """Nothing is known, then it is well, one failure is not the end, two are; what could not tell says nothing."""
    assert stage.verdict() is Verdict.UNKNOWN
    stage.play(made.passed())
    assert stage.verdict() is Verdict.HEALTHY
    stage.play(made.expired())
    assert stage.verdict() is Verdict.DEGRADED
    stage.play(made.expired())
    assert stage.verdict() is Verdict.FAILING
    stage.play(made.unknown())
    stage.play(made.unknown())
    assert stage.verdict() is Verdict.UNKNOWN


def test_a_scenario_that_only_opens_tickets_does_not_say_that_money_cannot_flow() -> None:
    """Its path has failures, and money flows."""
    stage = Stage()
    stage.board.configure([(scenario("mtls-handshake"), path()), (scenario("side", Severity.TICKET), path())])
    for _ in range(2):
        stage.play(made.passed())
        stage.play(made.stripe_down(), "side")
    (standing,) = standings(stage.board.lines, (), stage.clock.now())
    assert (standing.verdict, standing.money_flows) == (Verdict.DEGRADED, True)
    assert standing.failure is not None
    assert standing.failure.reason == "stripe.api_error"


CHARGING = StepPlan(name="charge", kind=StepKind.STRIPE, action=StripeAction(method="v1.payment_intents.create"))


def charging() -> Stage:
    """A handshake and two scenarios that charge."""
    stage = Stage()
    charges = [replace(scenario(name), steps=(CHARGING,)) for name in ("card-charge", "card-declined")]
    stage.board.configure([(found, path()) for found in (scenario("mtls-handshake"), *charges)])
    return stage


def test_handshakes_do_not_say_that_money_can_flow_where_no_charge_could_tell() -> None:
    """Not even two to one; one charge that passes does, and one that is yet to come does not hide the handshake."""
    stage = charging()
    stage.play(made.passed())
    assert stage.verdict() is Verdict.HEALTHY
    for _ in range(2):
        stage.play(made.unknown(), "card-charge")
    (standing,) = standings(stage.board.lines, (), stage.clock.now())
    assert (standing.verdict, standing.money_flows) == (Verdict.UNKNOWN, None)
    assert standing.failure is not None
    assert standing.failure.reason == "prober.deadline"
    stage.play(made.passed(), "card-declined")
    assert stage.verdict() is Verdict.HEALTHY


def test_charges_that_may_not_be_made_tell_nothing() -> None:
    """Without a state directory none is; the sentence says so, and the scenario says why."""
    stage = charging()
    stage.play(made.passed())
    for name in ("card-charge", "card-declined"):
        stage.board.run_skipped(RunSkipped(scenario=name, path="billing", cause="no_state"))
    shown = standings(stage.board.lines, (), stage.clock.now())
    assert overall(shown) is Verdict.UNKNOWN
    assert why(shown, Verdict.UNKNOWN).startswith("No charge is tried on path billing: it writes to Stripe, and")
    assert said(stage.board.lines[1]).startswith("it writes to Stripe, and there is no writable state directory")


def test_one_sentence_names_each_reason_with_how_many_paths_it_has() -> None:
    """The commonest first, and no more than three of them."""
    names = [f"path-{number}" for number in range(4)]
    stage = Stage(*(("mtls-handshake", name) for name in names))
    for _ in range(2):
        for name, found in zip(names, (made.expired(), made.stripe_down(), made.expired(), made.passed()), strict=True):
            stage.play(found, on=name)
            stage.clock.advance(-60)
    stage.clock.advance(60)
    shown = standings(stage.board.lines, (), stage.clock.now())
    words = "client certificate expired (2), Stripe answers with an error of its own (1)"
    assert why(shown, Verdict.FAILING) == f"3 of 4 paths: {words}."
    assert why(shown[:1], Verdict.FAILING) == "Path path-0: client certificate expired."


def test_what_fails_comes_first_and_a_reload_forgets_only_what_is_gone() -> None:
    """Of two paths the second fails; after a reload a third is new, and nothing is lost of the others."""
    stage = Stage(("mtls-handshake", "one"), ("mtls-handshake", "two"))
    for _ in range(2):
        stage.play(made.passed(), on="one")
        stage.play(made.expired(), on="two")
    now = stage.clock.now()
    assert [standing.path for standing in standings(stage.board.lines, (), now)] == ["two", "one"]
    stage.board.configure([(scenario("mtls-handshake"), path("two")), (scenario("mtls-handshake"), path("three"))])
    found = {standing.path: standing.verdict for standing in standings(stage.board.lines, (), now)}
    assert found == {"two": Verdict.FAILING, "three": Verdict.UNKNOWN}
    stage.play(made.passed(), on="one")  # a run that was under way at the reload
    assert {line.path.name for line in stage.board.lines} == {"two", "three"}


def test_memory_is_bounded_and_skipped_runs_are_said(stage: Stage) -> None:
    """A thousand runs leave a strip of sixty; a due run that was not begun is said until one is."""
    for _ in range(500):
        stage.play(made.passed())
        stage.play(made.expired())
    (line,) = stage.board.lines
    assert len(line.strip) == STRIP
    assert len(stage.board.runs()) == 200
    assert len(stage.board.events()) == 300
    stage.board.run_skipped(RunSkipped(scenario="mtls-handshake", path="billing", cause="late"))
    assert line.not_begun == "late"
    stage.play(made.passed())
    assert line.not_begun is None


def test_who_listens_is_told_of_events_and_runs_until_it_ends(stage: Stage) -> None:
    """None stands for a run that has ended."""
    heard: list[Event | None] = []
    end = stage.board.listen(heard.append)
    stage.play(made.expired())
    assert [event.kind if event else None for event in heard] == [EventKind.FAILED, None]
    end()
    stage.play(made.passed())
    assert len(heard) == 2


def _states(*found: Run) -> dict[str, HopState]:
    return {hop.name: hop.state for hop in hops(found)}


def test_hops_of_a_run_that_passed() -> None:
    """All work; Stripe only where a call went there."""
    assert set(_states(made.passed()).values()) <= {HopState.GOOD, HopState.UNTRIED}
    assert _states(made.passed())["TLS"] is HopState.GOOD


def test_hops_of_the_incident() -> None:
    """TLS fails, what is behind was not reached, what is before works."""
    assert _states(made.expired()) == {
        "probe": HopState.GOOD,
        "DNS": HopState.GOOD,
        "TCP": HopState.GOOD,
        "TLS": HopState.BAD,
        "connector": HopState.UNREACHED,
        "Stripe": HopState.UNREACHED,
    }


def test_hops_where_stripe_fails_and_where_we_could_not_tell() -> None:
    """The far hop alone; and our own side with a question mark."""
    assert _states(made.stripe_down())["Stripe"] is HopState.BAD
    assert HopState.BAD not in {state for name, state in _states(made.stripe_down()).items() if name != "Stripe"}
    assert _states(made.unknown())["probe"] is HopState.UNKNOWN


def test_hops_are_drawn_from_what_fails() -> None:
    """A later run of another scenario that passed does not hide it."""
    later = replace(made.passed(), started_at=made.STARTED + timedelta(minutes=1))
    assert _states(later, made.expired())["TLS"] is HopState.BAD
    assert _states()["TLS"] is HopState.UNTRIED
