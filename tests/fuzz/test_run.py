"""`make fuzz` itself, as far as it goes without atheris."""

import pathlib
import platform
import re
from datetime import date

import pytest

from probe.model.clock import SystemClock
from tests.fuzz.run import BEGIN, END, PAGE, Figures, figures_of, main, seconds_of, with_figures
from tests.fuzz.targets import targets
from tests.project.locks import ROOT, read_lock

SAID = """\
#4	INITED cov: 150 ft: 152 corp: 3/1200b exec/s: 0 rss: 90Mb
#1048576	pulse  cov: 227 ft: 230 corp: 9/3290b exec/s: 4096 rss: 90Mb
Done 1234567 runs in 21 second(s)
stat::number_of_executed_units: 1234567
"""


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200)])
def test_a_time_limit(text: str, seconds: int) -> None:
    """As in the other long commands."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "0s", "m", "1d", "-1s"])
def test_no_time_limit(text: str) -> None:
    """It is said what to write instead."""
    with pytest.raises(SystemExit, match="write 90s, 10m or 2h"):
        seconds_of(text)


def test_an_unknown_target_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the known ones."""
    with pytest.raises(SystemExit):
        main(["--target", "nothing"])
    assert "there are: messages, name, certificate" in capsys.readouterr().err


def test_figures_are_read() -> None:
    """What libFuzzer says last: its own closing lines; an end without them counts nothing."""
    today = SystemClock().now().date()
    assert figures_of("pem", SAID, ()) == Figures("pem", 1_234_567, 21, 227, (), today)
    assert figures_of("pem", "Segmentation fault", ()) == Figures("pem", 0, 0, 0, (), today)


def test_a_run_takes_its_own_row_alone() -> None:
    """With its day and its length; what stands around the table stays, and so does the row of every other target."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    found = Figures("pem", 1_234_567, 21, 227, (pathlib.Path("x"),), date(2026, 1, 15))
    written = with_figures(page, [found])
    changed = [line for line in written.split("\n") if line not in page.split("\n")]
    assert changed == [f"| `pem` | 15 January 2026, Python {platform.python_version()} | 21 | 1,234,567 | 227 | 1 |"]
    assert with_figures(written, [found]) == written
    assert written.partition(BEGIN)[0] == page.partition(BEGIN)[0]
    assert written.partition(END)[2] == page.partition(END)[2]


def test_every_target_has_its_row() -> None:
    """Of a run of some day, in the order of the targets."""
    rows = re.findall(
        r"^\| `(\w+)` \| \d{1,2} [A-Z][a-z]+ 20\d\d, Python 3\.\d+\.\d+ \| [1-9]",
        (ROOT / PAGE).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows == list(targets())


def test_the_lock_of_atheris() -> None:
    """One release for each range of Pythons, with hashes, and no index."""
    lines = (ROOT / "tests/fuzz/requirements.txt").read_text(encoding="utf-8")
    assert "://" not in lines
    assert lines.count("--hash=sha256:") == 3
    markers = [line for line in lines.splitlines() if line.startswith("atheris==")]
    assert [line.partition(";")[2].strip(" \\") for line in markers] == [
        'python_version < "3.12"',
        'python_version >= "3.12"',
    ]
    assert "atheris" not in read_lock(ROOT / "requirements-dev.txt")
