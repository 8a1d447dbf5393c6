"""Three networks of their own in a row: the prober's, a router's between them, and the connector's (Linux, as root)."""

import ctypes
import itertools
import os
import pathlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from typing import Final, Self, TypeVar

from probe.transport.offline import SystemNetwork
from tests.servers import programs

T = TypeVar("T")

_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWNS: Final = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_NAMES: Final = pathlib.Path("/run/netns")
_ADMIN: Final = (1 << 12) | (1 << 21)
"""CAP_NET_ADMIN and CAP_SYS_ADMIN (capability.h)."""
_COUNT: Final = itertools.count()

PROBER: Final = "198.18.1.2"
CONNECTOR: Final = "198.18.2.2"
RESOLVER: Final = "198.18.2.53"
OUTSIDE: Final = "203.0.113.7"
"""The router's address where it hides the prober behind its own."""


class Place(StrEnum):
    """One of the three."""

    PROBER = "prober"
    ROUTER = "router"
    CONNECTOR = "connector"


_PATIENCE_S: Final = 30.0
_SOMEWHERE: Final = "203.0.113.1"
_LINKS: Final = (
    "{router} link set lo up",
    "{prober} link set lo up",
    "{connector} link set lo up",
    "{router} link add toward-p type veth peer name out netns {name_prober}",
    "{router} link add toward-c type veth peer name out netns {name_connector}",
    "{router} addr add 198.18.1.1/24 dev toward-p",
    "{router} addr add 198.18.2.1/24 dev toward-c",
    "{prober} addr add 198.18.1.2/24 dev out",
    "{connector} addr add 198.18.2.2/24 dev out",
    "{connector} addr add 198.18.2.53/24 dev out",
    # Without this a veth hands on what TCP has not cut into packets yet: a link would see segments of 64 KB.
    "{router} link set toward-p gso_max_segs 1 up",
    "{router} link set toward-c gso_max_segs 1 up",
    "{prober} link set out gso_max_segs 1 up",
    "{connector} link set out gso_max_segs 1 up",
    "{prober} route add default via 198.18.1.1",
    "{connector} route add default via 198.18.2.1",
)
"""198.18.0.0/15 is set aside for tests of networks (RFC 2544)."""


def why_impossible() -> str | None:
    """Why no such networks can be made here; None where they can."""
    try:
        with World() as world:
            world.run(Place.ROUTER, "iptables -A FORWARD -m statistic --mode random --probability 0.5 -j DROP")
            world.run(Place.ROUTER, "tc qdisc add dev toward-p root tbf rate 1mbit burst 2k latency 1s")
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.decode().strip() if isinstance(error, subprocess.CalledProcessError) else ""
        return f"no network namespaces can be made here: {error} {said}".strip()
    return None


def may_make_them() -> bool:
    """Whether this process has the rights: then they must be possible."""
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16) & _ADMIN == _ADMIN
    return False


class World:
    """The three networks, for as long as the block lasts. Everything in them works until a fault is put in."""

    def __init__(self) -> None:
        """Nothing is made before the block begins."""
        number = next(_COUNT)
        self.names = {place: f"paypath-{os.getpid()}-{number}-{place[0]}" for place in Place}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make them. Raises CalledProcessError, OSError."""
        with ExitStack() as stack:
            for name in self.names.values():
                _ip("netns", "add", name)
                stack.callback(_ip, "netns", "del", name)
            names = {f"name_{place}": name for place, name in self.names.items()}
            spots = {str(place): f"-n {name}" for place, name in self.names.items()}
            for link in _LINKS:
                _ip(*link.format(**names, **spots).split())
            self.inside(Place.ROUTER, _forward)
            self.inside(Place.PROBER, _wait_for_link)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Take them away."""
        self._stack.close()

    def inside(self, place: Place, work: Callable[[], T]) -> T:
        """Do something there, in a thread: sockets and processes that it makes stay there."""
        return _in_thread(_NAMES / self.names[place], work)

    def run(self, place: Place, command: str) -> str:
        """Run one command there and return what it prints. Raises CalledProcessError."""
        program, *words = command.split()
        full = [*self.command(place), str(programs.require(program)), *words]
        return subprocess.run(full, check=True, capture_output=True, text=True).stdout

    def command(self, place: Place) -> Sequence[str]:
        """What to write before a command so that it is executed there."""
        return [str(programs.require("ip")), "netns", "exec", self.names[place]]


def _ip(*words: str) -> None:
    subprocess.run([programs.require("ip"), *words], check=True, capture_output=True)


def _forward() -> None:
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


def _wait_for_link() -> None:
    """The kernel works through changes of links at its leisure, a second later where there were many: until then there is no network."""
    ends_s = time.monotonic() + _PATIENCE_S
    while (why := SystemNetwork().why_offline(_SOMEWHERE)) is not None:
        assert time.monotonic() < ends_s, why
        time.sleep(0.01)


def _in_thread(name: pathlib.Path, work: Callable[[], T]) -> T:
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with name.open("rb") as namespace:
                _called("setns", namespace.fileno(), _CLONE_NEWNET)
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, name=name.name)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def see_instead(file: pathlib.Path, place: pathlib.Path) -> None:
    """Put `file` at `place` for this thread, and for the threads and processes that it begins from now on. Raises OSError."""
    _called("unshare", _CLONE_NEWNS)
    _called("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    _called("mount", bytes(file), bytes(place), None, _MS_BIND, None)


def _called(function: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
