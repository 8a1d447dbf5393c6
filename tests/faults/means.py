"""What this machine must let a test do, each tried out; where it does not, the test is skipped, or fails under CI=true."""

import functools
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tests.faults import clock, names
from tests.support import dead_mount


@functools.cache
def _mount() -> str | None:
    """A mount, in a namespace of its own."""
    try_it = 'd=$(mktemp -d) && mount -t tmpfs none "$d" && umount "$d" && rmdir "$d"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", try_it], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"nothing can be mounted here: {done.stderr.strip()}"


@functools.cache
def _chattr() -> str | None:
    """A file that root cannot write either."""
    if shutil.which("chattr") is None:
        return "chattr is not installed: apt-get install e2fsprogs"
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(["chattr", "+i", file.name], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"no file can be made immutable here: {done.stderr.strip()}"
        subprocess.run(["chattr", "-i", file.name], check=True)
    return None


@functools.cache
def _faketime() -> str | None:
    """A clock that can be set for one process."""
    return None if clock.library() else "libfaketime is not installed: apt-get install faketime"


@functools.cache
def _port_53() -> str | None:
    """A resolver of our own."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trying:
            trying.bind((names.ADDRESS, 53))
    except OSError as error:
        return f"no resolver can listen on {names.ADDRESS}: {error}"
    return None


MEANS: Final[Mapping[str, Callable[[], str | None]]] = {
    "mount": _mount,
    "chattr": _chattr,
    "faketime": _faketime,
    "port 53": _port_53,
    "fuse": dead_mount.why_none,
}


def why_not(needs: Iterable[str]) -> str | None:
    """Why this machine cannot; None where it can."""
    return "; ".join(why for need in needs if (why := MEANS[need]()) is not None) or None
