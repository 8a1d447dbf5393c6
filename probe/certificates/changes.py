"""Changes of files, noticed without a restart: the kernel tells them, and where it tells nothing (NFS, overlays) they are looked for."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from probe.certificates.deaf import why_deaf
from probe.certificates.places import Places, State, survey
from probe.documents.patience import in_time

_LOG: Final = logging.getLogger("paypath.certificates")
_QUIET_MS: Final = 100
"""So long nothing may happen before changes are told: two files that are replaced one after the other are one change."""
_LONGEST_MS: Final = 1000
"""Where it is never quiet, changes are told this often."""
_MOST_DIRECTORIES: Final = 4096
"""Each takes one of the kernel's watches, of which a user has `fs.inotify.max_user_watches`."""
_said: Final[set[str]] = set()
"""Why nothing is told, each once in a process, however many watch."""
logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it counts changes at INFO, of whatever file


class Changes:
    """Tells when files have changed, have come or gone, themselves or by a link or directory on the way to them."""

    def __init__(self, paths: Callable[[], Iterable[Path]], *, poll_s: float) -> None:
        """`paths` gives the absolute paths, anew for each look and on another thread; a directory stands for every file in it.

        Every `poll_s` seconds they are looked at, whatever the kernel tells.
        """
        self._paths = paths
        self._poll_s = poll_s
        self._places = Places()
        self._state: dict[str, State | None] | None = None
        self._told = asyncio.Event()

    async def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` once when the watch begins and then after each change, until cancelled; many changes may be one call."""
        while True:
            directories = (await self._look()).directories
            async with asyncio.TaskGroup() as group:
                listener = group.create_task(self._listen(directories))
                await asyncio.sleep(0)  # it listens now: what changes after the next look is told
                await self._look_on(directories, listener, changed)
                listener.cancel()

    async def _look_on(self, directories: set[str], listener: asyncio.Task[None], changed: Callable[[], None]) -> None:
        """Look now and each `poll_s`, until the listener has told something or is deaf.

        Then it begins anew: where a directory has been replaced by one of the same name, it still listens to the old one.
        """
        while True:
            told = self._told.is_set()
            self._told.clear()
            places = await self._look()
            if told or places.state != self._state:
                self._state = places.state
                changed()
            if places.directories != directories:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._told.wait()
            if self._told.is_set() or listener.done():
                return

    async def _look(self) -> Places:
        found = await in_time(lambda: survey(self._paths()), None)
        self._places = found or self._places
        return self._places

    async def _listen(self, directories: set[str]) -> None:
        """Set `_told` at each change of what concerns us, until cancelled; return where the kernel does not tell."""
        if len(directories) > _MOST_DIRECTORIES:
            self._say(f"{len(directories)} directories are too many to listen to")
            return
        try:
            async for _ in awatch(
                *(directory for directory in directories if not _forbidden(directory)),
                watch_filter=self._concerns,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                recursive=False,
                debug=False,
                force_polling=False,
                ignore_permission_denied=False,  # it would ignore every other error, too: that no watch is left
            ):
                self._told.set()
        except FileNotFoundError:  # one of them has just gone: the next look shows it
            self._told.set()
        except (OSError, RuntimeError) as error:  # the latter is watchfiles' own, and a thread that cannot be started
            self._say(why_deaf(error))

    def _concerns(self, _change: Change, path: str) -> bool:
        return self._places.concern(path)

    def _say(self, why: str) -> None:
        if why not in _said:
            _LOG.warning("changed files are noticed every %g s only: %s", self._poll_s, why)
        _said.add(why)


def _forbidden(directory: str) -> bool:
    """Whether it is there and may not be listened to; one that is gone is told by an error."""
    return os.access(directory, os.F_OK) and not os.access(directory, os.R_OK)
