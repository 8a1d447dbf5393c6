"""Colour and width."""

import io

import pytest

from probe.cli.face import Face, tolerant


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("environ", "no_color", "colored"),
    [
        ({}, False, True),
        ({"NO_COLOR": ""}, False, True),
        ({"NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({}, True, False),
    ],
)
def test_colour_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    no_color: bool,  # noqa: FBT001 - a parameter
    colored: bool,  # noqa: FBT001 - a parameter
) -> None:
    """An empty NO_COLOR counts as absent (no-color.org)."""
    monkeypatch.setattr("sys.stdout", Terminal())
    assert Face(environ=environ, no_color=no_color).color is colored


def test_no_colour_in_a_pipe() -> None:
    """Where stdout is no terminal there is none."""
    assert not Face(environ={}).color


def test_width_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between 40 and 120 columns, whatever the terminal says."""
    for columns, width in (("10", 40), ("90", 90), ("400", 120)):
        monkeypatch.setenv("COLUMNS", columns)
        assert Face(environ={}).width == width


def test_tolerant_stream() -> None:
    """An ASCII stream shows a question mark for what it lacks."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    tolerant(stream)
    stream.write("→ connector")
    stream.flush()
    assert raw.getvalue() == b"? connector"
