"""Names to addresses and addresses to sockets: the seam between the probe and the network."""

import asyncio
import errno
import ipaddress
import os
import pathlib
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import aiodns
from aiodns.error import ARES_ENODATA, ARES_ENOTFOUND, DNSError
from pycares import AddrInfoResult

from probe.transport import icmp

_NO_ROUTE_HERE: Final = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Mostly an IPv6 address on a host without IPv6: says less than what another address answered."""

_DONE: Final = frozenset({0, errno.EISCONN})
_NONE_OF_IT: Final = frozenset({ARES_ENODATA, ARES_ENOTFOUND})
"""Of one family, where the other one has addresses: some servers say NXDOMAIN for a record that is not there."""


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and port to connect to, or the path of a unix socket."""

    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        """A unix socket where it is an absolute path, IPv6 where it has colons."""
        if self.host.startswith("/"):
            return socket.AF_UNIX
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET


class Dialer(Protocol):
    """What the probe needs of the network below TLS. Both wait without a limit: the caller sets it."""

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """At least one address, in the order in which to try them. Raises aiodns.error.DNSError (c-ares code first), OSError."""

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:
        """The addresses of one family; empty where the name has none of it. Raises as `resolve` does where that could not be told."""

    async def connect(self, address: Address) -> socket.socket:
        """A connected, non-blocking stream socket. Raises OSError with its errno."""


class NetworkDialer:
    """The real network: c-ares for names, which separates what getaddrinfo calls "temporary failure" three times over."""

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        """Ask `nameservers` (`address` or `address:port`); None: those of the system. Nothing is opened before the first name."""
        self._nameservers = nameservers
        self._resolver: aiodns.DNSResolver | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asking = 0

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """By /etc/hosts, search domains and DNS, in the order of RFC 6724. IP literals and unix sockets need no resolver."""
        if _is_literal(host):
            return (Address(host, port),)
        found = _addresses(await self._asked(host, port), port)
        if not found:
            raise DNSError(ARES_ENODATA, "the name has no address")
        return found

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:
        """Asked for by itself: c-ares tells nobody that one of two questions failed where the other one was answered.

        A literal, a unix socket and a name of /etc/hosts have the addresses that `resolve` has found, and no others.
        """
        if _is_literal(host) or await self._in_hosts_file(host, port):
            return ()
        try:
            return _addresses(await self._asked(host, port, family), port)
        except DNSError as error:
            if error.args[0] in _NONE_OF_IT:
                return ()
            raise

    async def connect(self, address: Address) -> socket.socket:
        """Connect; the socket is closed again where that fails."""
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)  # noqa: FBT003 - socket's own signature
            if address.family is socket.AF_UNIX:
                await _connected_here(sock, address.host)
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await _connected(sock, (address.host, address.port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _in_hosts_file(self, host: str, port: int) -> bool:
        """Whether the name stands there: then no name server is asked for it, by us or by anybody."""
        async with aiodns.DNSResolver(lookups="f", loop=asyncio.get_running_loop()) as files:
            try:
                return bool((await files.getaddrinfo(host, port=port, type=socket.SOCK_STREAM)).nodes)
            except DNSError:
                return False

    async def _asked(self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC) -> AddrInfoResult:
        """A lookup that is given up ends with its resolver: c-ares would go on asking, and answer a loop that may be gone by then."""
        self._asking += 1
        try:
            return await self._own_resolver().getaddrinfo(host, family, port=port, type=socket.SOCK_STREAM)
        except asyncio.CancelledError:
            if self._asking == 1:  # others still wait for theirs
                await self.close()
            raise
        finally:
            self._asking -= 1

    async def close(self) -> None:
        """Let go of the resolver."""
        if self._resolver is not None:
            await self._resolver.close()
            self._resolver = None

    def _own_resolver(self) -> aiodns.DNSResolver:
        """One resolver per loop: it reads resolv.conf once and starts a thread."""
        loop = asyncio.get_running_loop()
        if self._resolver is None or self._loop is not loop:
            self._resolver, self._loop = aiodns.DNSResolver(self._nameservers, loop=loop), loop
        return self._resolver


async def _connected_here(sock: socket.socket, path: str) -> None:
    """Connect to a unix socket. Raises OSError: ENOTSOCK where something else stands there, which Linux refuses as it does a dead socket."""
    try:
        await asyncio.get_running_loop().sock_connect(sock, path)
    except ConnectionRefusedError:
        if _something_else(path):
            raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK)) from None  # the kernel's word would be the cause
        raise
    sock.getpeername()  # a full backlog (EAGAIN) looks connected to asyncio, and raises here


