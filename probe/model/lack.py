"""What the kernel gives a process no more of: known by type and errno, so that want of it is never taken for a fault of anything else."""

import errno
from collections.abc import Mapping
from typing import Final

DESCRIPTORS: Final = "file descriptor"
MEMORY: Final = "memory"
FILE_SIZE: Final = "room in a file"
THREADS: Final = "thread, or memory for one,"
"""CPython tells the one no more from the other than pthread_create(3) does, whose EAGAIN comes of the address space too (`ulimit -v`)."""
RAISE: Final = {
    DESCRIPTORS: "raise the limit (`LimitNOFILE=` of the unit, `ulimit -n`), or see who has them all (`ls /proc/PID/fd`)",
    MEMORY: "raise the limit (the container's, `MemoryMax=` of the unit, `ulimit -v`), or see who has it all",
    FILE_SIZE: "raise the limit of a file's size (`LimitFSIZE=` of the unit, `ulimit -f`), which files in memory count for too",
    THREADS: "raise the limit of threads (`TasksMax=` of the unit, the container's of processes, `ulimit -u`) or of memory (the container's, `ulimit -v`)",
}
"""What a process may lack, and how it gets more."""
BY_ERRNO: Final[Mapping[int | None, str]] = {
    errno.EMFILE: DESCRIPTORS,
    errno.ENFILE: DESCRIPTORS,
    errno.ENOMEM: MEMORY,
}


class FileSizeError(OSError):
    """A file of ours may not grow any further. Of somebody else's file the same errno (EFBIG) says something of that file."""


_NO_THREAD: Final = ("can't start new thread",)
"""All that CPython tells of it: a RuntimeError without an errno."""


def lacking(error: BaseException) -> str | None:
    """What there was not left, a key of `RAISE`, where the exception tells of nothing else; of a group, where all of it does."""
    if isinstance(error, BaseExceptionGroup):
        found = {lacking(each) for each in error.exceptions}
        return found.pop() if len(found) == 1 else None
    if isinstance(error, MemoryError):
        return MEMORY
    if isinstance(error, FileSizeError):
        return FILE_SIZE
    if isinstance(error, RuntimeError) and error.args == _NO_THREAD:
        return THREADS
    return BY_ERRNO.get(error.errno) if isinstance(error, OSError) else None


def blamed(error: BaseException) -> str:
    """Why something of ours broke off, for a log: what there was not left and how to get it, or that it is a bug."""
    what = lacking(error)
    return "this is a bug" if what is None else f"there was no {what} left: {RAISE[what]}"
