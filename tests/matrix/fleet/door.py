"""One listening port of a server program: which certificate it shows, and what it does with ours."""

import pathlib
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum

from probe.model.clock import SystemClock
from tests.matrix.material import Material
from tests.servers import process
from tests.servers.material import Pair
from tests.servers.process import HOST, Server


class Room(StrEnum):
    """What is behind the door."""

    OPEN = "open"
    """200, for whoever shows a certificate that the server accepts."""
    STALE_CRL = "stale-crl"
    """The server checks client certificates against a list of its own that is out of date."""
    OTHER_CRL = "other-crl"
    """The server's list is of another authority than the one that it should check."""
    KNOWS_ISSUER = "knows-issuer"
    """The server holds the current intermediate too, and names it among the CAs that it accepts."""
    KNOWS_ISSUER_STALE = "knows-issuer-stale-crl"
    """The same, with a list of its own that is out of date."""
    STRANGE = "strange"
    """The server accepts certificates of another root alone."""
    NO_CRL = "no-crl"
    """The server checks no list."""
    LENIENT = "lenient"
    """A server that asks for a certificate, makes do without one in the handshake, and then answers 403."""
    FORBIDDEN = "forbidden"
    """403 for everybody."""
    DOWN = "down"
    """A reverse proxy whose upstream is not there."""
    NAMED = "named"
    """A server that refuses to speak for any name but its own."""
    H2_ONLY = "h2-only"
    """A server that offers no application protocol but h2."""
    LATE = "late"
    """A server that asks for a certificate only for a path, after the handshake."""
    PINNED = "pinned"
    """A server that knows its clients by the hashes of their certificates, and not ours."""
    SHALLOW = "shallow"
    """A server that allows no intermediates in our chain."""
    OTHER_GROUPS = "other-groups"
    """A server that knows only key exchange groups that we do not offer."""
    OTHER_SIGNATURES = "other-signatures"
    """A server that wants RSA signatures and has an EC key."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a cell asks a server program for."""

    tls: str
    """The one protocol version: `1.2` or `1.3`."""
    certificate: str = "good"
    """Which of the material's server certificates is shown."""
    room: Room = Room.OPEN


@dataclass(frozen=True, slots=True)
class Site:
    """A directory to work in, the certificates, and a port for each door."""

    directory: pathlib.Path
    material: Material
    ports: Mapping[Door, int]
    dead_port: int
    """Where nothing listens."""

    def pair(self, door: Door) -> Pair:
        """The server certificate of a door."""
        return self.material.servers[door.certificate]

    def crl(self, door: Door) -> pathlib.Path | None:
        """The revocation lists that the server checks clients against, if any."""
        lists = {
            Room.STALE_CRL: self.material.stale_crl,
            Room.KNOWS_ISSUER_STALE: self.material.stale_crl,
            Room.OTHER_CRL: self.material.other_crl,
            Room.NO_CRL: None,
        }
        return lists.get(door.room, self.material.crl)

    def accepted(self, door: Door) -> pathlib.Path:
        """The authorities whose client certificates the server accepts."""
        return accepted(self.material, door)

    def with_crl(self, door: Door, words: str) -> str:
        """The words of a configuration with `{crl}` filled in; nothing where no list is checked."""
        crl = self.crl(door)
        return "" if crl is None else words.format(crl=crl)


def accepted(material: Material, door: Door) -> pathlib.Path:
    """The authorities whose client certificates are accepted behind the door."""
    bundles = {
        Room.KNOWS_ISSUER: material.accepted_by_name,
        Room.KNOWS_ISSUER_STALE: material.accepted_by_name,
        Room.STRANGE: material.accepted_of_strangers,
    }
    return bundles.get(door.room, material.accepted)


Ports = dict[Door, int]
Words = Sequence[str | pathlib.Path]


def start_one(
    command: Callable[[Site], Words],
    doors: Iterable[Door],
    directory: pathlib.Path,
    material: Material,
    running: ExitStack,
) -> Ports:
    """Start one process with a port for each door, and wait until all of them accept."""
    wanted, chosen = tuple(doors), Ports()
    dead = running.enter_context(socket.socket())  # bound and not listening: it refuses, and nobody else can take it
    dead.bind((HOST, 0))

    def with_ports(first: int) -> Words:
        chosen.clear()
        others = [port for port in free_ports(len(wanted)) if port != first]  # which is free again by now
        chosen.update(zip(wanted, [first, *others], strict=False))
        return command(Site(directory, material, dict(chosen), dead_port=dead.getsockname()[1]))

    server = process.start(with_ports, directory)
    running.callback(server.stop)
    for port in chosen.values():
        wait_until_it_accepts(server, port)
    return chosen


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until_it_accepts(server: Server, port: int) -> None:
    """Return when `port` takes a connection; raises where the program ended or took too long."""
    clock = SystemClock()
    end = clock.monotonic() + process.START_LIMIT_S
    while clock.monotonic() < end and server.process.poll() is None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
            return
    raise process.ServerDidNotStartError(f"port {port} does not accept:\n{server.logged()}")
