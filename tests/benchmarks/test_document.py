"""The performance page says what was measured."""

import json

import pytest

from benchmarks.__main__ import RESULTS
from benchmarks.charges import FRESH, OURS, POOLED
from benchmarks.document import BEGIN, DOCUMENT, END, rewritten


def test_the_page_shows_the_committed_results() -> None:
    """The generated part is made of `benchmarks/results/*.json` and of nothing else: nobody edits a figure."""
    found = {
        name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in ("mtls", "cold", "charges")
    }
    document = DOCUMENT.read_text(encoding="utf-8")
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
    found = {"mtls": rows, "charges": charges, "cold": {"starts": {"`it`": {"cpu_ms": 7, "wall_ms": 8}}}}
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
