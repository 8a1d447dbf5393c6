"""The command line as a function: words in, status and both outputs back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from probe.cli.main import main


@dataclass(frozen=True, slots=True)
class Said:
    """What one invocation gave."""

    status: int
    out: str
    err: str


Paypath = Callable[..., Said]


@pytest.fixture
def paypath(capsys: pytest.CaptureFixture[str]) -> Paypath:
    """Run `paypath WORDS…` in this process, with an environment of its own."""

    def call(*words: str, environ: Mapping[str, str] | None = None) -> Said:
        status = main(words, environ or {})
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return call
