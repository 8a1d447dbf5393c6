"""The scenarios that come with paypath."""

from probe.scenario.library import shipped_directory
from probe.scenario.load import load_scenarios


def test_shipped() -> None:
    """They have no mistake, are named like their files, and run as often as documented."""
    found = {scenario.name: scenario for scenario in load_scenarios(None)}
    every = {name: found[name].every_s for name in ("mtls-handshake", "card-charge", "card-declined")}
    assert every == {"mtls-handshake": 30.0, "card-charge": 300.0, "card-declined": 300.0}
    for scenario in found.values():
        assert scenario.source == str(shipped_directory() / f"{scenario.name}.yaml")
        assert scenario.summary


def test_declined_create_is_cancelled() -> None:
    """A declined create has made an intent all the same: it must not stay open."""
    declined = next(s for s in load_scenarios(None) if s.name == "card-declined")
    assert declined.steps[-1].expect == {"error": {"code": "card_declined", "decline_code": "insufficient_funds"}}
    (cancel,) = declined.cleanup
    assert cancel.when == "saved.payment_intent"
