"""What a process has to settle before it imports anything or reads a secret. Imports only what Python itself has loaded at its start, or nearly so."""

import os
import resource
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


def leave_no_core() -> None:
    """Let a crash, or whoever signals us, write nothing of our memory, in which keys and passwords stand: for good, and whatever limit we were started with.

    RLIMIT_CORE keeps files from being written. A program that the kernel pipes the core to (core_pattern) may look at the limit or not, so no part of our
    memory belongs to it either (core(5), coredump_filter). PR_SET_DUMPABLE would hide `/proc/PID` from our own user, and keep debuggers away.
    """
    with suppress(OSError, ValueError):  # a filter of system calls forbids it: then the unit has set the limit
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # Linux only, and where /proc is there
        filtered = os.open("/proc/self/coredump_filter", os.O_WRONLY)
        try:
            os.write(filtered, b"0")
        finally:
            os.close(filtered)


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
