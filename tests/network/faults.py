"""Every fault of the network, and what must be said of it: the tests inject them, `docs/network.md` lists them."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.network.conntrack import forget_connections
from tests.network.relay import Relay, Weather
from tests.network.stand import Stand
from tests.network.world import Place

Commands = tuple[tuple[Place, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something that happens to the network."""

    name: str
    """As an operator would tell it."""
    how: Commands | Callable[[Stand], object]
    by_name: bool = False
    """The prober looks the connector up."""
    long_chain: bool = False
    """The connector's certificate and chain fill more than one packet."""

    def inject(self, stand: Stand) -> None:
        """From now on."""
        if callable(self.how):
            self.how(stand)
            return
        for place, command in self.how:
            stand.world.run(place, command)


_LARGE_HELLO: Final = (3, 5)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an outage."""

    reason: str
    blame: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Row):
    """An outage, and what must be said of it."""

    reason: str
    blame: str
    says: str = ""
    """Must be in the summary, or in the evidence of what is unknown."""
    unknown: bool = False
    large_hello: Told | None = None
    """What must be said instead where our ClientHello takes two packets, as with OpenSSL 3.5 and its post-quantum key share."""

    @property
    def here(self) -> Told:
        """What must be said with the OpenSSL that is here."""
        large = self.large_hello if ssl.OPENSSL_VERSION_INFO >= _LARGE_HELLO else None
        return large or Told(self.reason, self.blame, self.says)


def _router(*commands: str) -> Commands:
    return tuple((Place.ROUTER, command) for command in commands)


def _narrow(*, heard: bool) -> Callable[[Stand], object]:
    """A link of 1000 bytes; where it is not `heard`, the router's word about that (ICMP) is filtered."""

    def narrow(stand: Stand) -> None:
        if not heard:
            stand.world.run(Place.ROUTER, "iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP")
        stand.weather(Weather())
        stand.world.run(Place.ROUTER, "ip link set late0 mtu 1000")

    return narrow


def _translating(stand: Stand) -> Relay:
    """The router hides the prober behind its own address, and lets only known connections through."""
    for command in (
        "iptables -t nat -A POSTROUTING -o toward-c -j MASQUERADE",
        "iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP",
        "iptables -A FORWARD -p tcp ! --syn -m conntrack --ctstate NEW -j DROP",
    ):
        stand.world.run(Place.ROUTER, command)
    return stand.weather(Weather(delay_s=0.05))


def _translation_lost(stand: Stand) -> None:
    """And forgets every connection when something is said in it."""
    _translating(stand).on_speech = lambda: stand.world.inside(Place.ROUTER, forget_connections)


def _translation_lost_once(stand: Stand) -> None:
    """As one does that is restarted."""
    relay = _translating(stand)

    def forget() -> None:
        relay.on_speech = lambda: None
        stand.world.inside(Place.ROUTER, forget_connections)

    relay.on_speech = forget


_DROPPED: Final = "-j DROP"
_WITH_BYTES: Final = "-p tcp -m length --length 65:65535"
"""More than an acknowledgement, or a SYN, which is 60 bytes long: a packet in the middle of what is said has no PSH."""
_REJECT: Final = "iptables -A FORWARD -p tcp -j REJECT --reject-with"
_TIMEOUT: Final = "tls.handshake_timeout"

_FIRST_PACKET_LOST: Final = Told(_TIMEOUT, "network", "large packets (MTU)")

