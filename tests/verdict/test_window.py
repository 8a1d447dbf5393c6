"""What a window of runs says together."""

from datetime import timedelta

import pytest

from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.verdict.window import Sample, Verdict, consecutive_failures, is_up, judge, success_ratio
from tests.support.runs import NOW, make_failure

WINDOW = timedelta(minutes=5)
OUTCOMES: dict[str, Outcome] = {
    "p": Passed(),
    "f": Failed(make_failure()),
    "u": Unknown(make_failure("prober.deadline")),
    "s": Skipped("an earlier step failed"),
}


def history(letters: str) -> list[Sample]:
    """Ten seconds between runs, the last one now; one letter for each: passed, failed, unknown, skipped."""
    return [
        Sample(NOW - timedelta(seconds=10 * back), OUTCOMES[letter])
        for back, letter in zip(range(len(letters) - 1, -1, -1), letters, strict=True)
    ]


@pytest.mark.parametrize(
    ("letters", "ratio"),
    [("", None), ("p", 1.0), ("f", 0.0), ("ppf", 2 / 3), ("ufpu", 0.5), ("us", None)],
)
def test_success_ratio_counts_only_runs_that_could_tell(letters: str, ratio: float | None) -> None:
    """Unknown and skipped runs are neither successes nor failures."""
    assert success_ratio(history(letters), now=NOW, window=WINDOW) == ratio


def test_success_ratio_forgets_what_left_the_window() -> None:
    """A run that ended exactly one window ago is outside, and one from the future (a clock set back) too."""
    edge = Sample(NOW - WINDOW, OUTCOMES["f"])
    future = Sample(NOW + timedelta(seconds=1), OUTCOMES["f"])
    assert success_ratio([edge, *history("p"), future], now=NOW, window=WINDOW) == 1.0


@pytest.mark.parametrize(
    ("letters", "failures"), [("", 0), ("p", 0), ("pff", 2), ("pfuf", 2), ("ffp", 0), ("fu", 1), ("ffffsf", 5)]
)
def test_consecutive_failures_pass_over_unknown(letters: str, failures: int) -> None:
    """An unknown run between two failures neither breaks the row nor lengthens it."""
    assert consecutive_failures(history(letters)) == failures


@pytest.mark.parametrize(("letters", "up"), [("", None), ("fp", True), ("pf", False), ("pu", None), ("ps", True)])
def test_up_is_what_the_last_tried_run_says(letters: str, up: bool | None) -> None:  # noqa: FBT001 - a table's row
    """Up is absent where the last run could not tell, whatever was known before."""
    assert is_up(history(letters)) is up


@pytest.mark.parametrize(
    ("letters", "verdict"),
    [
        ("", Verdict.UNKNOWN),
        ("u", Verdict.UNKNOWN),
        ("s", Verdict.UNKNOWN),
        ("p", Verdict.HEALTHY),
        ("pppu", Verdict.HEALTHY),
        ("pppuu", Verdict.UNKNOWN),
        ("ffuu", Verdict.UNKNOWN),
        ("f", Verdict.FAILING),
        ("pf", Verdict.DEGRADED),
        ("fp", Verdict.DEGRADED),
        ("pff", Verdict.FAILING),
        ("pfuf", Verdict.FAILING),
        ("ffpp", Verdict.DEGRADED),
        ("ffs", Verdict.FAILING),
    ],
)
def test_judge(letters: str, verdict: Verdict) -> None:
    """Two failures in a row are failing, one is degraded, and runs that could not tell prove nothing."""
    assert judge(history(letters), now=NOW, window=WINDOW) is verdict


def test_judge_looks_only_at_its_window() -> None:
    """A failure of an hour ago leaves no trace in the last five minutes."""
    old = [Sample(NOW - timedelta(hours=1), OUTCOMES["f"])] * 3
    assert judge([*old, *history("pp")], now=NOW, window=WINDOW) is Verdict.HEALTHY


def test_judge_takes_another_threshold() -> None:
    """A scenario may need more failures in a row before it counts as failing."""
    assert judge(history("pff"), now=NOW, window=WINDOW, failing_after=3) is Verdict.DEGRADED
