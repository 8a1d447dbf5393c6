"""The four things that become of a step or a run."""

import pytest

from probe.catalogue.catalogue import load
from probe.classify import prober
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown, word

FAILURE = prober.bug("TypeError", "text", "step charge", load())


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (Passed(), "passed"),
        (Failed(FAILURE), "failed"),
        (Skipped("an earlier step failed"), "skipped"),
        (Unknown(FAILURE), "unknown"),
    ],
)
def test_the_word_for_each(outcome: Outcome, label: str) -> None:
    """The label of metrics, spans and results; renaming one breaks dashboards."""
    assert word(outcome) == label
