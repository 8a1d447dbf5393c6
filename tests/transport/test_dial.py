"""Names and addresses: a DNS server of our own on loopback, and what the order of addresses gives."""

import asyncio
import contextlib
import errno
import pathlib
import socket
from collections.abc import AsyncIterator
from typing import cast

import pytest
from aiodns.error import DNSError

from probe.transport.dial import Address, FakeDialer, NetworkDialer, connect_first
from tests.matrix import name_server as matrix
from tests.tls.rig import Silence

CODES = {b"nxdomain": 3, b"servfail": 2, b"refused": 5, b"nodata": 0}
"""First label of a name, and the RCODE that the server answers for it (RFC 1035 4.1.1)."""


class NameServer(asyncio.DatagramProtocol):
    """Answers every question without an address, with the RCODE that the name asks for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Echo the question with the RCODE, and no records."""
        question = data[12 : data.index(b"\0", 12) + 5]
        code = next(code for name, code in CODES.items() if name in question)
        self._transport.sendto(data[:2] + bytes((0x81, 0x80 | code)) + bytes((0, 1, 0, 0, 0, 0, 0, 0)) + question, addr)


@pytest.fixture
async def dialer() -> AsyncIterator[NetworkDialer]:
    """A dialer that asks the name server above."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    dialer = NetworkDialer([f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"])
    yield dialer
    await dialer.close()
    transport.close()


@pytest.mark.parametrize(("name", "code"), [("nodata", 1), ("servfail", 3), ("nxdomain", 4), ("refused", 6)])
async def test_a_resolvers_answers_stay_apart(dialer: NetworkDialer, name: str, code: int) -> None:
    """NODATA, SERVFAIL, NXDOMAIN and REFUSED have codes of their own."""
    with pytest.raises(DNSError) as caught:
        await dialer.resolve(f"{name}.example.", 443)
    assert caught.value.args[0] == code


async def asked_for_aaaa(host: str, says: str) -> tuple[Address, ...]:
    """AAAA alone, of a name server that knows 127.0.0.1 and says this to any other question."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: matrix.NameServer(matrix.ADDRESS, says), local_addr=("127.0.0.1", 0)
    )
    dialer = NetworkDialer([f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"])
    try:
        assert [address.host for address in await dialer.resolve(host, 443)][-1] == "127.0.0.1"
        return await dialer.of_family(host, 443, socket.AF_INET6)
    finally:
        await dialer.close()
        transport.close()


@pytest.mark.parametrize(("says", "code"), [("SERVFAIL", 3), ("REFUSED", 6)])
async def test_the_other_family_asked_for_by_itself_says_why_it_is_not_known(says: str, code: int) -> None:
    """Beside an address of the one family c-ares keeps quiet about it."""
    with pytest.raises(DNSError) as caught:
        await asked_for_aaaa("connector.example.", says)
    assert caught.value.args[0] == code


@pytest.mark.parametrize("says", ["NODATA", "NXDOMAIN"])
async def test_a_name_may_have_one_family_alone(says: str) -> None:
    """Some name servers say NXDOMAIN where they mean that there is no such record."""
    assert await asked_for_aaaa("connector.example.", says) == ()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_what_needs_no_name_server_has_no_further_addresses(host: str) -> None:
    """A name of /etc/hosts and a literal: whoever else looks them up asks nobody either."""
    assert await asked_for_aaaa(host, "SERVFAIL") == ()


async def test_a_fake_has_no_other_family_unless_told_so() -> None:
    """As told, too, where it is."""
    answers = {("c.test", socket.AF_INET6): (Address("::1", 1),), ("d.test", socket.AF_INET6): OSError(errno.EIO, "no")}
    dialer = FakeDialer({}, families=answers)
    assert await dialer.of_family("c.test", 1, socket.AF_INET6) == (Address("::1", 1),)
    assert await dialer.of_family("c.test", 1, socket.AF_INET) == ()
    with pytest.raises(OSError, match="no"):
        await dialer.of_family("d.test", 1, socket.AF_INET6)


async def test_a_name_server_that_is_not_there() -> None:
    """A closed port at the name server is c-ares's 11."""
    with socket.socket(type=socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    dialer = NetworkDialer([f"127.0.0.1:{port}"])
    with pytest.raises(DNSError) as caught:
        await dialer.resolve("connector.example.", 443)
    await dialer.close()
    assert caught.value.args[0] == 11


async def test_the_hosts_file_counts(dialer: NetworkDialer) -> None:
    """A name of /etc/hosts needs no name server."""
    assert Address("127.0.0.1", 443) in await dialer.resolve("localhost", 443)


@pytest.mark.parametrize("literal", ["127.0.0.1", "::1"])
async def test_literals_need_no_resolver(literal: str) -> None:
    """An IP address is its own answer."""
    assert await NetworkDialer().resolve(literal, 1) == (Address(literal, 1),)


async def test_the_next_address_is_tried() -> None:
    """A closed port at the first address does not keep us from the second."""
    dialer = NetworkDialer()
    with Silence() as silence, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed, open_ = Address("127.0.0.1", unused.getsockname()[1]), Address("127.0.0.1", silence.port)
        until = asyncio.get_running_loop().time() + 30
        sock, address = await connect_first(dialer, (closed, open_), until)
        with contextlib.closing(sock):
            assert address == open_
            assert sock.getblocking() is False


async def test_what_stands_where_a_socket_should(tmp_path: pathlib.Path) -> None:
    """The kernel refuses a dead socket, a file and a directory with one word; only the first was ever listened at."""
    dead, file = tmp_path / "dead.sock", tmp_path / "file"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(dead))
    file.touch()
    said = {}
    for path in (dead, file, tmp_path, file / "below", tmp_path / "gone"):
        with pytest.raises(OSError, match=r"\[Errno \d+\]") as caught:
            await NetworkDialer().connect(Address(str(path), 0))
        said[path] = (caught.value.errno, caught.value.__cause__)
    wanted = (errno.ECONNREFUSED, errno.ENOTSOCK, errno.ENOTSOCK, errno.ENOTDIR, errno.ENOENT)
    assert tuple(said.values()) == tuple((number, None) for number in wanted)


async def test_an_address_that_never_answers_leaves_time_for_the_next() -> None:
    """Each address has an equal share of the time."""
    first, second = Address("192.0.2.1", 1), Address("192.0.2.2", 1)
    ours, theirs = socket.socketpair()
    dialer = FakeDialer({}, {first: None, second: lambda: ours})
    until = asyncio.get_running_loop().time() + 0.2
    sock, address = await connect_first(dialer, (first, second), until)
    with sock, theirs:
        assert address == second


async def test_a_missing_route_says_less_than_a_refusal() -> None:
    """Where IPv6 has no route here, the other address's answer is the reason."""
    six, four = Address("2001:db8::1", 1), Address("192.0.2.1", 1)
    refused, no_route = OSError(errno.ECONNREFUSED, "refused"), OSError(errno.ENETUNREACH, "no route")
    with pytest.raises(ConnectionRefusedError):
        await connect_first(
            FakeDialer({}, {four: refused, six: no_route}), (four, six), asyncio.get_running_loop().time() + 9
        )


async def test_a_lookup_that_is_given_up_leaves_nobody_asking() -> None:
    """The name server that never answered is asked no more, and the next lookup has a resolver of its own."""
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dialer = NetworkDialer([f"127.0.0.1:{silent.getsockname()[1]}"])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await dialer.resolve("connector.example.", 443)
        assert dialer._resolver is None
        async with asyncio.TaskGroup() as group:
            first, other = (group.create_task(_given_up(dialer, after_s)) for after_s in (0.05, 0.1))
        assert (first.result(), other.result()) == (True, False)


async def _given_up(dialer: NetworkDialer, after_s: float) -> bool:
    """Whether somebody else's lookup goes on afterwards."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(after_s):
            await dialer.resolve("connector.example.", 443)
    return dialer._resolver is not None
