"""The scenarios that come with paypath."""

import pytest

from probe.compose.knowing import knowledge
from probe.model.scenario import Scenario, StripeAction
from probe.scenario.library import shipped_directory
from probe.scenario.load import load_scenarios, load_shipped

LIBRARY = {scenario.name: scenario for scenario in load_scenarios(None, known=knowledge())}
MOST_PER_S = 2.0
"""`stripe.requests_per_second` unless set."""


@pytest.mark.parametrize("scenario", LIBRARY.values(), ids=LIBRARY)
def test_shipped(scenario: Scenario) -> None:
    """Without any mistake that somebody knows, named like its file, and with what people need to understand it."""
    assert scenario.source == str(shipped_directory() / f"{scenario.name}.yaml")
    assert scenario.summary.endswith(".")
    assert scenario.question.endswith("?")


def test_how_often() -> None:
    """Handshakes every half minute, charges every five minutes, the many declines seldom."""
    every = {name: scenario.every_s for name, scenario in LIBRARY.items()}
    assert (every["mtls-handshake"], every["card-charge"], every["card-declined"]) == (30.0, 300.0, 300.0)
    seldom = {name: every_s for name, every_s in every.items() if name.startswith("card-declined-")}
    assert set(seldom.values()) == {3600.0}


def test_all_together_stay_far_below_the_budget() -> None:
    """A twentieth of it, on average, with two more requests for each run than it declares."""
    calls = {
        name: sum(isinstance(step.action, StripeAction) for step in (*scenario.steps, *scenario.cleanup))
        for name, scenario in LIBRARY.items()
    }
    per_s = sum((calls[name] + 2) / scenario.every_s for name, scenario in LIBRARY.items() if calls[name])
    assert per_s < MOST_PER_S / 20


def test_every_decline_is_cancelled() -> None:
    """A declined create has made an intent all the same: it must not stay open."""
    declines = [scenario for name, scenario in LIBRARY.items() if name.startswith("card-declined")]
    assert len(declines) == 7
    for scenario in declines:
        assert set(scenario.steps[-1].expect) == {"error"}
        (cancel,) = scenario.cleanup
        assert cancel.when == "saved.payment_intent"
        assert cancel.expect == {"status": "canceled"}


def test_the_declines_are_told_apart() -> None:
    """No two expect the same code."""
    codes = [str(scenario.steps[-1].expect["error"]) for name, scenario in LIBRARY.items() if "declined" in name]
    assert len(set(codes)) == len(codes) == 7


def test_a_start_reads_the_named_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the library's order; all of them where nobody names any, or names one that is not there, so that a near name can be suggested."""
    assert [scenario.name for scenario in load_shipped(["mtls-handshake", "card-charge"])] == [
        "card-charge",
        "mtls-handshake",
    ]
    assert [scenario.name for scenario in load_shipped([])] == list(LIBRARY)
    assert [scenario.name for scenario in load_shipped(["card-charge", "card-chrage"])] == list(LIBRARY)
    read: list[str] = []
    monkeypatch.setattr("probe.scenario.load.read_text", lambda file: read.append(file.stem) or file.read_text("utf-8"))
    assert load_shipped(["card-declined"]) == (LIBRARY["card-declined"],)
    assert read == ["card-declined"]
