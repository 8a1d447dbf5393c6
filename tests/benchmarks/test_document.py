"""The performance page says what was measured."""

import json

import pytest

from benchmarks.__main__ import RESULTS, results
from benchmarks.charges import FRESH, OURS, POOLED
from benchmarks.document import BEGIN, DOCUMENT, END, rewritten
from benchmarks.scrape import KINDS, PATHS, SERIES


def test_the_page_shows_the_committed_results() -> None:
    """The generated part is made of `benchmarks/results/*.json` and of nothing else: nobody edits a figure."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert set(found := results()) == {"mtls", "cold", "charges", "scrape"}
    assert rewritten(document, found) == document


def test_every_row_was_measured() -> None:
    """Two kinds of key, two TLS versions, one and eight at a time; nothing is left out where it looks bad."""
    rows = json.loads((RESULTS / "mtls.json").read_text(encoding="utf-8"))["rows"]
    assert {(row["key"], row["tls"], row["at_once"]) for row in rows} == {
        (key, tls, at_once) for key in ("EC P-256", "RSA-2048") for tls in ("1.2", "1.3") for at_once in (1, 8)
    }


def test_only_the_generated_part_is_written_anew() -> None:
    """What people wrote around it stays."""
    rows = json.loads((RESULTS / "mtls.json").read_text(encoding="utf-8"))
    charges = json.loads((RESULTS / "charges.json").read_text(encoding="utf-8"))
    found = {
        "mtls": rows,
        "charges": charges,
        "cold": {"starts": {"`it`": {"cpu_ms": 7, "wall_ms": 8}}},
        "scrape": results()["scrape"],
    }
    text = rewritten(f"before\n{BEGIN}\nof last year\n{END}\nafter\n", found)
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "of last year" not in text
    assert "| `it` | 7 | 8 |" in text


def test_a_page_without_marks() -> None:
    """It is said, and nothing is overwritten."""
    with pytest.raises(ValueError, match="has lost its marks"):
        rewritten("text", {})


def test_charges_are_held_against_the_bare_sdk() -> None:
    """Over a kept connection, and over one for each charge; every contender was measured in every round."""
    charges = json.loads((RESULTS / "charges.json").read_text(encoding="utf-8"))
    assert set(charges["cpu_us"]) == {OURS, POOLED, FRESH}
    assert {len(rounds) for rounds in charges["rounds_cpu_us"].values()} == {charges["rounds"]}


def test_a_scrape_is_one_of_ten_thousand_series() -> None:
    """In both formats, and packed; every run behind it passed."""
    scrape = json.loads((RESULTS / "scrape.json").read_text(encoding="utf-8"))
    assert scrape["series"] >= SERIES
    assert scrape["passed"] == scrape["runs"]
    assert scrape["paths"] == PATHS
    assert list(scrape["pages"]) == list(KINDS)
