"""Small files of the operator, none of which may hold us up or fill the memory."""

import contextlib
import errno
import os
import pathlib
import stat
from typing import BinaryIO, Final

from probe.documents.mistakes import Mistake, SetupError

MAX_BYTES: Final = 4_000_000

_KINDS: Final = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}


_READING: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_regular(file: pathlib.Path) -> BinaryIO:
    """A regular file, opened for reading. Raises OSError, also for every other kind of file; ValueError for a NUL in the name.

    A named pipe would keep whoever opens it waiting until somebody writes into it, and a device may never end.
    """
    descriptor = os.open(file, _READING)
    try:
        _regular_size(os.fstat(descriptor), file)
        return open(descriptor, "rb", closefd=True)  # noqa: PTH123 - by descriptor; the caller closes it
    except BaseException:
        os.close(descriptor)
        raise


def require_regular(file: pathlib.Path) -> None:
    """Whoever opens it by other means than ours is not held up. Raises OSError for every other kind of file; one that is not there will do."""
    with contextlib.suppress(FileNotFoundError):
        _regular_size(file.stat(), file)


def _regular_size(found: os.stat_result, file: pathlib.Path) -> int:
    if stat.S_ISREG(found.st_mode):
        return found.st_size
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a device")
    raise OSError(errno.EINVAL, f"it is {kind}, not a regular file", str(file))


def read_regular(file: pathlib.Path, longest: int) -> bytes:
    """All of a regular file. Raises what `open_regular` does, and OSError where it is larger than `longest` bytes."""
    descriptor = os.open(
        file, _READING
    )  # the three files of a handshake are read in each: a file object costs as much again
    try:
        size = min(_regular_size(os.fstat(descriptor), file), longest)
        content = os.read(
            descriptor, size + 1
        )  # reserves as much as is asked for: `longest` would cost more than the rest
        while size < len(content) <= longest:  # it has grown, or tells no size, as the files of /proc
            more = os.read(descriptor, longest + 1 - len(content))
            if not more:
                break
            content += more
    finally:
        os.close(descriptor)
    if len(content) > longest:
        raise OSError(errno.EFBIG, f"it is larger than {longest} bytes", str(file))
    return content


def read_text(file: pathlib.Path, *, pipes: bool = False) -> str:
    """The text of a UTF-8 file. Raises OSError, or SetupError with the place of the first byte that is not UTF-8.

    `pipes` allows what a person may name on a command line: `--config <(decrypt paypath.yaml)`.
    """
    with file.open("rb") if pipes else open_regular(file) as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SetupError([Mistake(str(file), 1, 1, "", "larger than four megabytes", "is it the right file?")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].split(b"\n")
        place = (len(before), len(before[-1]) + 1)
        raise SetupError([Mistake(str(file), *place, "", "not UTF-8 text", "save it as UTF-8")]) from error
