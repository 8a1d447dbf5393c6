"""Whether file systems answer, for whoever may wait a moment but not for ever: a scan of many files, `paypath validate`.

The event loop may not wait at all, and asks `probe.documents.silence`.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from probe.documents.mistakes import Mistake, SetupError
from probe.documents.mounts import of_this_process
from probe.documents.silence import WITHIN_S

UNANSWERED: Final = "its file system does not answer"
SEE_MOUNTS: Final = "see what is mounted there: `grep nfs /proc/mounts`"
_T = TypeVar("_T")
_MOST_AT_ONCE: Final = 256
"""Threads of one question. With more files that are waited for, those behind them count as silent too."""


class Patience:
    """Asks for many files at the same time; one that is still waited for is not asked for again. For one thread at a time."""

    def __init__(
        self,
        *,
        within_s: float = WITHIN_S,
        look: Callable[[Path], object] = os.stat,
        all_local: Callable[[], bool] | None = None,
    ) -> None:
        """`look` is what may wait for ever; `all_local` says that nothing is mounted which could, and is the kernel's table where it is None."""
        self._within_s, self._look = within_s, look
        self._all_local = all_local or of_this_process().all_local
        self._questions: list[_Question] = []

    def silent(self, files: Iterable[Path]) -> frozenset[Path]:
        """Those whose file systems do not answer; waits until `within_s` have passed in which no further one did."""
        if self._all_local():
            return frozenset()
        files = tuple(dict.fromkeys(files))
        self._questions = [question for question in self._questions if question.left]
        waited_for = {file for question in self._questions for file in question.left}
        question = _Question([file for file in files if file not in waited_for], self._look)
        question.wait(self._within_s)
        self._questions.append(question)
        return frozenset(files) & (waited_for | question.left)


class _Question:
    """Files, asked for by as many threads as needed; daemons: the process ends although they wait."""

    def __init__(self, files: list[Path], look: Callable[[Path], object]) -> None:
        """Ask at once."""
        self._look = look
        self._unasked = list(files)
        self._answered = threading.Condition()
        self.left = frozenset(files)
        """Those that have not answered so far."""
        for _ in range(min(len(files), _MOST_AT_ONCE)):
            threading.Thread(target=self._ask, name="paypath-patience", daemon=True).start()

    def wait(self, within_s: float) -> None:
        """Until all have answered, or for so long none did."""
        with self._answered:
            while before := self.left:
                self._answered.wait_for(lambda: self.left != before, timeout=within_s)
                if self.left == before:
                    return

    def _ask(self) -> None:
        while True:
            with self._answered:
                if not self._unasked:
                    return
                file = self._unasked.pop()
            with contextlib.suppress(OSError, ValueError):
                self._look(file)
            with self._answered:
                self.left -= {file}
                self._answered.notify_all()


def refuse_silent(files: Iterable[Path | None]) -> None:
    """Raise SetupError for files named on the command line that nobody can read without waiting for ever."""
    silent = Patience().silent(file for file in files if file is not None)
    if silent:
        raise SetupError([Mistake(str(file), None, None, "", UNANSWERED, SEE_MOUNTS) for file in sorted(silent)])


async def in_time(what: Callable[[], _T], within_s: float | None = WITHIN_S) -> _T | None:
    """What comes of it on a thread; None where it has not ended by then (`within_s=None`: it is waited for as long as it takes).

    The thread is left to wait where nobody waits any more, and does not hold up the end of the process, as one of `asyncio.to_thread` does.
    """
    found: Future[_T] = Future()
    found.set_running_or_notify_cancel()

    def do() -> None:
        try:
            found.set_result(what())
        except Exception as error:  # noqa: BLE001 - handed over to whoever waits
            found.set_exception(error)

    threading.Thread(target=do, name="paypath-patience", daemon=True).start()
    waiting = asyncio.wrap_future(found)
    await asyncio.wait({waiting}, timeout=within_s)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None
