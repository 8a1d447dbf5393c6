"""Rules for what happens before TLS: name lookup, connection, and what our own machine lacks."""

import errno as e
from dataclasses import dataclass, replace
from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.model.failure import Blame, Phase
from probe.model.icmp import IcmpWord
from probe.model.network import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule:
    """One row; what is None or empty is not looked at, and all that is given must hold."""

    phase: Phase | None = None
    ended: Ended | None = None
    dns_code: int | None = None
    errnos: frozenset[int] = frozenset()
    gives: str
    says: str
    """Completed with the host (`{host}`) and the address (`{endpoint}`)."""
    ours: bool = False
    local: bool = False
    """Only where the endpoint is a unix socket."""

    def holds(self, attempt: Attempt) -> bool:
        """Whether the row fits."""
        return (
            (self.phase is None or attempt.phase is self.phase)
            and (self.ended is None or attempt.ended is self.ended)
            and (self.dns_code is None or attempt.dns_code == self.dns_code)
            and (not self.errnos or attempt.errno in self.errnos)
            and (not self.local or attempt.endpoint.local)
        )


_NXDOMAIN: Final = "The name {host} does not exist, or is an alias (CNAME) of one that does not."
_NODATA: Final = "The name {host} exists, but has no address."
_NO_PACKET: Final = "This machine could not open a connection to {endpoint} for want of something of its own"

RULES: Final = (
    NetworkRule(
        errnos=frozenset({e.EMFILE, e.ENFILE}),
        gives="prober.failed",
        says=(
            "There was no file descriptor left for a connection to {endpoint}; that says nothing about the path: "
            "raise the limit (`LimitNOFILE=` of the unit, `ulimit -n`), or see who has them all (`ls /proc/PID/fd`)."
        ),
        ours=True,
    ),
    NetworkRule(
        errnos=frozenset({e.ENOMEM, e.ENOBUFS, e.EADDRNOTAVAIL}),
        gives="prober.failed",
        says=f"{_NO_PACKET}; that says nothing about the path.",
        ours=True,
    ),
    NetworkRule(
        errnos=frozenset({e.ENETDOWN}),
        gives="prober.offline",
        says="The network of this machine is down; that says nothing about the path to {endpoint}.",
        ours=True,
    ),
    # c-ares statuses, as aiodns gives them.
    NetworkRule(dns_code=4, gives="dns.nxdomain", says=_NXDOMAIN),
    NetworkRule(dns_code=1, gives="dns.nodata", says=_NODATA),
    NetworkRule(dns_code=3, gives="dns.servfail", says="The resolver failed to look up {host} (SERVFAIL)."),
    NetworkRule(dns_code=6, gives="dns.refused", says="The resolver refuses to look up {host} (REFUSED)."),
    NetworkRule(dns_code=12, gives="dns.timeout", says="No name server answered in time when asked for {host}."),
    NetworkRule(dns_code=11, gives="dns.unreachable", says="No name server could be reached to look up {host}."),
    # getaddrinfo: EAI_NONAME and EAI_NODATA; it cannot tell the other causes apart (measured).
    NetworkRule(phase=Phase.DNS, errnos=frozenset({-2}), gives="dns.nxdomain", says=_NXDOMAIN),
    NetworkRule(phase=Phase.DNS, errnos=frozenset({-5}), gives="dns.nodata", says=_NODATA),
    NetworkRule(
        phase=Phase.DNS,
        ended=Ended.TIMED_OUT,
        gives="dns.timeout",
        says="No name server answered in time when asked for {host}.",
    ),
    NetworkRule(phase=Phase.DNS, gives="dns.failed", says="The name {host} could not be looked up."),
    NetworkRule(
        phase=Phase.TCP,
        errnos=frozenset({e.ENOENT, e.ENOTDIR}),
        local=True,
        gives="tcp.refused",
        says="Nothing listens at {endpoint}: there is no such socket.",
    ),
    NetworkRule(
        phase=Phase.TCP,
        errnos=frozenset({e.ENOTSOCK}),
        local=True,
        gives="tcp.refused",
        says="Nothing listens at {endpoint}: what stands there is no socket, but a file or a directory.",
    ),
    NetworkRule(
        phase=Phase.TCP,
        errnos=frozenset({e.ECONNREFUSED}),
        local=True,
        gives="tcp.refused",
        says="The socket {endpoint} is there, and nobody listens at it any more.",
    ),
    NetworkRule(
        phase=Phase.TCP,
        errnos=frozenset({e.EACCES, e.EPERM}),
        local=True,
        gives="tcp.failed",
        says="We may not connect to the socket {endpoint}: its permissions do not let us.",
    ),
    NetworkRule(
        errnos=frozenset({e.ECONNREFUSED}),
        gives="tcp.refused",
        says="The connector at {endpoint} refuses connections: nothing listens there, or a firewall rejects them.",
    ),
    NetworkRule(
        errnos=frozenset({e.EHOSTUNREACH, e.ENETUNREACH, e.EHOSTDOWN}),
        gives="tcp.unreachable",
        says="There is no route to the connector at {endpoint}.",
    ),
    NetworkRule(  # EPERM and EACCES of a connect: a firewall rule or a `prohibit` route
        phase=Phase.TCP,
        errnos=frozenset({e.EPERM, e.EACCES}),
        gives="tcp.unreachable",
        says="A rule of this machine's own network forbids connections to {endpoint}.",
    ),
)
"""First match wins. They hold in every phase: a client library may not tell connecting from shaking hands."""

