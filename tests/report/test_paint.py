"""Colour, and lines of prose."""

from probe.report.paint import flowing, paragraph


def test_commands_stay_whole() -> None:
    """A command in backticks is never broken over two lines: it can be copied and run."""
    text = "Look at the file yourself: `openssl x509 -in FILE -noout -enddate`, and at nothing else."
    assert paragraph(text, width=40, first="  1. ", indent="     ") == [
        "  1. Look at the file yourself:",
        "     `openssl x509 -in FILE -noout -enddate`,",
        "     and at nothing else.",
    ]


def test_what_is_too_long_stays_whole() -> None:
    """A file path or a name of one word may stand out of the margin."""
    path = "/etc/billing-connector/identities/production/tls.crt"
    assert paragraph(f"in {path} since", width=40) == ["  in", f"  {path}", "  since"]


def test_nothing_to_say() -> None:
    """An empty value leaves its row's name standing."""
    assert paragraph("", width=40, first="  file  ") == ["  file"]


def test_parts_flow_into_lines_and_stay_whole() -> None:
    """Colours take no room, a part that is too long has a line of its own, and nothing gives nothing."""
    parts = ["\x1b[1;31mone\x1b[0m", "two", "a-very-long-part"]
    assert flowing(parts, width=10, first="> ") == ["> \x1b[1;31mone\x1b[0m  two", "  a-very-long-part"]
    assert flowing(parts[1:2], width=1) == ["two"]
    assert flowing([], width=10) == []
