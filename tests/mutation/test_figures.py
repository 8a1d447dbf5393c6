"""The figures of the page: what mutmut says becomes rows of files, which stand until the file is tried again."""

import pathlib
from datetime import date
from typing import Final

import pytest

from tests.mutation.figures import BEGIN, END, Row, content_of, read, rows_of, statuses, still_surviving, with_rows

SAID: Final = """\
    probe.redact.text.x_whole__mutmut_1: killed
    probe.redact.text.xǁRedactorǁ__init____mutmut_6: survived
    probe.redact.text.x_whole__mutmut_2: timeout
    probe.redact.text.x_whole__mutmut_3: no tests
    probe.redact.text.x_whole__mutmut_4: not checked
    probe.redact.leaving.x_leaving__mutmut_1: not checked
"""
DAY: Final = date(2026, 1, 15)
FILES: Final = {"redact": ["redact/leaving", "redact/patterns", "redact/text"], "checks": ["checks/canary"]}
CONTENTS: Final = {"redact/leaving": "1111111", "redact/patterns": "2222222", "redact/text": "3333333"}
TEXT: Final = Row("redact/text", DAY, "3333333", made=5, tried=4, noticed=2)
REASONS: Final = {"probe.redact.text.x_whole__mutmut_3": "same", "probe.checks.canary.x_check__mutmut_1": "words"}
PAGE: Final = f"before\n{BEGIN}\n{END}\nafter\n"


def test_what_became_of_each() -> None:
    """In mutmut's own words."""
    assert list(statuses(SAID).values()) == ["killed", "survived", "timeout", "no tests", "not checked", "not checked"]


def test_a_row_counts_what_was_tried() -> None:
    """One that never ends is noticed, one that no test reaches is not. A file without anything to change has a row, one that the time did not reach has none."""
    assert rows_of(statuses(SAID), CONTENTS, DAY) == {
        "redact/patterns": Row("redact/patterns", DAY, "2222222", made=0, tried=0, noticed=0),
        "redact/text": TEXT,
    }
    assert TEXT.survived == 2


def test_the_page_keeps_the_files_that_were_not_tried() -> None:
    """Each with its day, and the room is their sum."""
    once = with_rows(PAGE, {"redact/text": TEXT}, FILES, REASONS)
    patterns = Row("redact/patterns", date(2026, 1, 16), "4444444", made=1200, tried=1200, noticed=1199)
    page = with_rows(once, {"redact/patterns": patterns}, FILES, REASONS)
    assert read(page) == {"redact/patterns": patterns, "redact/text": TEXT}
    assert page.startswith(f"before\n{BEGIN}\n")
    assert page.endswith(f"{END}\nafter\n")
    assert "| `redact` | 2 of 3 | 1,204 of 1,205 | 1,201 | 3 | 1 | 99.8% |" in page
    assert "| `checks` | 0 of 1 | 0 | 0 | 0 | 0 | – |" in page
    assert "| `redact/text` | 2026-01-15 | 3333333 | 4 of 5 | 2 | 2 | 1 |" in page


def test_a_file_has_one_row_and_one_that_is_gone_has_none() -> None:
    """The new one in place of the old one."""
    page = with_rows(PAGE, {"redact/text": TEXT}, FILES, {})
    anew = Row("redact/text", date(2026, 1, 17), "5555555", made=4, tried=4, noticed=4)
    assert read(with_rows(page, {"redact/text": anew}, FILES, {})) == {"redact/text": anew}
    assert read(with_rows(page, {}, {"redact": ["redact/leaving"]}, {})) == {}


def test_a_reason_goes_with_what_it_was_for() -> None:
    """Where a test notices the change now, or there is none of that name any more; of files that were not tried it stays."""
    said = {"probe.redact.text.x_whole__mutmut_3": "survived"}
    known = {**REASONS, "probe.redact.text.x_gone__mutmut_1": "same"}
    assert still_surviving(known, said, {"redact/text"}) == REASONS
    noticed = dict.fromkeys(said, "killed")
    assert list(still_surviving(known, noticed, {"redact/text"})) == ["probe.checks.canary.x_check__mutmut_1"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("import b\n\na = 1\n", True),
        ("from c import (\n    d,\n)\nimport b\n\n\na = 1\n", True),
        ("import b\n\na = 2\n", False),
        ("import b\n\nif True:\n    import c\na = 1\n", False),
    ],
)
def test_a_file_that_changed_is_another(tmp_path: pathlib.Path, text: str, *, same: bool) -> None:
    """By its content, in which the imports at its head do not count: nothing of them is changed."""
    path = tmp_path / "a.py"
    path.write_text("import b\n\na = 1\n", encoding="utf-8")
    before = content_of(path)
    path.write_text(text, encoding="utf-8")
    assert (content_of(path) == before) is same
