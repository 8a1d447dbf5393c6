"""Faults of the file that the history is in."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Final

from probe.history.store import FILE_NAME
from probe.model.clock import SystemClock
from tests.faults.fault import Setting
from tests.faults.prober import Prober
from tests.faults.stand import Stand

_DISK_BYTES: Final = 16 * 1024 * 1024
_OLD_RUN: Final = """
    INSERT INTO run (run_id, scenario, path, environment, location, started_at, duration_s, outcome)
    VALUES (?, 'old', 'billing', 'lab', 'lab', ?, 0.1, 'passed')
"""


@contextmanager
def locked(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(stand.state / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def overwritten(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Something writes over the file and its log; there is more in it than fits on the pages that are in use just now.

    The ids are spread over all that there may be: new ones fall between them, on pages that have to be read. Behind them, they would fall on the
    last page for ever, and what is in memory would be written without anybody seeing the noise.
    """
    with closing(sqlite3.connect(stand.state / FILE_NAME, timeout=5)) as other, other:
        today = SystemClock().now().date()
        other.executemany(_OLD_RUN, ((f"{n << 115:032x}", f"{today}T00:00:00.{n:06}+00:00") for n in range(5000)))
    spoil(stand)
    yield


def spoil(stand: Stand) -> None:
    """Write noise over what is there."""
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        file = stand.state / name
        if file.exists():
            with file.open("r+b") as opened:
                opened.write(os.urandom(max(8192, file.stat().st_size)))


@contextmanager
def dropped(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Somebody is in the wrong database."""
    with closing(sqlite3.connect(stand.state / FILE_NAME, timeout=5)) as other, other:
        other.execute("DROP TABLE run")
    yield


@contextmanager
def removed(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Somebody tidies up."""
    for file in stand.state.iterdir():
        file.unlink()
    yield


@contextmanager
def unwritable(stand: Stand, _prober: Prober) -> Iterator[None]:
    """File and log can no longer be written, although they are open (chattr(1))."""
    files = [str(stand.state / FILE_NAME), str(stand.state / f"{FILE_NAME}-wal")]
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@contextmanager
def full(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Something else fills the disk."""
    disk = os.statvfs(stand.state)
    assert disk.f_blocks * disk.f_frsize <= _DISK_BYTES, "it would fill the disk of this machine"
    filler = stand.state / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def unwritable_at_start(stand: Stand) -> Iterator[None]:
    """The disk is read-only until somebody mounts it anew."""
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(stand.state)], check=True)


@contextmanager
def damaged_at_start(stand: Stand) -> Iterator[None]:
    """There is noise where the file should be."""
    stand.state.mkdir()
    (stand.state / FILE_NAME).write_bytes(os.urandom(65536))
    yield


def _disk(option: str) -> Callable[[Stand], AbstractContextManager[None]]:
    @contextmanager
    def mounted(stand: Stand) -> Iterator[None]:
        stand.state.mkdir(exist_ok=True)
        options = f"{option},size={_DISK_BYTES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(stand.state)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(stand.state)], check=True)

    return mounted


SMALL_DISK: Final = Setting(name="small disk", needs=("mount",), around=_disk("rw"))
READ_ONLY_DISK: Final = Setting(name="read-only disk", needs=("mount",), around=_disk("ro"))
