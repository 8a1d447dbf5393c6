"""A relay for IP packets, in the router's network: it hands them on late, in another order, or not at all (`tc netem` is not everywhere)."""

import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from probe.model.clock import SystemClock
from tests.network.world import Place, World

_TUNSETIFF: Final = 0x400454CA
_TUN, _NO_PI = 0x0001, 0x1000
_LONGEST: Final = 65536
_TCP: Final = 6
_FIRST: Final = -15
"""A nice value: the network comes before those who use it."""
_PROBERS_LINK: Final = bytes((198, 18, 1))

_ROUTES: Final = (
    "ip link set late0 up",
    "ip route add default dev late0 table 100",
    "ip rule add iif toward-p lookup 100",  # what comes back out of the relay has another way in, and goes by the main table
    "ip rule add iif toward-c lookup 100",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What becomes of packets."""

    delay_s: float = 0.0
    """Each way."""
    swing_s: float = 0.0
    """Up to so much more, by chance: packets overtake each other."""
    loss: float = 0.0
    """Share of packets that are lost, each way."""
    back_loss: float | None = None
    """Of what comes back from the connector; None: as much as on the way there."""
    seed: int = 5023


class Relay:
    """All packets between the prober's and the connector's network go through it, until the block ends."""

    def __init__(self, world: World, weather: Weather) -> None:
        """It begins with the block."""
        self._world, self.weather = world, weather
        self._chance = random.Random(weather.seed)
        self._clock = SystemClock()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._end, self._stop = os.pipe()
        self.passed = 0
        self.lost = 0
        self.late_s = 0.0
        """By how much it has handed on a packet later than it was due: a busy machine makes the network worse than it was meant to be."""
        self.on_speech: Callable[[], None] = lambda: None
        """Called before the first bytes that the prober says in a connection are handed on."""
        self._heard: set[bytes] = set()

    def __enter__(self) -> Self:
        """Stand in the way."""
        self._device = self._world.inside(Place.ROUTER, _device)
        for command in _ROUTES:
            self._world.run(Place.ROUTER, command)
        self._thread = threading.Thread(target=self._carry, name="relay")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Go away; what it still holds is lost."""
        os.write(self._stop, b".")
        self._thread.join()
        for descriptor in (self._device, self._end, self._stop):
            os.close(descriptor)

    def _carry(self) -> None:
        with contextlib.suppress(OSError):  # without the right to it the relay is as quick as the machine lets it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _FIRST)  # of this thread alone, on Linux
        while True:
            now = self._clock.monotonic()
            while self._waiting and self._waiting[0][0] <= now:
                due, _, packet = heapq.heappop(self._waiting)
                self.late_s = max(self.late_s, now - due)
                self._hand_on(packet)
            left = self._waiting[0][0] - now if self._waiting else None
            ready, _, _ = select.select([self._device, self._end], [], [], left)
            if self._end in ready:
                return
            if ready:
                self._take(os.read(self._device, _LONGEST))

    def _take(self, packet: bytes) -> None:
        weather = self.weather
        there = packet[12:15] == _PROBERS_LINK
        loss = weather.loss if there or weather.back_loss is None else weather.back_loss
        if self._chance.random() < loss:
            self.lost += 1
            return
        self.passed += 1
        due = self._clock.monotonic() + weather.delay_s + weather.swing_s * self._chance.random()
        heapq.heappush(self._waiting, (due, self.passed, packet))

    def _hand_on(self, packet: bytes) -> None:
        port = _speaks(packet) if packet[12:15] == _PROBERS_LINK else None
        if port is not None and port not in self._heard:
            self._heard.add(port)
            self.on_speech()
        os.write(self._device, packet)


def _speaks(packet: bytes) -> bytes | None:
    """The port from which it comes, where it is a TCP segment with bytes in it (RFC 791, RFC 9293)."""
    header = (packet[0] & 0x0F) * 4
    if packet[9] != _TCP or len(packet) <= header + (packet[header + 12] >> 4) * 4:
        return None
    return packet[header : header + 2]


def _device() -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", b"late0", _TUN | _NO_PI))
    return descriptor
