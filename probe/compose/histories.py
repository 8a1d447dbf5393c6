"""The history, opened once for all who use the same directory: a new configuration goes on with the one that is open."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from probe.history.recorder import Backlog, RunRecorder, Told
from probe.history.store import History
from probe.history.trouble import HistoryError

_LOG: Final = logging.getLogger("paypath")


class Histories:
    """Outlives a change of the configuration: while another process holds the file it could not be opened anew, and whether a path is latched could not be read."""

    def __init__(self) -> None:
        """None is open."""
        self._open: dict[Path, tuple[History, int]] = {}
        self.backlog: Final = Backlog()
        """Runs that are not written yet, whichever configuration they were made by."""

    @contextmanager
    def used(self, directory: Path | None, *, told: Told) -> Iterator[tuple[History | None, RunRecorder | None]]:
        """The history and who writes runs into it. None, with the reason on stderr: handshakes go on without it, writing scenarios do not.

        The history is closed with its last user. `told` is told of the runs that could not be written down.
        """
        history = self._taken(directory)
        recorder = None
        if history is not None or self.backlog.writers:  # what an older one still writes is not lost
            recorder = RunRecorder(history, told=told, backlog=self.backlog)
        try:
            yield history, recorder
        finally:
            if recorder is not None:
                recorder.finish()
            self._give_back(history)

    def _taken(self, directory: Path | None) -> History | None:
        if directory is None:
            _LOG.warning(
                "no state directory: set state.directory (PAYPATH_STATE__DIRECTORY); scenarios that write are skipped"
            )
            return None
        history, users = self._open.get(directory) or (_opened(directory), 0)
        if history is not None:
            self._open[directory] = (history, users + 1)
        return history

    def _give_back(self, history: History | None) -> None:
        for directory, (held, users) in list(self._open.items()):
            if held is history and users > 1:
                self._open[directory] = (held, users - 1)
            elif held is history:
                del self._open[directory]
                held.close()


def _opened(directory: Path) -> History | None:
    try:
        return History.open(directory)
    except HistoryError as error:
        _LOG.warning("%s; until then scenarios that write to Stripe are skipped", error)
        return None
