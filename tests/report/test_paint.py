"""Colour, and lines of prose."""

from probe.report.paint import paragraph


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
