"""The lab's directory: its own, and one lab's at a time."""

import contextlib
import fcntl
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import IO, Final

from probe.lab.files import ADDRESSES, CONFIGURATION, STATE

_LOCK: Final = "lock"
_OVERWRITTEN: Final = (CONFIGURATION, ADDRESSES, STATE, "ca.pem", "identity", "stripe_test_key")


class LabError(Exception):
    """The lab cannot start here, or a switch cannot be flipped; the message says why and how to mend it."""

    def __init__(self, what: str, mend: str = "") -> None:
        """`what` alone is for those who have other options than `paypath lab`, to whose options `mend` refers."""
        super().__init__(f"{what}; {mend}" if mend else what)
        self.what = what


@contextlib.contextmanager
def owned(directory: pathlib.Path, *, fresh_state: bool) -> Iterator[pathlib.Path]:
    """Make the directory and hold its lock: two labs in one directory would overwrite each other's certificates.

    The configuration and the addresses of an earlier lab are gone afterwards: who waits for them waits for the new ones.
    """
    directory = directory.absolute()
    with _writing(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_others(directory)
        lock = (directory / _LOCK).open("a")
    with lock:
        _lock(lock, directory)
        with _writing(directory):
            (directory / CONFIGURATION).unlink(missing_ok=True)
            (directory / ADDRESSES).unlink(missing_ok=True)
            if fresh_state and (directory / STATE).exists():
                shutil.rmtree(directory / STATE)
        yield directory


def _lock(lock: IO[str], directory: pathlib.Path) -> None:
    with _writing(directory):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(
                f"another lab is running in {directory}", "stop it, or choose another place with --directory"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()


def _refuse_others(directory: pathlib.Path) -> None:
    """A directory without our lock is no lab's: whatever has our names in it is somebody's."""
    if (directory / _LOCK).exists():
        return
    for name in _OVERWRITTEN:
        if (directory / name).exists():
            raise LabError(
                f"{directory / name} is there and no lab wrote it",
                "choose an empty place with --directory: the lab would overwrite it",
            )


@contextlib.contextmanager
def _writing(directory: pathlib.Path) -> Iterator[None]:
    """Any failure to write, as a sentence."""
    try:
        yield
    except OSError as error:
        raise cannot_write(directory, error) from error


def cannot_write(directory: pathlib.Path, error: OSError) -> LabError:
    """The sentence for a directory that does not take our files."""
    where = "" if error.filename is None else f": {error.filename}"
    return LabError(f"cannot write to {directory}{where}: {error.strerror}", "choose another one with --directory")
