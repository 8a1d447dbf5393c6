"""The exit status of several runs."""

import pytest

from probe.model.run import Run
from probe.report.status import exit_status
from tests.report import runs


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ([], 3),
        ([runs.not_begun()], 3),
        ([runs.passed()], 0),
        ([runs.passed(), runs.not_begun()], 0),
        ([runs.second_try()], 0),
        ([runs.passed(), runs.unknown()], 3),
        ([runs.unknown(), runs.expired(), runs.passed()], 1),
    ],
)
def test_failed_beats_unknown_beats_passed(given: list[Run], status: int) -> None:
    """As the contract says; a warning alone changes nothing."""
    assert exit_status(given) == status
