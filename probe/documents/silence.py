"""Whether the file systems of files answer: a dead NFS mount answers nothing, and whoever asks it waits for ever.

So it is asked on a thread that may wait, before anybody asks on the event loop, where everything would wait. Where all that is mounted is of this
machine, nobody is asked: a thread for each run is a tenth of what a run takes.
"""

import asyncio
import contextlib
import os
import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from probe.documents.mounts import of_this_process

WITHIN_S: Final = 2.0
"""A file system that answers at all answers in milliseconds."""
_MOST_WAITING: Final = 256
"""Threads that may wait for directories which do not answer; each takes one, whatever asks for it."""


class _Question(NamedTuple):
    files: Sequence[Path]
    loop: asyncio.AbstractEventLoop
    answered: "asyncio.Future[None]"


_Questions = queue.SimpleQueue[_Question | None]


@dataclass(slots=True, eq=False)
class _Asking:
    """One thread that asks."""

    at: Path | None = None
    """The file that it waits for just now."""
    replaced: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    """An answer that comes just when it is given up is one or the other."""


class FileSystems:
    """Asks on a thread of its own; one that waits for longer is left to wait and replaced, and its directory is not asked again meanwhile."""

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
        self._questions: _Questions = queue.SimpleQueue()
        self._asking: _Asking | None = None
        self._silent: dict[Path, _Asking] = {}
        weakref.finalize(self, self._questions.put, None)

    async def silent(self, files: Sequence[Path]) -> Path | None:
        """The first file whose file system does not answer; None where all do, whatever they say."""
        if not files or self._all_local():
            return None
        if (known := self._known_silent(files)) is not None:
            return known
        if self._asking is None:
            self._begin()
        loop = asyncio.get_running_loop()
        question = _Question(files, loop, loop.create_future())
        self._questions.put(question)
        while True:
            asking = self._asking
            await asyncio.wait({question.answered}, timeout=self._within_s)
            if question.answered.done():
                return self._known_silent(files)
            if asking is not None and asking is self._asking:  # nobody else has found out meanwhile
                self._replace(asking)
            if (known := self._known_silent(files)) is not None:
                question.answered.cancel()
                return known

    def _known_silent(self, files: Sequence[Path]) -> Path | None:
        return next((file for file in files if file.parent in self._silent), None) if self._silent else None

    def _begin(self) -> None:
        """A daemon: the process ends although it waits for ever."""
        self._asking = _Asking()
        told = self._questions, self._silent, self._look, self._asking
        threading.Thread(target=_keep_asking, args=told, name="paypath-files", daemon=True).start()

    def _replace(self, asking: _Asking) -> None:
        """It has waited for one file as long as anybody is ready to wait."""
        with asking.lock:
            if asking.at is None or len(self._silent) >= _MOST_WAITING:
                return
            self._silent[asking.at.parent] = asking
            asking.replaced = True
        self._begin()


def _keep_asking(
    questions: _Questions, silent: dict[Path, _Asking], look: Callable[[Path], object], asking: _Asking
) -> None:
    """Until it is replaced, or nobody is there any more who asks."""
    while (question := questions.get()) is not None:
        known = any(file.parent in silent for file in question.files)  # meanwhile: nobody else is to wait for it
        for file in () if known else question.files:
            asking.at = file
            with contextlib.suppress(OSError, ValueError):
                look(file)
            with asking.lock:
                asking.at = None
            if asking.replaced:  # it answers after all
                silent.pop(file.parent, None)
                return
        with contextlib.suppress(RuntimeError):  # the loop has gone
            question.loop.call_soon_threadsafe(_tell, question.answered)


def _tell(answered: "asyncio.Future[None]") -> None:
    if not answered.done():
        answered.set_result(None)
