"""The latch of a path: shut by an answer from live mode, and nothing is sent until a person opens it."""

import logging
from collections.abc import Iterable
from typing import Final, Protocol

from probe.catalogue.catalogue import Catalogue
from probe.classify import prober
from probe.history.latches import Latch
from probe.history.trouble import HistoryError
from probe.model.clock import Clock
from probe.model.failure import Confidence, Failure
from probe.model.outcome import Failed, Unknown
from probe.model.run import StepRun

_LOG: Final = logging.getLogger("paypath.runner")


class Latches(Protocol):
    """Where the latch of a path is kept: `probe.history.store.History`, or a `Beside` where that cannot be opened."""

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`, None where it is open. Raises `HistoryError`."""

    def set_latch(self, latch: Latch) -> None:
        """Shut a path. Raises `HistoryError`."""


class Beside(Latches, Protocol):
    """What is left of them where the history cannot be written: `probe.history.glance.Glance`."""

    def opened(self, latch: Latch) -> bool:
        """Whether a person has unlocked that path since."""


class Latching:
    """Looks at latches, and sets them."""

    def __init__(
        self, latches: Latches | None, *, clock: Clock, catalogue: Catalogue, beside: Beside | None = None
    ) -> None:
        """`latches=None`: there is no writable state; `beside` is used then, as far as that goes."""
        self.possible: Final = latches is not None
        """Whether a latch can be kept; where it cannot, nothing may be written to Stripe."""
        self._latches, self._beside = beside if latches is None else latches, beside
        self._clock = clock
        self._catalogue = catalogue
        self._seen: dict[str, Latch] = {}
        """Where there is no writable state: paths that were shut once. That nothing shuts them any more does not open them; an unlock does."""
        self._unwritten: dict[str, Latch] = {}
        """Latches that could not be written down: they hold at least as long as this process."""
        self._has_heir = False

    def latched(self, path: str) -> Failed | Unknown | None:
        """Why nothing may be sent on the path; None where it is open."""
        self.write_down()
        latch = self._unwritten.get(path) or self._still_shut(path)
        try:
            if latch is None and self._latches is not None:
                latch = self._latches.latch(path)
        except HistoryError as error:
            return Unknown(prober.bug("HistoryError", str(error), "reading the latch", self._catalogue))
        if latch is None:
            return None
        if not self.possible:
            self._seen[path] = latch
        return Failed(
            self._catalogue.failure(
                "charge.live_mode",
                phase=None,
                confidence=Confidence.PROVEN,
                summary=(
                    f"Path {latch.path} is latched since {latch.set_at:%Y-%m-%dT%H:%M:%SZ}: {latch.because} "
                    f"Nothing is sent until `paypath unlock {latch.path} --reason TEXT`."
                ),
            )
        )

    def _still_shut(self, path: str) -> Latch | None:
        """The latch that was seen, unless another user, who can write there, has unlocked it."""
        latch = self._seen.get(path)
        if latch is None or self._beside is None or not self._beside.opened(latch):
            return latch
        del self._seen[path]
        _LOG.warning("path %s was unlocked, and is used again", path)
        return None

    @property
    def lost(self) -> tuple[str, ...]:
        """Paths that are shut for as long as this process lives, and no longer."""
        return tuple(sorted(self._unwritten))

    def write_down(self) -> None:
        """Write down what could not be written when it was set."""
        for path, latch in list(self._unwritten.items()):
            if self._written(latch) is None:
                _LOG.warning("that path %s is shut is written down now, and outlives this process", path)
                del self._unwritten[path]

    def finish(self) -> None:
        """The last chance, before the history is closed. What cannot be written now is lost, and that is said."""
        self.write_down()
        for path in () if self._has_heir else self.lost:
            _LOG.error(
                "path %s answered in live mode, and that could not be written down: THE NEXT PROCESS WOULD USE IT AGAIN. "
                "Replace its key, or take it out of the configuration, before anything is started",
                path,
            )

    def inherit(self, before: "Latching") -> None:
        """Share what could not be written down with who looks at latches since before a reload: both know of each."""
        self._unwritten = before._unwritten  # noqa: SLF001 - of the same class
        before._has_heir = True  # noqa: SLF001 - likewise

    def shut(self, path: str, run_id: str, live: Failure) -> None:
        """Latch the path because of what answered in live mode."""
        latch = Latch(path=path, run_id=run_id, set_at=self._clock.now(), because=live.summary)
        error = self._written(latch)
        if error is not None:
            _LOG.warning("path %s is shut, and for good as soon as that can be written down: %s", path, error)
            self._unwritten.setdefault(path, latch)

    def _written(self, latch: Latch) -> str | None:
        """Write it down; why that cannot be done."""
        if self._latches is None:
            return "there is no writable state directory"
        try:
            self._latches.set_latch(latch)
        except HistoryError as error:
            return str(error)
        return None


def live_answer(steps: Iterable[StepRun]) -> Failure | None:
    """The last of these steps' answers that came from live mode."""
    found = None
    for step in steps:
        match step.outcome:
            case Failed(failure) if failure.reason == "charge.live_mode":
                found = failure
            case _:
                pass
    return found
