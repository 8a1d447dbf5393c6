"""A step that cannot be sent is the scenario's, and neither a bug of ours nor the path's."""

from probe.catalogue.catalogue import load
from probe.classify import prober


def test_what_does_not_fit_where_it_was_put() -> None:
    """The reason has a code, and the summary says which step and why."""
    made = prober.unsendable("ask", "`${saved.a}` is no text", load())
    assert (made.reason, made.retryable) == ("prober.unsafe_scenario", False)
    assert made.summary == "Step ask could not be sent: `${saved.a}` is no text. That says nothing about the path."
