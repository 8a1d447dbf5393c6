"""`docs/network.md` is in step with the tables, and keeps what was measured."""

import pytest

from tests.network.detection import Found, table
from tests.network.faults import FAULTS, HARDSHIPS
from tests.network.page import DETECTION, HEALTHY, PAGE, main, render, with_figures
from tests.soak import healthy


def test_the_page_is_in_step() -> None:
    """`python -m tests.network.page` writes it."""
    assert main(["--check"]) == 0


def test_the_measurements_have_their_places() -> None:
    """Written there they stay, whatever becomes of the tables."""
    found = Found(fault=FAULTS[0], seen_s=40.04, shown_s=40.5, paged_s=None, reason="tcp.connect_timeout")
    half = healthy.Figures(network="calm", what="charges", seconds=9.6)
    half.outcomes.update({"passed": 1000})
    other = healthy.Figures(network="calm", what="charges", seconds=9.5)
    other.outcomes.update({"passed": 999, "failed": 1})
    figures = healthy.together([half, other])
    page = with_figures(PAGE.read_text(encoding="utf-8"), table([found]), DETECTION)
    page = with_figures(page, healthy.table([figures]), HEALTHY)
    assert "| our SYN is dropped | `tcp.connect_timeout` | 40.0 | 40.5 | – |" in page
    assert "| calm | charges | 2,000 | 10 s | **1** | none |  |" in page
    assert render(page) == page
    with pytest.raises(ValueError, match="has no lines"):
        with_figures("nothing", "", DETECTION)


def test_every_row_is_told_apart_by_its_name() -> None:
    """They are looked up by it."""
    names = [row.name for row in (*FAULTS, *HARDSHIPS)]
    assert len(set(names)) == len(names)
