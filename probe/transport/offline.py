"""Whether this machine has any network at all: looked up in its own interfaces, routes and resolver, without sending anything.

Only the kernel is asked. An interface is as good as its link (IFF_RUNNING, netdevice(7)); connecting a UDP socket looks a route up and
sends nothing (udp(7)). A machine that can reach something is online: that it cannot reach the connector is the path's failure.
"""

import errno
import fcntl
import ipaddress
import pathlib
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

_SIOCGIFFLAGS: Final = 0x8913
_UP, _LOOPBACK, _RUNNING = 0x1, 0x8, 0x40
_IFREQ: Final = struct.Struct("16sH22x")
_ANYWHERE: Final = ("192.0.2.1", "2001:db8::1")
"""Addresses for documentation (RFC 5737, RFC 3849), which exist nowhere: only a default route leads there."""
_RESOLV_CONF: Final = pathlib.Path("/etc/resolv.conf")
_DISCARD: Final = 9


class LocalNetwork(Protocol):
    """What this machine knows of its own network; `SystemNetwork` is the real one."""

    def why_offline(self, host: str) -> str | None:
        """Why nothing can be said about `host` from here, for people; None where this machine has a network, or needs none for it."""


class SystemNetwork:
    """The machine's own; costs a few system calls, tens of microseconds."""

    def why_offline(self, host: str) -> str | None:
        """See `LocalNetwork`. A loopback address and a unix socket need no network."""
        if is_local(host):
            return None
        if not _links():
            return "no interface but the loopback has a link"
        targets = [*_literals([host]), *_ANYWHERE, *_nameservers()]
        if any(_has_route(address) for address in targets):
            return None
        return "there is no default route, and none to the connector or to a name server"


@dataclass(slots=True)
class FakeNetwork:
    """A machine that is offline when told so, for every host."""

    offline: bool = False

    def why_offline(self, host: str) -> str | None:
        """As told."""
        return f"the network is switched off, on the way to {host} too" if self.offline else None


def is_local(host: str) -> bool:
    """Whether it is on this machine, as far as its spelling tells."""
    if host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def _links() -> Sequence[str]:
    """Names of the interfaces that are up and have a link, the loopback aside. All of them where the system does not tell."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        return [name for _, name in socket.if_nameindex() if _has_link(any_socket, name)]


def _has_link(any_socket: socket.socket, name: str) -> bool:
    try:
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, _IFREQ.pack(name.encode(), 0))
    except OSError as error:  # another system's number for it: then routes alone tell
        return error.errno != errno.ENODEV
    _, flags = _IFREQ.unpack(answer)
    return not flags & _LOOPBACK and bool(flags & _UP) and bool(flags & _RUNNING)


def _has_route(address: str) -> bool:
    """Whether the kernel has a way to this address. Anything but "no way" counts as one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as looking:
            looking.connect((address, _DISCARD))
    except OSError as error:
        return error.errno not in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def _nameservers(file: pathlib.Path = _RESOLV_CONF) -> Sequence[str]:
    """Those of resolv.conf(5) that are not on this machine: a stub on the loopback says nothing about the network."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return [a for a in _literals(w[1] for w in words if len(w) > 1 and w[0] == "nameserver") if not is_local(a)]


def _literals(hosts: Iterable[str]) -> Sequence[str]:
    """Those that are IP addresses, without their zones."""
    found = []
    for host in hosts:
        bare = host.partition("%")[0]
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            continue
        found.append(bare)
    return found
