"""What is shown of many rows where there is no room for all of them."""

from collections.abc import Sequence

from rich.text import Text

from probe.report.screen_fit import Row, Section, fit


def row(text: str, rank: float, *below: Section, lines: int = 1) -> Row:
    """One row of so many lines."""
    return Row(rank, tuple(Text(f"{text}{number or ''}") for number in range(lines)), below)


def counted(omitted: Sequence[int]) -> Text:
    """Which rows are missing."""
    return Text(f"… {','.join(map(str, omitted))}")


def texts(lines: Sequence[Text]) -> list[str]:
    """Plain."""
    return [line.plain for line in lines]


def test_all_of_it_where_there_is_room() -> None:
    """In their order, whatever their ranks; nothing is counted, and a section that stands apart has a blank line before it."""
    first = Section(rows=[row("a", 3), row("b", 1)], more=counted)
    second = Section(rows=[row("c", 2)], heading=lambda omitted: Text(f"heading {omitted}"), apart=True)
    assert texts(fit([first, second], 5)) == ["a", "b", "", "heading 0", "c"]
    assert texts(fit([first, second], 4)) == ["a", "b", "heading 0", "c"]


def test_what_matters_least_goes_first_and_is_counted() -> None:
    """The line that counts it is part of the height."""
    section = Section(rows=[row("a", 5), row("b", 1), row("c", 2), row("d", 3)], more=counted)
    assert texts(fit([section], 4)) == ["a", "b", "c", "d"]
    assert texts(fit([section], 3)) == ["b", "c", "… 0,3"]
    assert texts(fit([section], 2)) == ["b", "… 0,2,3"]


def test_rows_do_not_overtake_one_that_has_no_room() -> None:
    """A second step without the first would be no help, although it is shorter; rows of other sections go on."""
    steps = Section(rows=[row("step", 1), row("long", 2, lines=5), row("short", 3)], more=counted)
    other = Section(rows=[row("other", 4)])
    assert texts(fit([steps, other], 5)) == ["step", "… 1,2", "other"]


def test_where_no_row_fits_one_line_stands_for_all() -> None:
    """A section may have a line for that; without one nothing is there."""
    closed = Section(
        rows=[row("a", 2, lines=3), row("b", 2)], heading=lambda _: Text("heading"), closed=Text("2 of them")
    )
    assert texts(fit([Section(rows=[row("top", 0)]), closed], 4)) == ["top", "2 of them"]
    assert texts(fit([Section(rows=[row("top", 0)]), Section(rows=[row("b", 1)], heading=lambda _: Text("h"))], 2)) == [
        "top"
    ]
    assert texts(fit([Section(rows=[], closed=Text("none"))], 4)) == []


def test_what_is_below_a_row_comes_with_it() -> None:
    """And only where the row itself is shown."""
    details = Section(rows=[row("x", 3), row("y", 4)], more=counted, closed=Text("details"))
    section = Section(rows=[row("a", 1, details), row("b", 2, details)], more=counted)
    assert texts(fit([section], 6)) == ["a", "x", "y", "b", "x", "y"]
    assert texts(fit([section], 5)) == ["a", "x", "y", "b", "details"]
    assert texts(fit([section], 3)) == ["a", "details", "… 1"]
    assert texts(fit([section], 1)) == []
    assert texts(fit([Section(rows=section.rows, more=counted, closed=Text("2 rows"))], 1)) == ["2 rows"]
