"""A changed configuration takes over while everything runs; one that is wrong is refused, and the old one goes on."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from probe.certificates.changes import Changes
from probe.compose.changed import same, settled
from probe.compose.generation import Generation, Lasting
from probe.compose.paging import TAKING_OVER_S
from probe.compose.setup import SetUp, set_up
from probe.documents.mistakes import SetupError
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.clock import SystemClock
from probe.report.board import EventKind
from probe.server.admin import Reloaded

_LOG: Final = logging.getLogger("paypath.reload")
HISTORY_S: Final = 5.0
"""How often a state directory that could not be used is tried again."""
_APART_S: Final = 0.2
"""Between two readings of what is new; an editor or a `cp` writes a file in far less."""
_READINGS: Final = 10
"""After which it is taken as it is: it changes all the time, and whole each time."""
_NOTHING: Final = "nothing has changed"
POLL_S: Final = 15.0
"""Where the kernel tells no changes of files, they are looked for this often."""


class Reloading:
    """Takes over one changed configuration at a time."""

    def __init__(
        self,
        config: Path | None,
        environ: Mapping[str, str],
        *,
        lasting: Lasting,
        first: Generation,
        group: asyncio.TaskGroup,
        took_over: Callable[[Generation], None],
        renewed: Callable[[], None] = lambda: None,
    ) -> None:
        """`took_over` is told of each generation that runs in place of the one before; they live in `group`.

        `renewed` reads anew what stays in use for as long as the process lives; it raises SetupError.
        """
        self._renewed = renewed
        self._config, self._environ = config, environ
        self._lasting, self._group, self._took_over = lasting, group, took_over
        self._one_at_a_time = asyncio.Lock()
        self.current = first
        self.problem: str | None = None
        """Why what is written is not what runs; None where it is."""

    async def reload(self, *, first: bool = False) -> Reloaded:
        """Read everything anew, and take it over if it is right. The `first` time, at the start, it is no news that nothing has changed."""
        async with self._one_at_a_time:
            try:
                setup = await self._settled()
                self._renewed()
                told = await self._take_over(setup)
            except SetupError as error:
                return self._refuse("; ".join(str(mistake) for mistake in error.mistakes))
            except Exception as error:  # noqa: BLE001 - what runs must not end because what is new cannot be made
                _LOG.exception("the configuration could not be taken over; this is a bug")
                return self._refuse(f"internal error: {type(error).__name__}")
        self.problem = None
        reloaded = Reloaded(taken=True, text=told)
        if not (first and told == _NOTHING):
            self._say(reloaded)
        return reloaded

    async def keep_looking(self, hangups: asyncio.Event) -> None:
        """Reload when the files have changed, and at each SIGHUP (`hangups` is set), until cancelled."""
        files = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(Changes(self._files, poll_s=POLL_S).watch(files.set))
            group.create_task(self._at_each(hangups))
            await (
                files.wait()
            )  # the watch says once that it has begun: what was written before that, and after it was read, is seen now
            files.clear()
            await self.reload(first=True)
            await self._at_each(files)

    async def keep_wanting_history(self) -> None:
        """Begin anew as soon as the state directory can be used, where it could not: scenarios that write, and latches, wait for that. Until cancelled."""
        while True:
            await SystemClock().sleep(HISTORY_S)
            self.current.up.result().parts.runner.latching.write_down()
            directory = self.current.setup.loaded.state_directory
            if self.current.up.result().parts.history is None and directory is not None:
                async with self._one_at_a_time:
                    await self._use(directory)

    async def _use(self, directory: Path) -> None:
        if not await asyncio.to_thread(_usable, directory):
            return
        try:
            await self._take_over(self.current.setup, anew=True)
        except Exception:  # noqa: BLE001 - what runs must not end because it cannot be made anew
            _LOG.exception("the state directory %s can be used now, and is not; this is a bug", directory)
        else:
            _LOG.warning("the state directory %s can be used now: what was skipped for want of it runs", directory)

    async def _at_each(self, asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            await self.reload()

    async def _settled(self) -> SetUp:
        """What is written now; what is new is read twice, since whoever writes in place shows halves. Raises SetupError."""
        found = await self._read()
        for _ in range(_READINGS):
            if isinstance(found, SetUp) and same(found, self.current.setup):
                break
            before = found
            await SystemClock().sleep(_APART_S)
            found = await self._read()
            if _alike(before, found):
                break
        if isinstance(found, SetupError):
            raise found
        return found

    async def _read(self) -> SetUp | SetupError:
        try:
            return await asyncio.to_thread(set_up, self._config, self._environ)
        except SetupError as error:
            return error

    async def _take_over(self, setup: SetUp, *, anew: bool = False) -> str:
        """What has changed, or all of it `anew`. Raises SetupError where it cannot run."""
        before = self.current
        setup, waiting = settled(setup, before.setup)
        later = f"; {', '.join(waiting)} changes with the next start" if waiting else ""
        if same(setup, before.setup) and not anew:
            return f"{_NOTHING}{later}"
        generation = Generation(setup, self._lasting)
        self._group.create_task(generation.live())
        up = await generation.up
        up.parts.runner.latching.inherit(before.up.result().parts.runner.latching)
        self.current = generation
        generation.show()
        self._took_over(generation)
        before.retire(pages_s=TAKING_OVER_S)
        return f"{_difference(before, generation)}{later}"

    def _refuse(self, why: str) -> Reloaded:
        self.problem = why
        self._say(Reloaded(taken=False, text=f"refused, and the one before goes on: {why}"))
        return Reloaded(taken=False, text=why)

    def _say(self, reloaded: Reloaded) -> None:
        self._lasting.telemetry.observer.reloaded(taken=reloaded.taken)
        self._lasting.board.note(EventKind.RELOAD, f"configuration: {reloaded.text}")
        _LOG.log(logging.INFO if reloaded.taken else logging.WARNING, "configuration: %s", reloaded.text)

    def _files(self) -> Iterator[Path]:
        """The configuration, the secrets that it names, the scenarios where they are files of the operator's, and what the admin listener shows. All else is read when it is used."""
        loaded = self.current.setup.loaded
        if loaded.file is not None:
            yield loaded.file
        if loaded.scenarios_directory is not None:
            yield loaded.scenarios_directory
        yield from loaded.secret_files
        if loaded.admin_tls is not None:
            files = loaded.admin_tls
            yield from (each for each in (files.certificate, files.private_key, files.client_ca) if each is not None)


def _usable(directory: Path) -> bool:
    try:
        History.open(directory).close()
    except HistoryError:
        return False
    return True


def _alike(one: SetUp | SetupError, other: SetUp | SetupError) -> bool:
    if isinstance(one, SetUp) and isinstance(other, SetUp):
        return same(one, other)
    return isinstance(one, SetupError) and isinstance(other, SetupError) and one.mistakes == other.mistakes


def _difference(before: Generation, after: Generation) -> str:
    """What has come and gone, in words."""
    old, new = ({job.key: job for job in generation.jobs} for generation in (before, after))
    parts = [
        (len(new.keys() - old.keys()), "added"),
        (len(old.keys() - new.keys()), "removed"),
        (sum(new[key] != old[key] for key in new.keys() & old.keys()), "changed"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in parts if count)
    return f"taken over ({said or 'the same scenarios on the same paths'})"
