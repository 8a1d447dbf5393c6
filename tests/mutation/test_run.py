"""`make mutation` itself, as far as it goes without mutmut."""

from datetime import UTC, datetime

import pytest

from tests.mutation.run import BEGIN, END, PAGE, ROOMS, main, row, statuses, with_row
from tests.project.locks import ROOT, read_lock

SAID = """\
    probe.redact.text.x_whole__mutmut_1: killed
    probe.redact.text.xǁRedactorǁ__init____mutmut_6: survived
    probe.redact.text.x_whole__mutmut_2: timeout
    probe.redact.text.x_whole__mutmut_3: no tests
    probe.redact.text.x_whole__mutmut_4: not checked
"""
DAY = datetime(2026, 1, 15, tzinfo=UTC)


def test_what_became_of_each() -> None:
    """In mutmut's own words."""
    assert list(statuses(SAID).values()) == ["killed", "survived", "timeout", "no tests", "not checked"]


def test_a_row_counts_what_was_tried() -> None:
    """One that never ends is noticed, one that no test reaches is not, and one that there was no time for is neither."""
    assert row("redact", SAID, DAY) == "| `redact` | 2026-01-15 | 4 of 5 | 2 | 2 | 50.0% |"
    assert row("redact", "", DAY) == "| `redact` | 2026-01-15 | 0 | 0 | 0 | – |"


def test_a_room_has_one_row() -> None:
    """The new one stands where the old one was; another room's comes behind."""
    page = f"a\n{BEGIN}\n| room |\n|---|\n{END}\nb\n"
    once = with_row(page, "| `redact` | 1 |")
    both = with_row(once, "| `checks` | 2 |")
    assert (
        with_row(both, "| `redact` | 3 |")
        == f"a\n{BEGIN}\n| room |\n|---|\n| `redact` | 3 |\n| `checks` | 2 |\n{END}\nb\n"
    )


def test_an_unknown_room_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the known ones."""
    with pytest.raises(SystemExit):
        main(["--room", "nothing"])
    assert "redact" in capsys.readouterr().err


def test_the_page_has_the_figures_of_every_room() -> None:
    """Dated, and of rooms that there are."""
    table = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    for room, pattern in ROOMS.items():
        assert f"| `{room}` | 20" in table
        assert list(ROOT.glob(f"{pattern}.py"))


def test_the_lock_is_held_to_the_development_one() -> None:
    """Both are installed into one venv."""
    development, ours = (
        read_lock(ROOT / "requirements-dev.txt"),
        read_lock(ROOT / "tests" / "mutation" / "requirements.txt"),
    )
    assert "mutmut" in ours
    assert {name: pin for name, pin in ours.items() if name in development} == {
        name: development[name] for name in ours if name in development
    }
