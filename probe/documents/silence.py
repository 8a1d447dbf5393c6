"""Whether the file systems of files answer: a dead NFS mount answers nothing, and whoever asks it waits for ever.

So it is asked on threads that may wait, before anybody asks who may not. The event loop waits beside them; a scan and a command that begins wait a
moment themselves. Where all that is mounted is of this machine, nobody is asked: a thread for each run is a tenth of what a run takes.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from probe.documents.mistakes import Mistake, SetupError
from probe.documents.mounts import of_this_process

WITHIN_S: Final = 2.0
"""A file system that answers at all answers in milliseconds."""
UNANSWERED: Final = "its file system does not answer"
SEE_MOUNTS: Final = "see what is mounted there: `grep nfs /proc/mounts`"
_MOST_THREADS: Final = 256
"""With more that are waited for, those behind them count as silent too."""


@dataclass(slots=True, eq=False)
class _Group:
    """Files that one thread asks for, one after the other."""

    unanswered: dict[Path, Future[None]] = field(default_factory=dict)
    begun: int = 0
    """How many it has begun to ask for: one that moves on is slow, not silent."""
    silent: bool = False
    """It has been waited for in vain, and nobody waits for it again until it answers."""


class FileSystems:
    """Asks on threads of its own, which end with their questions. What does not answer keeps its one thread, and holds up nobody else."""

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
        self._lock = threading.Lock()
        self._groups: dict[Path, _Group] = {}
        self._unbegun: deque[Path] = deque()
        self._threads = 0

    async def silent(self, files: Sequence[Path]) -> Path | None:
        """The first file whose file system does not answer; None where all do, whatever they say. For the event loop, which never waits.

        It asks again and again, so the files of a directory are asked for on one thread, and are silent together.
        """
        asked = self._ask(files, lambda file: file.parent)
        while waited_for := self._still_open(asked):
            await asyncio.wait([asyncio.wrap_future(one) for one in waited_for], timeout=self._within_s)
        return next((file for file in files if file in asked.silent), None)

    def all_silent(self, files: Iterable[Path]) -> frozenset[Path]:
        """Those whose file systems do not answer. Waits, for as long as one goes on answering.

        Each is asked for on a thread of its own: one that answers is found beside a dead mount, and a link to one beside files that answer.
        """
        asked = self._ask(files, lambda file: file)
        while waited_for := self._still_open(asked):
            concurrent.futures.wait(waited_for, timeout=self._within_s)
        return frozenset(asked.silent)

    def _ask(self, files: Iterable[Path], group_of: Callable[[Path], Path]) -> "_Asked":
        """Ask at once; what is being asked for already is joined."""
        asked = _Asked()
        if self._all_local():
            return asked
        with self._lock:
            for file in files:
                group = self._group(group_of(file))
                asked.open[file] = group, group.unanswered.setdefault(file, Future())
        return asked

    def _group(self, key: Path) -> _Group:
        """A daemon asks for it: the process ends although that waits for ever."""
        if key not in self._groups:
            self._groups[key] = _Group()
            self._unbegun.append(key)
            if self._threads < _MOST_THREADS:
                threading.Thread(target=self._keep_asking, name="paypath-files", daemon=True).start()
                self._threads += 1
        return self._groups[key]

    def _still_open(self, asked: "_Asked") -> list[Future[None]]:
        """What is to be waited for; a group that has got no further since this was last asked is silent."""
        with self._lock:
            asked.open = {file: (group, one) for file, (group, one) in asked.open.items() if not one.done()}
            for group, _ in asked.open.values():
                group.silent = group.silent or asked.begun.get(group) == group.begun
            asked.silent |= {file for file, (group, _) in asked.open.items() if group.silent}
            asked.begun = {group: group.begun for group, _ in asked.open.values()}
            return [one for group, one in asked.open.values() if not group.silent]

    def _keep_asking(self) -> None:
        """One group after the other, until there is none that nobody asks for."""
        while (key := self._next()) is not None:
            while (file := self._next_of(key)) is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._look(file)
                self._answered(key, file)

    def _next(self) -> Path | None:
        with self._lock:
            if self._unbegun:
                return self._unbegun.popleft()
            self._threads -= 1
            return None

    def _next_of(self, key: Path) -> Path | None:
        """The file to ask for; the group ends with its last one."""
        with self._lock:
            group = self._groups[key]
            group.begun += 1
            if not group.unanswered:
                del self._groups[key]
            return next(iter(group.unanswered), None)

    def _answered(self, key: Path, file: Path) -> None:
        with self._lock:
            group = self._groups[key]
            group.silent = False
            group.unanswered.pop(file).set_result(None)


@dataclass(slots=True)
class _Asked:
    """A question, as far as it is answered."""

    open: dict[Path, tuple[_Group, Future[None]]] = field(default_factory=dict)
    silent: set[Path] = field(default_factory=set)
    begun: dict[_Group, int] = field(default_factory=dict)
    """Of each group that is waited for, how far it was."""


def refuse_silent(files: Iterable[Path | None]) -> None:
    """Raise SetupError for files named on the command line that nobody can read without waiting for ever."""
    silent = FileSystems().all_silent(file for file in files if file is not None)
    if silent:
        raise SetupError([Mistake(str(file), None, None, "", UNANSWERED, SEE_MOUNTS) for file in sorted(silent)])
