"""`make soak` itself: one short round of it, and what it writes down."""

import pathlib

import pytest

from tests.soak.killing import killing
from tests.soak.run import BEGIN, END, PAGE, Figures, soaked, table, with_figures

ROOT = pathlib.Path(__file__).parents[2]


def test_a_round_kills_sweeps_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    """Five kills of one scenario at moments by chance."""
    scenarios = {"card-charge": str(ROOT / "scenarios" / "card-charge.yaml")}
    with killing(tmp_path, scenarios) as (lab, killer):
        figures = soaked(lab, killer, scenarios, limit_s=0.001)
    assert (figures.kills["card-charge"], figures.sweeps, figures.left) == (5, 1, [])


def test_the_page_has_one_place_for_figures() -> None:
    """What stands around it stays, and what was there goes."""
    figures = Figures(sweeps=2, seconds=9, day="2026-01-15")
    figures.kills["card-charge"], figures.swept["card-charge"] = 10, 4
    page = with_figures((ROOT / PAGE).read_text(encoding="utf-8"), table(figures))
    assert "| `card-charge` | 10 | 4 |" in page
    assert "2026-01-15, Python" in page
    assert "10 kills in 9 s; 2 sweeps took back 4 objects, and 0 were left." in page
    assert with_figures(page, table(figures)) == page
    with pytest.raises(ValueError, match="has no lines"):
        with_figures(f"{BEGIN} without {END[:5]}", "")
