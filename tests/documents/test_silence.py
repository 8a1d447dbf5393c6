"""A file system that does not answer is noticed beside the event loop, and holds up nobody else."""

import asyncio
import threading
from pathlib import Path

import pytest

from probe.documents.silence import FileSystems

DEAD, LIVE = Path("/mnt/dead/tls.crt"), Path("/etc/live/tls.crt")
PATIENCE_S = 30.0


class Mounts:
    """Whatever lies below the dead one waits until it is back."""

    def __init__(self) -> None:
        """It is dead."""
        self.back = threading.Event()
        self.asked: list[Path] = []
        self.unmounted = False

    def all_local(self) -> bool:
        """Once the dead one is gone."""
        return self.unmounted

    def look(self, file: Path) -> None:
        """As `os.stat`: no file is there."""
        self.asked.append(file)
        if file.parent == DEAD.parent:
            self.back.wait(PATIENCE_S)
        raise FileNotFoundError


@pytest.fixture
def mounts() -> Mounts:
    """One dead, one alive."""
    return Mounts()


async def test_files_that_answer_are_no_news(mounts: Mounts) -> None:
    """Whatever the answer is; of no file nothing is asked."""
    files = FileSystems(look=mounts.look, all_local=mounts.all_local)
    assert await files.silent([LIVE, LIVE]) is None
    assert await files.silent([]) is None
    assert mounts.asked == [LIVE, LIVE]


async def test_a_dead_mount_is_named_and_the_others_go_on(mounts: Mounts) -> None:
    """All who ask at once are told; it is asked by one thread alone, and asked again once it has answered."""
    files = FileSystems(within_s=0.05, look=mounts.look, all_local=mounts.all_local)
    told = await asyncio.gather(files.silent([LIVE, DEAD]), files.silent([DEAD]), files.silent([LIVE]))
    assert told == [DEAD, DEAD, None]
    assert await files.silent([DEAD.with_name("tls.key")]) == DEAD.with_name("tls.key")
    assert await files.silent([LIVE]) is None
    assert mounts.asked.count(DEAD) == 1
    mounts.back.set()
    async with asyncio.timeout(PATIENCE_S):
        while await files.silent([DEAD]) is not None:  # noqa: ASYNC110 - a thread that waited has to find out first
            await asyncio.sleep(0.01)
    assert await files.silent([LIVE, DEAD]) is None


async def test_where_nothing_can_be_dead_nobody_is_asked(mounts: Mounts) -> None:
    """What was silent is not for ever: an administrator unmounts it, while the thread that asked still waits."""
    files = FileSystems(within_s=0.05, look=mounts.look, all_local=mounts.all_local)
    assert await files.silent([DEAD]) == DEAD
    mounts.unmounted = True
    assert await files.silent([DEAD, LIVE]) is None
    assert mounts.asked == [DEAD]
    mounts.back.set()


async def test_its_thread_ends_with_it(mounts: Mounts) -> None:
    """A reload makes a new one each time."""
    files = FileSystems(look=mounts.look, all_local=mounts.all_local)
    await files.silent([LIVE])
    (thread,) = [each for each in threading.enumerate() if each.name == "paypath-files"]
    del files
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
