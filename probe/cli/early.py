"""Signals before there is a loop to receive them. Imports only what Python itself has loaded at its start, or nearly so."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from types import FrameType

_WITH_A_VALUE = ("--config", "--format")
"""Options that may stand before the verb, with their value as a word of its own."""
_KEEP_RUNNING = ("run", "lab")
"""Verbs for which being stopped is success."""
_STOPPED = 0
_COULD_NOT_TELL = 3


def end_at_signals(words: Sequence[str]) -> None:
    """End the process at SIGINT or SIGTERM, at once: nothing has been sent yet, so there is nothing to clean up.

    Status 0 for the verbs that run until they are stopped, 3 for the others. The loop of a verb takes both signals over.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):  # nobody may be reading any more
            if _nagios(words):
                os.write(1, b"PAYPATH UNKNOWN - interrupted\n")
            os.write(2, b"paypath: interrupted\n")
        os._exit(
            _STOPPED if _verb(words) in _KEEP_RUNNING else _COULD_NOT_TELL
        )  # an exception could drown in an import

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _verb(words: Sequence[str]) -> str | None:
    """The first word that is neither an option nor the value of one."""
    before = ("", *words)
    return next((w for w, last in zip(words, before, strict=False) if w[:1] != "-" and last not in _WITH_A_VALUE), None)


def _nagios(words: Sequence[str]) -> bool:
    return "--format=nagios" in words or ("--format", "nagios") in pairwise(words)
