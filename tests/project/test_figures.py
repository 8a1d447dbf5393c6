"""Every figure that README and documents promise is that of the code."""

import re
from collections.abc import Sequence

import pytest

from tests.project.figures import FIGURES
from tests.project.locks import ROOT


def _written(figure: object) -> str:
    """As the documents write it: `10,000`, `0.9`, `30`."""
    match figure:
        case int():
            return f"{figure:,}"
        case float():
            return f"{figure:g}"
        case _:
            return str(figure)


def _missing(text: str, promises: Sequence[Sequence[object]]) -> list[str]:
    """The promises that do not stand in the text, as they ought to."""
    filled = (str(words).format(*map(_written, figures)) for words, *figures in promises)
    flat = re.sub(r"\s+", " ", text)
    return [each for each in filled if each not in flat]


@pytest.mark.parametrize("document", FIGURES)
def test_figures(document: str) -> None:
    """Whoever changes a figure in the code changes the sentence, and the other way round."""
    assert _missing((ROOT / document).read_text(encoding="utf-8"), FIGURES[document]) == []


def test_every_promise_has_its_figures() -> None:
    """A row whose figure came from nowhere would hold nothing."""
    rows = [row for promises in FIGURES.values() for row in promises]
    assert [words for words, *figures in rows if not figures or str(words).count("{}") != len(figures)] == []


def test_another_figure_is_noticed() -> None:
    """In the text, or in the code; a line break is none."""
    text = "Runs are kept for 35\ndays, 10,000 of them."
    assert _missing(text, [("kept for {} days, {} of them.", 35.0, 10_000)]) == []
    assert _missing(text, [("kept for {} days", 34), ("{} of them", 10_000)]) == ["kept for 34 days"]