FAULTS: Final = (
    Fault(
        name="our SYN is dropped",
        how=_router(f"iptables -A FORWARD -p tcp --syn {_DROPPED}"),
        reason="tcp.connect_timeout",
        blame="network",
    ),
    Fault(
        name="the way back is dead (asymmetric routes)",
        how=_router(f"iptables -A FORWARD -i toward-c {_DROPPED}"),
        reason="tcp.connect_timeout",
        blame="network",
    ),
    Fault(
        name="a route into nowhere",
        how=_router("ip route add blackhole 198.18.2.2/32"),
        reason="tcp.connect_timeout",
        blame="network",
    ),
    Fault(
        name="the connection is made, and all that follows is dropped",
        how=_router(f"iptables -A FORWARD -i toward-p {_WITH_BYTES} {_DROPPED}"),
        reason=_TIMEOUT,
        blame="network",
        says="the connection was made, and then none of our",
    ),
    Fault(
        name="the connection is made, and its answers are dropped",
        how=_router(f"iptables -A FORWARD -i toward-c {_WITH_BYTES} {_DROPPED}"),
        reason=_TIMEOUT,
        blame="connector",
        says="its process hangs, or it does not speak TLS at all and waits for more",
    ),
    Fault(
        name="MTU black hole, a chain of several packets",
        how=_narrow(heard=False),
        long_chain=True,
        reason=_TIMEOUT,
        blame="network",
        says="later packets of its answer came, and the first one never did",
        large_hello=_FIRST_PACKET_LOST,
    ),
    Fault(
        name="MTU black hole, a chain of one packet",
        how=_narrow(heard=False),
        reason=_TIMEOUT,
        blame="connector",
        says="in larger packets, is lost on the way (MTU)",
        large_hello=_FIRST_PACKET_LOST,
    ),
    Fault(
        name="MTU black hole, only towards the connector",
        how=_router(f"iptables -A FORWARD -i toward-p -m length --length 1001:65535 {_DROPPED}"),
        reason="connector.timeout",
        blame="network",
        says="large packets (MTU)",
        large_hello=_FIRST_PACKET_LOST,
    ),
    Fault(
        name="NAT loses its table during each handshake",
        how=_translation_lost,
        reason=_TIMEOUT,
        blame="network",
        says="bytes were acknowledged, although they were sent",
    ),
    Fault(
        name="the router has no route",
        how=_router("ip route add unreachable 198.18.2.2/32"),
        reason="tcp.unreachable",
        blame="network",
        says="198.18.1.1 says so: no route to that host, or it does not answer (ICMP 3/1)",
    ),
    Fault(
        name="the router's access list forbids it",
        how=_router("ip route add prohibit 198.18.2.2/32"),
        reason="tcp.unreachable",
        blame="network",
        says="are forbidden on the way: 198.18.1.1 says so, its rules forbid it (ICMP 3/13)",
    ),
    Fault(
        name="the connector's machine is off",
        how=((Place.CONNECTOR, "ip link set out down"),),
        reason="tcp.unreachable",
        blame="network",
        says="198.18.1.1 says so: no route to that host, or it does not answer (ICMP 3/1)",
    ),
    Fault(
        name="REJECT with tcp-reset",
        how=_router(f"{_REJECT} tcp-reset"),
        reason="tcp.refused",
        blame="connector",
        says="or a firewall rejects them",
    ),
    Fault(
        name="REJECT with icmp-port-unreachable",
        how=_router(f"{_REJECT} icmp-port-unreachable"),
        reason="tcp.refused",
        blame="network",
        says="198.18.1.1 says so: that port is closed, as firewalls put it (ICMP 3/3)",
    ),
    Fault(
        name="REJECT with icmp-host-unreachable",
        how=_router(f"{_REJECT} icmp-host-unreachable"),
        reason="tcp.unreachable",
        blame="network",
        says="198.18.1.1 says so: no route to that host, or it does not answer (ICMP 3/1)",
    ),
    Fault(
        name="REJECT with icmp-admin-prohibited",
        how=_router(f"{_REJECT} icmp-admin-prohibited"),
        reason="tcp.unreachable",
        blame="network",
        says="are forbidden on the way: 198.18.1.1 says so, its rules forbid it (ICMP 3/13)",
    ),
    Fault(
        name="a firewall resets the handshake",
        how=_router(f"iptables -A FORWARD -i toward-p {_WITH_BYTES} -j REJECT --reject-with tcp-reset"),
        reason="tls.reset_by_peer",
        blame="connector",
    ),
    Fault(
        name="the connector's process is stopped (SIGSTOP)",
        how=lambda stand: stand.halt(),
        reason=_TIMEOUT,
        blame="connector",
        says="bytes, so it is not cut off",
    ),
    Fault(
        name="the connector's process is gone",
        how=lambda stand: stand.connector.stop(),
        reason="tcp.refused",
        blame="connector",
    ),
    Fault(
        name="name servers do not answer",
        how=_router(f"iptables -A FORWARD -p udp --dport 53 {_DROPPED}"),
        by_name=True,
        reason="dns.timeout",
        blame="network",
    ),
    Fault(
        name="the name server is gone",
        how=lambda stand: stand.close_names(),
        by_name=True,
        reason="dns.unreachable",
        blame="network",
    ),
    Fault(
        name="the prober's interface is down",
        how=((Place.PROBER, "ip link set out down"),),
        reason="prober.offline",
        blame="network",
        unknown=True,
    ),
    Fault(
        name="the prober's cable is pulled",
        how=_router("ip link set toward-p down"),
        reason="prober.offline",
        blame="network",
        unknown=True,
    ),
    Fault(
        name="the prober's default route is gone",
        how=((Place.PROBER, "ip route del default"),),
        reason="prober.offline",
        blame="network",
        unknown=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardship(Row):
    """A network that is bad, and no outage: every run must pass."""


def _slow(stand: Stand) -> None:
    for link in ("toward-p", "toward-c"):
        stand.world.run(Place.ROUTER, f"tc qdisc add dev {link} root tbf rate 16kbit burst 1600 latency 10s")


def _lossy(stand: Stand) -> None:
    stand.world.run(Place.ROUTER, "iptables -A FORWARD -m statistic --mode random --probability 0.02 -j DROP")


WORST: Final = Weather(delay_s=0.15, swing_s=0.03, loss=0.02)
"""300 ms and more there and back, packets overtake each other, and 2 % are lost each way."""

HARDSHIPS: Final = (
    Hardship(name="a calm network", how=lambda _: None),
    Hardship(name="300 ms there and back", how=lambda stand: stand.weather(Weather(delay_s=0.15))),
    Hardship(name="300 ms, reordering, 2 % loss each way", how=lambda stand: stand.weather(WORST)),
    Hardship(name="300 ms each way, 2 % loss each way", how=lambda stand: stand.weather(Weather(delay_s=0.3, loss=0.02))),
    Hardship(name="2 % loss each way, by the kernel", how=_lossy),
    Hardship(name="16 kbit/s each way", how=_slow),
    Hardship(name="NAT loses its table once, during a handshake", how=_translation_lost_once),
    Hardship(name="a link of 1000 bytes whose router is heard", how=_narrow(heard=True)),
)  # fmt: skip