CONNECT_RULES: Final = (
    NetworkRule(
        ended=Ended.TIMED_OUT,
        gives="tcp.connect_timeout",
        says="The connector at {endpoint} did not answer our connection request in time.",
    ),
    NetworkRule(
        ended=Ended.RESET,
        gives="tcp.reset",
        says="The connection to {endpoint} was reset before anything was sent.",
    ),
    NetworkRule(gives="tcp.failed", says="The connection to {endpoint} could not be made."),
)
"""What remains where the attempt ended while connecting."""


def judge_network(attempt: Attempt) -> Finding | None:
    """What went wrong before TLS; None where it was not there."""
    rule = next((rule for rule in RULES if rule.holds(attempt)), None)
    if rule is None and attempt.phase is Phase.TCP and not _past_connecting(attempt):
        rule = next(rule for rule in CONNECT_RULES if rule.holds(attempt))
    if rule is None:
        return None
    words = {"host": attempt.endpoint.host, "endpoint": str(attempt.endpoint)}
    finding = Finding(reason=rule.gives, summary=rule.says.format(**words), ours=rule.ours)
    return finding if attempt.icmp is None else _refused_on_the_way(finding, attempt.icmp, words["endpoint"])


def _refused_on_the_way(finding: Finding, word: IcmpWord, endpoint: str) -> Finding:
    """Told by ICMP: a machine on which nothing listens does not refuse so, but answers with a reset."""
    numbers = f"(ICMP{'v6' * word.v6} {word.kind}/{word.code})"
    if word.ours:
        says = f"{finding.summary} Nobody in this machine's own network answers for that address {numbers}."
    elif word.forbids:
        says = f"Connections to the connector at {endpoint} are forbidden on the way: {word.by} says so, {word.means} {numbers}."
    else:
        says = f"{finding.summary} {word.by} says so: {word.means} {numbers}."
    return replace(finding, summary=says, blame=Blame.NETWORK)


def _past_connecting(attempt: Attempt) -> bool:
    """A call of aiohttp's stays in this phase during the handshake: what was said in TLS, or an end that can only come later, shows it."""
    spoke_tls = attempt.tls.version is not None or attempt.alert is not None or attempt.ssl_reason is not None
    hung_up = not attempt.own.known and attempt.ended in {Ended.EOF, Ended.RESET}
    return spoke_tls or hung_up
