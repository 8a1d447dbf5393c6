"""Every address of a name: one result each, and one that is broken breaks the whole."""

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from aiodns.error import ARES_ENOTFOUND, ARES_EREFUSED, ARES_ESERVFAIL, DNSError

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.classify.judgement import Judgement
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import PhaseLimits
from probe.transport.dial import Address, NetworkDialer
from probe.transport.handshake import HandshakeProbe
from tests.servers.process import Server
from tests.transport.hop import Hop
from tests.transport.test_handshake import StartServer

NAME = "connector.test"


class NamingDialer(NetworkDialer):
    """The real network with names of its own, and addresses that lead to other ports."""

    def __init__(
        self, hosts: Sequence[str], ports: Mapping[str, int], later: Sequence[str] | Exception | None = ()
    ) -> None:
        """`hosts` are the addresses of `NAME`, `ports` where each really listens; `later` is what is said of the family that is missing."""
        super().__init__()
        self._hosts = hosts
        self._ports = ports
        self._later = later

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """The name's addresses."""
        if host != NAME:
            return await super().resolve(host, port)
        if not self._hosts:
            raise DNSError(ARES_ENOTFOUND, "no such name")
        return tuple(Address(each, port) for each in self._hosts)

    async def of_family(self, host: str, port: int, family: socket.AddressFamily) -> tuple[Address, ...]:
        """What is said of the missing one: addresses, why not, or (None) nothing at all."""
        assert (host, family in {Address(each, port).family for each in self._hosts}) == (NAME, False)
        if self._later is None:
            await asyncio.Event().wait()
        if isinstance(self._later, Exception):
            raise self._later
        return tuple(Address(each, port) for each in self._later or ())

    async def connect(self, address: Address) -> socket.socket:
        """To the port behind the address."""
        return await super().connect(Address("127.0.0.1", self._ports[address.host]))


async def observe(
    hop: Hop, dialer: NamingDialer, client: str | None = "good", dns_s: float = 30.0
) -> HandshakeObservation:
    """A handshake step of a connector with `addresses: all`."""
    connector = hop.connector(8443, endpoint=Endpoint(host=NAME, port=8443, server_name="localhost"))
    probe = HandshakeProbe(dialer=dialer, contexts=hop.contexts, clock=SystemClock())
    return await probe.observe(
        replace(connector, all_addresses=True),
        identity=hop.identity(client),
        http_path="/healthz",
        limits=PhaseLimits(default_s=30.0, by_phase={Phase.DNS: dns_s}),
        deadline=time.monotonic() + 60.0,
    )


def judged(seen: HandshakeObservation) -> Judgement:
    """As a run judges it."""
    return judge_handshake(seen, load(), at=seen.started_at)


@pytest.fixture
def closed() -> int:
    """A port at which nobody listens."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])


@pytest.fixture
def good(start_nginx: StartServer) -> Server:
    """A connector that works."""
    return start_nginx()


@pytest.mark.server("nginx")
async def test_all_of_them_pass(hop: Hop, good: Server) -> None:
    """A and AAAA addresses, each with its result; an address that is named twice is asked once."""
    hosts = ["127.0.0.1", "::1", "127.0.0.2", "127.0.0.1"]
    seen = await observe(hop, NamingDialer(hosts, dict.fromkeys(hosts, good.port)))
    outcome = judged(seen)
    assert isinstance(outcome.outcome, Passed)
    assert [address for address, _ in outcome.addresses] == ["127.0.0.1:8443", "[::1]:8443", "127.0.0.2:8443"]
    assert [one.timings[0].phase for one in seen.addresses] == [Phase.DNS] * 3
    assert (seen.endpoint.host, seen.endpoint.server_name) == ("127.0.0.1", "localhost")


@pytest.mark.server("nginx")
@pytest.mark.parametrize("broken", ["127.0.0.1", "127.0.0.2", "::1"])
async def test_one_of_them_is_broken(hop: Hop, good: Server, closed: int, broken: str) -> None:
    """Wherever it stands in the list the run fails, and says which address it is."""
    hosts = ["127.0.0.1", "127.0.0.2", "::1"]
    ports = dict.fromkeys(hosts, good.port) | {broken: closed}
    seen = await observe(hop, NamingDialer(hosts, ports))
    outcome = judged(seen).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tcp.refused"
    where = str(Endpoint(host=broken, port=8443, server_name=""))
    assert outcome.failure.summary.startswith(f"1 of 3 addresses of the connector failed: {where} (tcp.refused). ")
    assert [address for address, each in judged(seen).addresses if isinstance(each, Failed)] == [where]
    assert str(seen.endpoint) == where


@pytest.mark.server("nginx", "haproxy")
async def test_two_reasons(hop: Hop, good: Server, start_haproxy: StartServer, closed: int) -> None:
    """The first decides, the other one is also true."""
    ports = {"127.0.0.1": good.port, "127.0.0.2": start_haproxy().port, "127.0.0.3": closed}
    failed = judged(await observe(hop, NamingDialer([*ports][1:], ports), None)).outcome
    assert isinstance(failed, Failed)
    assert failed.failure.reason == "tls.client_cert.missing"
    assert "tcp.refused" in failed.failure.also
    assert failed.failure.summary.startswith("2 of 2 addresses")


@pytest.mark.server("nginx")
@pytest.mark.parametrize(
    ("hosts", "said", "record", "reason"),
    [
        (["127.0.0.1"], DNSError(ARES_ESERVFAIL, "no"), "AAAA", "dns.servfail"),
        (["::1"], DNSError(ARES_EREFUSED, "no"), "A", "dns.refused"),
        (["127.0.0.1"], None, "AAAA", "dns.timeout"),
    ],
)
async def test_a_family_that_could_not_be_looked_up(
    hop: Hop, good: Server, hosts: list[str], said: Exception | None, record: str, reason: str
) -> None:
    """Those that are known pass, whatever time the name server takes for the others; that there may be more is neither up nor down."""
    dialer = NamingDialer(hosts, dict.fromkeys(hosts, good.port), said)
    seen = await observe(hop, dialer, dns_s=0.3 if said is None else 30.0)
    outcome = judged(seen).outcome
    assert isinstance(outcome, Unknown)
    assert [type(each) for _, each in judged(seen).addresses] == [Passed]
    assert outcome.failure.reason == reason
    assert f"the {record} records of {NAME} could not be looked up" in outcome.failure.summary


@pytest.mark.server("nginx")
async def test_a_family_that_is_found_when_it_is_asked_for_by_itself(hop: Hop, good: Server, closed: int) -> None:
    """The resolver had dropped it beside the other one: its addresses count like any."""
    seen = await observe(hop, NamingDialer(["127.0.0.1"], {"127.0.0.1": good.port, "::1": closed}, ["::1"]))
    outcome = judged(seen).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.summary.startswith("1 of 2 addresses of the connector failed: [::1]:8443 (tcp.refused). ")
    assert judged(seen).warnings == ()


async def test_a_name_without_addresses(hop: Hop) -> None:
    """As for one address: the name does not exist."""
    seen = await observe(hop, NamingDialer([], {}))
    assert (seen.phase, seen.ended, seen.addresses) == (Phase.DNS, Ended.ERROR, ())
    outcome = judged(seen).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "dns.nxdomain"
