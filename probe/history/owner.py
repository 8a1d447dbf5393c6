"""Whose a file of the state directory is that root makes there: the prober's own user must be able to go on with it."""

import os
import pathlib
import sqlite3
import stat
from contextlib import suppress
from typing import Final

from probe.history.trouble import code_of

_READABLE: Final = 0o644
"""As SQLite makes its files; the directory itself is 0700."""


def begin(file: pathlib.Path) -> None:
    """Where root makes the history, have its file there before SQLite opens it: its log and the index of that become whose the file is.

    One that is there already stays whose it is: who may write in the directory could have put any file of root's in its place.
    Raises OSError.
    """
    if os.geteuid() != 0:
        return
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _READABLE)
        try:
            with suppress(
                OSError
            ):  # a root without that right, as in a container: it is root's, as whatever it makes there
                leave(descriptor, file)
        finally:
            os.close(descriptor)


def leave(descriptor: int, file: pathlib.Path) -> None:
    """Leave what root has written, or will be `file`, to whoever has `file` itself, or else the directory. Raises OSError.

    Where root has both, it is for the group that may write there (Kubernetes' `fsGroup`).
    """
    if os.geteuid() != 0:
        return
    directory = file.parent.stat()
    owner = next((one for one in (_status(file), directory) if one is not None and one.st_uid != 0), None)
    if owner is not None:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    elif directory.st_gid != 0 and directory.st_mode & stat.S_IWGRP:
        os.fchown(descriptor, -1, directory.st_gid)
        # The prober is of that group, and writes into the file itself.
        os.fchmod(descriptor, 0o660)  # nosec B103


def may(file: pathlib.Path, what: int) -> bool:
    """Whether this process may do `what` (`os.F_OK`, `os.W_OK`) with the file, with the capabilities that it has (`AmbientCapabilities=` of a unit)."""
    return os.access(file, what, effective_ids=True)


def mend(error: OSError | sqlite3.Error, file: pathlib.Path) -> str | None:
    """How to get at a file that another user has begun, or its log; None where it is not that which is wrong."""
    if not (isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_READONLY):
        return None
    user = os.geteuid()
    found = [there for suffix in ("", "-wal", "-shm") if (there := _status(file.with_name(file.name + suffix)))]
    other = next((there.st_uid for there in found if there.st_uid != user), None)
    if user == 0 or other is None or os.statvfs(file).f_flag & os.ST_RDONLY:
        return None
    return f"it belongs to user {other}: give it to this one (`chown {user} {file}*`), or name another directory in state.directory"


def _status(file: pathlib.Path) -> os.stat_result | None:
    try:
        return file.lstat()
    except FileNotFoundError:
        return None
