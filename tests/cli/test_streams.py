"""Whoever writes to stdout or stderr, no secret is written."""

import sys

import pytest

from probe.cli.command import command
from probe.cli.streams import leaving_streams
from probe.model.secret import Secret
from probe.redact.leaving import learned

KEY = ["-----BEGIN PRIVATE KEY-----\n", "canary\n", "canary\n", "-----END PRIVATE KEY-----\n", "after it\n"]


def test_a_private_key_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """As a traceback writes it; what comes after its end is shown again."""
    with leaving_streams():
        sys.stdout.writelines(KEY)
        for line in KEY:
            print(line, end="", file=sys.stderr)  # noqa: T201 - what is tested
    said = capsys.readouterr()
    assert said.out == said.err == "***private key***after it\n"


def test_the_stream_is_itself_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    """What is known to be secret is masked, and the stream is put back."""
    before = sys.stdout
    with leaving_streams():
        learned(Secret("hush-hush-hush"))
        assert sys.stdout.write("say hush-hush-hush\n") == 19
        sys.stdout.flush()
        assert not sys.stdout.isatty()
        assert sys.stdout.encoding == before.encoding
    assert sys.stdout is before
    assert capsys.readouterr().out == "say ***\n"


def test_a_command_line_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """A key typed where no key belongs is not shown in the complaint."""
    assert command(["check", "--config", "sk_live_" + "canary" * 4], {}) == 2
    said = capsys.readouterr()
    assert "canary" not in said.out + said.err
    assert "a live-mode Stripe key stands in `config`; remove it" in said.err