def _something_else(path: str) -> bool:
    """Whether a file or a directory stands there."""
    there = pathlib.Path(path)
    return there.exists() and not there.is_socket()


async def _connected(sock: socket.socket, target: tuple[str, int]) -> None:
    """As `loop.sock_connect`, without its turn of the loop where the peer has answered at once, as it does on this machine.

    Raises OSError, from `IcmpError` where somebody on the way has refused the connection.
    """
    icmp.listen(sock, on=True)
    code = sock.connect_ex(target)
    if code == errno.EINPROGRESS:
        code = sock.connect_ex(target)
    if code == errno.EALREADY:
        loop, writable = asyncio.get_running_loop(), asyncio.Event()
        descriptor = sock.fileno()
        loop.add_writer(descriptor, writable.set)
        try:
            await writable.wait()
        finally:
            loop.remove_writer(descriptor)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code not in _DONE:
        raise OSError(code, os.strerror(code)) from icmp.heard(sock)
    icmp.listen(sock, on=False)


def _is_literal(host: str) -> bool:
    if host.startswith("/"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _addresses(answer: AddrInfoResult, port: int) -> tuple[Address, ...]:
    return tuple(Address(_text(node.addr[0]), port) for node in answer.nodes)


def _text(address: str | bytes) -> str:
    return address.decode() if isinstance(address, bytes) else address


async def connect_first(dialer: Dialer, addresses: Sequence[Address], until: float) -> tuple[socket.socket, Address]:
    """Connect to the first address that answers; each is given an equal share of the time left until `until` (loop time).

    Raises OSError: that of the last address tried, an address that this host has no route to aside.
    """
    loop = asyncio.get_running_loop()
    errors: list[OSError] = []
    for tried, address in enumerate(addresses):
        share = (until - loop.time()) / (len(addresses) - tried)
        try:
            async with asyncio.timeout(share):
                return await dialer.connect(address), address
        except OSError as error:  # TimeoutError too
            errors.append(error)
    raise next((error for error in reversed(errors) if error.errno not in _NO_ROUTE_HERE), errors[-1])


Resolving = tuple[Address, ...] | Exception | None
Connecting = Callable[[], socket.socket] | Exception | None


@dataclass(frozen=True, slots=True)
class FakeDialer:
    """A network that answers as told: with addresses or a socket, an exception, or (None) never."""

    names: Mapping[str, Resolving]
    connections: Mapping[Address, Connecting] = field(default_factory=dict)
    families: Mapping[tuple[str, socket.AddressFamily], Resolving] = field(default_factory=dict)
    """What a family has by itself; a name that is not here has no more than `names` says."""

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:  # noqa: ARG002 - the Protocol's signature
        """What `names` says; KeyError for a name that the test forgot."""
        return await _told(self.names[host])

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:  # noqa: ARG002 - as above
        """What `families` says."""
        return await _told(self.families.get((host, family), ()))

    async def connect(self, address: Address) -> socket.socket:
        """What `connections` says; KeyError for an address that the test forgot."""
        answer = self.connections[address]
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.Event().wait()
            raise AssertionError("unreachable")
        return answer()


async def _told(answer: Resolving) -> tuple[Address, ...]:
    if isinstance(answer, Exception):
        raise answer
    if answer is None:
        await asyncio.Event().wait()
    return answer or ()
