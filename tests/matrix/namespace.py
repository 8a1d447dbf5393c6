"""A network of its own for one thread, in which packets go nowhere (Linux, as root)."""

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from tests.servers import programs

T = TypeVar("T")

_CLONE_NEWNET: Final = 0x40000000

ADDRESSES: Final = {
    "SYN is dropped": "198.51.100.9",
    "no route at all": "203.0.113.9",
    "the host is unreachable": "198.51.100.17",
    "a firewall forbids it": "198.51.100.33",
}
"""Addresses for documentation (RFC 5737), which exist nowhere; what becomes of a SYN to each."""

_COMMANDS: Final = (
    "link set lo up",
    "link add matrix0 type veth peer name matrix1",
    "link set matrix0 up",
    "link set matrix1 up",
    "addr add 198.51.100.1/28 dev matrix0",
    "neigh add 198.51.100.9 lladdr 02:00:00:00:00:01 dev matrix0",  # nobody has it: the frame arrives and is dropped
    "route add unreachable 198.51.100.17/32",
    "route add prohibit 198.51.100.33/32",
)


def possible() -> str | None:
    """Why no network namespace can be made here; None where one can."""
    try:
        in_namespace(lambda: None)
    except (OSError, AttributeError, subprocess.CalledProcessError) as error:
        return f"no network namespace can be made here: {error}"
    return None


def in_namespace(work: Callable[[], T]) -> T:
    """Run `work` in a thread that has a network of its own. Raises OSError, CalledProcessError where that cannot be made."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            _enter()
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, name="namespace")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _enter() -> None:
    """Leave the machine's network; only this thread, and what it starts, does."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    ip = programs.require("ip")
    for command in _COMMANDS:
        subprocess.run([ip, *command.split()], check=True, capture_output=True)
