"""What is known of a scenario's surroundings when it is checked: the SDK, the catalogue, the configured paths."""

from collections.abc import Collection

from probe.billing.answer_types import answer_faults, event_fault
from probe.billing.lasting import stays
from probe.billing.methods import exists, nearest
from probe.billing.parameters import parameter_faults
from probe.billing.taking_back import gives_back, ways
from probe.catalogue.catalogue import load
from probe.scenario.knowledge import Knowledge


def knowledge(*, paths: Collection[str] | None = None) -> Knowledge:
    """All that can be known; without `paths` those that a scenario names are not checked."""
    return Knowledge(
        method_hint=method_hint,
        parameter_faults=parameter_faults,
        answer_faults=answer_faults,
        event_fault=event_fault,
        stays=stays,
        ways_back=ways,
        gives_back=gives_back,
        reasons=frozenset(entry.reason for entry in load().entries),
        paths=paths,
    )


def method_hint(method: str) -> str | None:
    """What to do about a Stripe method that the installed SDK does not have; None for one that it has."""
    if exists(method):
        return None
    near = nearest(method)
    return f"did you mean `{near[0]}`?" if near else "see the methods of stripe.StripeClient"
