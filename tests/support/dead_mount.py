"""A file system that answers nothing, as NFS does whose server is gone: FUSE, with nobody behind it. Linux, as root."""

import functools
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MOUNT: Final = (
    "exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead "
    '"$1" && echo mounted && read _; umount -l "$1"'
)
"""Once nobody holds /dev/fuse any more, whoever waits gets an error."""


@contextmanager
def dead_mount(directory: Path, *, of: int | None = None) -> Iterator[None]:
    """On `directory` for as long as the block lasts, as the process `of` sees it; None: as all of this namespace do. Raises OSError where it cannot be had."""
    within = () if of is None else ("nsenter", f"--target={of}", "--mount")
    command = (*within, "sh", "-c", _MOUNT, "sh", str(directory))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as holding:
        if holding.stdout is None or holding.stdout.readline() != "mounted\n":
            raise OSError(f"no FUSE can be mounted here: {holding.communicate()[1].strip()}")
        try:
            yield
        finally:
            holding.communicate("\n")


@functools.cache
def why_none() -> str | None:
    """Why no dead mount can be had here; None where one can."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            with dead_mount(Path(directory)):
                return None
        except OSError as error:
            return str(error)
