"""Bytes in memory under a path, for the parts of OpenSSL that Python reaches only by file name."""

import contextlib
import errno
import os
import pathlib
import tempfile
from collections.abc import Iterator

from probe.model.lack import FileSizeError


@contextlib.contextmanager
def as_file(content: bytes) -> Iterator[str]:
    """A path under which `content` can be read while this is open.

    So the bytes that were checked are the bytes that are used, whatever happens to the file they came from. On Linux
    they never touch a disk (`memfd_create`); elsewhere a file of mode 0600 stands in and is removed at once after. Raises OSError.
    """
    if not hasattr(os, "memfd_create") or not pathlib.Path("/proc/self/fd").is_dir():
        with _temporary(content) as path:
            yield path
        return
    descriptor = os.memfd_create("paypath", os.MFD_CLOEXEC)
    try:
        _fill(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _fill(descriptor: int, content: bytes) -> None:
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
    except OSError as error:
        if error.errno == errno.EFBIG:  # setrlimit(2): RLIMIT_FSIZE
            raise FileSizeError(*error.args) from error
        raise


@contextlib.contextmanager
def _temporary(content: bytes) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="paypath-") as file:  # mode 0600
        file.write(content)
        file.flush()
        yield file.name
