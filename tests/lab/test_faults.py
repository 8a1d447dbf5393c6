"""The closed list of faults, and which of several is in force."""

import pytest

from probe.catalogue.catalogue import load
from probe.lab.faults import FAULTS, Place, Switches
from probe.lab.stripe.faults import PUBLIC


@pytest.mark.parametrize("name", FAULTS)
def test_the_reason_is_in_the_catalogue(name: str) -> None:
    """What a fault must give can be explained."""
    assert load().entry(FAULTS[name].reason).reason == FAULTS[name].reason


def test_the_simulators_switches() -> None:
    """Those of place `stripe` are what the simulator calls public."""
    assert {name for name, fault in FAULTS.items() if fault.place is Place.STRIPE} == set(PUBLIC)


def test_the_latest_is_in_force() -> None:
    """In the order of switching on, not of the list; switching on again makes it the latest."""
    switches = Switches()
    assert switches.in_force_at(Place.IDENTITY) is None
    for name in ("client-cert-revoked", "connector-502", "client-cert-expired"):
        switches.set(name, on=True)
    assert switches.on == ("client-cert-revoked", "connector-502", "client-cert-expired")
    assert switches.in_force_at(Place.IDENTITY) == "client-cert-expired"
    switches.set("client-cert-revoked", on=True)
    assert switches.in_force_at(Place.IDENTITY) == "client-cert-revoked"
    switches.set("client-cert-revoked", on=False)
    assert switches.in_force_at(Place.IDENTITY) == "client-cert-expired"
    assert switches.in_force({"connector-502"}) == "connector-502"
    assert switches.in_force_at(Place.SERVER_CERTIFICATE) is None


def test_no_fault_is_called_so() -> None:
    """KeyError, and nothing has changed."""
    switches = Switches()
    for on in (True, False):
        with pytest.raises(KeyError, match="client-cert-expird"):
            switches.set("client-cert-expird", on)
    assert switches.on == ()
