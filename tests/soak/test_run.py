"""`make soak` itself: one short round of it, and what it writes down."""

import pathlib
import re

import pytest

from probe.runner.writing import writes_to_stripe
from probe.scenario.load import load_scenarios
from tests.soak.killing import killing
from tests.soak.run import BEGIN, END, PAGE, Figures, soaked, table, with_figures

SILENT = """
name: silent
every: 5m
steps:
  - stripe: v1.balance.retrieve
"""
ROOT = pathlib.Path(__file__).parents[2]


def test_a_round_kills_sweeps_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    """Five kills of one scenario at moments by chance."""
    scenarios = {"card-charge": str(ROOT / "scenarios" / "card-charge.yaml")}
    with killing(tmp_path, scenarios) as (lab, killer):
        figures = soaked(lab, killer, scenarios, limit_s=0.001)
    assert (figures.kills["card-charge"], figures.sweeps, figures.left) == (5, 1, [])


def test_a_scenario_that_cannot_be_killed_is_not_left_out_in_silence(tmp_path: pathlib.Path) -> None:
    """It ends with what the scenario came to."""
    file = tmp_path / "silent.yaml"
    file.write_text(SILENT, encoding="utf-8")
    scenarios = {"silent": str(file)}
    with (
        killing(tmp_path, scenarios) as (lab, killer),
        pytest.raises(SystemExit, match=r"silent wrote nothing.*status 0"),
    ):
        soaked(lab, killer, scenarios, limit_s=0.001)


def test_every_scenario_that_writes_stands_in_the_table() -> None:
    """None of the library was left out, and none stands there that is no more."""
    writing = {each.name for each in load_scenarios(ROOT / "scenarios") if writes_to_stripe(each)}
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    figures = page.partition(BEGIN)[2].partition(END)[0]
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \| [1-9]", figures, re.MULTILINE)) == writing


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
