"""Replace a small file as a whole, also on a full disk: there it is written into a spare one that has its room already."""

import errno
import os
import pathlib
import stat
from contextlib import suppress
from typing import Final

from probe.history import owner

SPARE_BYTES: Final = 16_384
"""Of each spare file: some sixty latches."""
_SPARES: Final = ("spare-1", "spare-2")
"""Two: a second latch takes the other one, and leaves the room of the file that it replaces for a new one."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def stock(file: pathlib.Path) -> None:
    """Have the spare files of `file` beside it. Raises OSError."""
    for spare in _spares(file):
        if not _is_whole(spare):
            _write_new(spare, b" " * SPARE_BYTES, like=file)


def replace(file: pathlib.Path, content: bytes) -> None:
    """The file holds all of `content` afterwards, or what it held before, also after a loss of power. Raises OSError."""
    new = file.with_name(f"{file.name}.new")
    try:
        _write_new(new, content, like=file)
    except OSError as error:
        if error.errno not in FULL:
            raise
        new = _filled_spare(file, content, error)
    _leave_readable(new, file)
    new.replace(file)
    _settle(file.parent)
    with suppress(OSError):  # what was replaced has left its room
        stock(file)


def _filled_spare(file: pathlib.Path, content: bytes, full: OSError) -> pathlib.Path:
    spare = next((spare for spare in _spares(file) if _is_whole(spare)), None)
    if spare is None or len(content) > SPARE_BYTES:
        raise full
    descriptor = os.open(spare, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        _write_all(descriptor, content)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return spare


def _write_new(file: pathlib.Path, content: bytes, *, like: pathlib.Path) -> None:
    """A file of our own, for whom `like` is, in place of whatever has this name: opening a named pipe would wait for its reader."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        owner.leave(descriptor, like)  # after `sudo paypath unlock` the prober's own user must read it
        _write_all(descriptor, content)
        os.fsync(descriptor)
    except OSError:
        file.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _leave_readable(new: pathlib.Path, before: pathlib.Path) -> None:
    """Who was let in to read the file may read what takes its place: a prober of another user would not see that a path was opened."""
    with suppress(FileNotFoundError):
        new.chmod(0o600 | before.stat().st_mode & 0o064)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _spares(file: pathlib.Path) -> list[pathlib.Path]:
    return [file.with_name(f"{file.name}.{name}") for name in _SPARES]


def _is_whole(spare: pathlib.Path) -> bool:
    try:
        there = spare.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(there.st_mode) and there.st_size == SPARE_BYTES


def _settle(directory: pathlib.Path) -> None:
    """The new name outlives a loss of power, too (fsync(2))."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
