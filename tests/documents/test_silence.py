"""A file system that does not answer is noticed by threads that may wait, and holds up nobody else."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from probe.documents.silence import FileSystems, refuse_silent

DEAD, LIVE = Path("/mnt/dead/tls.crt"), Path("/etc/live/tls.crt")
PATIENCE_S = 30.0


class Mounts:
    """Whatever lies below `/mnt/dead` is waited for until it is back."""

    def __init__(self) -> None:
        """It is dead."""
        self.back = threading.Event()
        self.asked: list[Path] = []
        self.local = False

    def look(self, file: Path) -> None:
        """As `os.stat`: no file is there."""
        self.asked.append(file)
        if DEAD.parent in file.parents:
            self.back.wait(PATIENCE_S)
        raise FileNotFoundError

    def file_systems(self, within_s: float = 0.05) -> FileSystems:
        """That asks them."""
        return FileSystems(within_s=within_s, look=self.look, all_local=lambda: self.local)


@pytest.fixture
def mounts() -> Mounts:
    """One dead, one alive."""
    return Mounts()


async def test_files_that_answer_are_no_news(mounts: Mounts) -> None:
    """Whatever the answer is, and their thread ends with it; of no file nothing is asked."""
    files = mounts.file_systems(PATIENCE_S)
    assert await files.silent([LIVE, LIVE.with_name("tls.key")]) is None
    assert await files.silent([]) is None
    assert mounts.asked == [LIVE, LIVE.with_name("tls.key")]
    _all_end()


async def test_a_dead_mount_is_named_and_the_others_go_on(mounts: Mounts) -> None:
    """All who ask at once are told; a directory is asked by one thread alone, and asked again once it has answered."""
    files = mounts.file_systems()
    told = await asyncio.gather(files.silent([LIVE, DEAD]), files.silent([DEAD]), files.silent([LIVE]))
    assert told == [DEAD, DEAD, None]
    assert await files.silent([DEAD.with_name("tls.key")]) == DEAD.with_name("tls.key")
    assert await files.silent([LIVE]) is None
    assert [file for file in mounts.asked if file != LIVE] == [DEAD]
    mounts.back.set()
    async with asyncio.timeout(PATIENCE_S):
        while await files.silent([DEAD]) is not None:  # noqa: ASYNC110 - a thread that waited has to find out first
            await asyncio.sleep(0.01)
    assert await files.silent([LIVE, DEAD]) is None


async def test_nobody_waits_behind_those_who_wait_for_a_dead_one(mounts: Mounts) -> None:
    """However many of its directories are asked for first."""
    files = mounts.file_systems(PATIENCE_S)
    async with asyncio.TaskGroup() as group:
        dead = [group.create_task(files.silent([DEAD.parent / str(path) / "tls.crt"])) for path in range(5)]
        while len(mounts.asked) < len(dead):  # noqa: ASYNC110 - threads begin when they like
            await asyncio.sleep(0)
        assert await files.silent([LIVE]) is None
        assert not any(each.done() for each in dead)
        mounts.back.set()
    assert {each.result() for each in dead} == {None}


async def test_more_directories_than_threads(mounts: Mounts) -> None:
    """Nobody waits for ever: those that nobody is left to ask count as silent."""
    files = mounts.file_systems(0.2)
    dead = [DEAD.parent / str(path) / "tls.crt" for path in range(300)]
    assert await asyncio.gather(*(files.silent([file]) for file in dead)) == dead
    assert len(mounts.asked) <= 256
    mounts.back.set()


class InTurn:
    """Each file answers when it is told to."""

    def __init__(self, *files: Path) -> None:
        """None answers yet."""
        self.turns, self._begun = {file: threading.Event() for file in files}, threading.Semaphore(0)

    def look(self, file: Path) -> None:
        """As `os.stat`."""
        self._begun.release()
        self.turns[file].wait(PATIENCE_S)

    async def one_more_is_asked(self) -> None:
        """Since this was last called."""
        assert await asyncio.to_thread(self._begun.acquire, timeout=PATIENCE_S)


@pytest.fixture
async def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Awaitable[None]]:
    """Makes it so many seconds later for the event loop."""
    loop, passed_s = asyncio.get_running_loop(), [0.0]
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + sum(passed_s))

    async def let_pass(seconds: float) -> None:
        passed_s.append(seconds)
        for _ in range(5):
            await asyncio.sleep(0)

    return let_pass


async def test_one_that_is_slow_is_not_silent(later: Callable[[float], Awaitable[None]]) -> None:
    """While it goes on answering: two files have taken longer than is waited for, none of them alone."""
    slow = InTurn(LIVE, LIVE.with_name("tls.key"))
    files = FileSystems(within_s=PATIENCE_S * 2, look=slow.look, all_local=lambda: False)
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(files.silent(list(slow.turns)))
        for turn in slow.turns.values():
            await slow.one_more_is_asked()
            await later(PATIENCE_S * 1.5)
            assert not asked.done()
            turn.set()
    assert asked.result() is None


async def test_one_that_answers_again_is_waited_for_again(later: Callable[[float], Awaitable[None]]) -> None:
    """From its first answer on, although more was asked of it while it was silent."""
    first, second = slow = LIVE, LIVE.with_name("tls.key")
    in_turn = InTurn(*slow)
    files = FileSystems(within_s=PATIENCE_S * 2, look=in_turn.look, all_local=lambda: False)
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(files.silent(slow))
        await in_turn.one_more_is_asked()
        while not asked.done():  # its thread may have begun only after it was looked at first
            await later(PATIENCE_S * 3)
        assert asked.result() == first
        in_turn.turns[first].set()
        await in_turn.one_more_is_asked()
        again = group.create_task(files.silent([second]))
        await later(PATIENCE_S)
        assert not again.done()
        in_turn.turns[second].set()
    assert again.result() is None


def test_one_that_answers_when_the_loop_has_gone(mounts: Mounts, caplog: pytest.LogCaptureFixture) -> None:
    """It tells nobody, and complains of that to nobody."""
    assert asyncio.run(mounts.file_systems().silent([DEAD])) == DEAD
    mounts.back.set()
    _all_end()
    assert caplog.records == []


def test_more_directories_one_after_the_other_than_threads(mounts: Mounts) -> None:
    """A thread that has ended makes room for another."""
    files = mounts.file_systems(PATIENCE_S)
    assert not any(files.all_silent([LIVE.parent / str(number) / "tls.crt"]) for number in range(300))


async def test_where_nothing_can_be_dead_nobody_is_asked(mounts: Mounts) -> None:
    """As on most machines. What was silent is not for ever: an administrator unmounts it, while the thread that asked still waits."""
    files = mounts.file_systems()
    assert await files.silent([DEAD]) == DEAD
    mounts.local = True
    assert await files.silent([DEAD, LIVE]) is None
    assert files.all_silent([DEAD, LIVE]) == frozenset()
    assert mounts.asked == [DEAD]
    mounts.back.set()


def test_every_file_that_does_not_answer_is_named(mounts: Mounts) -> None:
    """A hundred of them cost one wait; one that answers is found among them, be it beside the mount's own directory."""
    dead = [DEAD.parent / str(number) / name for number in range(50) for name in ("tls.crt", "tls.key")]
    beside = DEAD.parent.with_name("tls.crt")
    assert mounts.file_systems().all_silent([*dead, LIVE, beside]) == set(dead)
    assert len(mounts.asked) == 102
    mounts.back.set()


def test_one_that_is_waited_for_is_not_asked_again_until_it_has_answered(mounts: Mounts) -> None:
    """A thread for each look at a dead mount would be one too many at last."""
    files = mounts.file_systems()
    for _ in range(3):
        assert files.all_silent([DEAD]) == {DEAD}
    assert mounts.asked == [DEAD]
    mounts.back.set()
    while files.all_silent([DEAD]):
        pass
    assert files.all_silent([DEAD]) == frozenset()


def test_files_of_the_command_line_that_answer_are_taken(tmp_path: Path) -> None:
    """That they are not there is told by whoever reads them."""
    refuse_silent((tmp_path / "none", None))


def _all_end() -> None:
    """The threads that have asked."""
    for thread in threading.enumerate():
        if thread.name == "paypath-files":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
