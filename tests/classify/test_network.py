"""Every row of the rules for what happens before TLS."""

import errno as e
from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.stripe import judge_stripe
from probe.model.failure import Blame, Confidence, Phase
from probe.model.icmp import IcmpWord
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Unknown
from probe.model.path import KeyFrom
from tests.classify.seen import CATALOGUE, ENDPOINT, NOTHING, NOW, call, cause, ended

ROWS = [
    (Phase.DNS, Ended.ERROR, {"dns_code": 4}, "dns.nxdomain"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 1}, "dns.nodata"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 3}, "dns.servfail"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 6}, "dns.refused"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 12}, "dns.timeout"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 11}, "dns.unreachable"),
    (Phase.DNS, Ended.ERROR, {"errno": -2}, "dns.nxdomain"),
    (Phase.DNS, Ended.ERROR, {"errno": -5}, "dns.nodata"),
    (Phase.DNS, Ended.ERROR, {"errno": -3}, "dns.failed"),
    (Phase.DNS, Ended.TIMED_OUT, {}, "dns.timeout"),
    (Phase.DNS, Ended.ERROR, {"dns_code": 10}, "dns.failed"),
    (Phase.TCP, Ended.ERROR, {"errno": e.ECONNREFUSED}, "tcp.refused"),
    (Phase.TCP, Ended.ERROR, {"errno": e.EHOSTUNREACH}, "tcp.unreachable"),
    (Phase.TCP, Ended.ERROR, {"errno": e.ENETUNREACH}, "tcp.unreachable"),
    (Phase.TCP, Ended.ERROR, {"errno": e.EHOSTDOWN}, "tcp.unreachable"),
    (Phase.TCP, Ended.TIMED_OUT, {}, "tcp.connect_timeout"),
    (Phase.TCP, Ended.ERROR, {"errno": e.ETIMEDOUT}, "tcp.connect_timeout"),
    (Phase.TCP, Ended.RESET, {"errno": e.ECONNRESET}, "tcp.reset"),
    (Phase.TCP, Ended.ERROR, {"errno": e.EPERM}, "tcp.unreachable"),
    (Phase.TCP, Ended.ERROR, {"errno": e.EACCES}, "tcp.unreachable"),
    (Phase.TCP, Ended.ERROR, {"errno": e.EINVAL}, "tcp.failed"),
    (Phase.TCP, Ended.EOF, {}, "tcp.failed"),
]


def _early(phase: Phase, how: Ended, facts: dict[str, object]) -> HandshakeObservation:
    return ended(
        phase, how, causes=(cause(**facts),), tls=NOTHING, presented=(), first_bytes=b"", client_hello_sent=False
    )


@pytest.mark.parametrize(("phase", "how", "facts", "reason"), ROWS)
def test_each_row(phase: Phase, how: Ended, facts: dict[str, object], reason: str) -> None:
    """What was seen by ourselves is proven, and keeps its phase and error number."""
    outcome = judge_handshake(_early(phase, how, facts), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    failure = outcome.failure
    assert (failure.reason, failure.phase, failure.confidence) == (reason, phase, Confidence.PROVEN)
    assert failure.evidence.errno == facts.get("errno")
    assert ENDPOINT.host in failure.summary or "This machine" in failure.summary


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (e.EMFILE, "prober.failed"),
        (e.ENFILE, "prober.failed"),
        (e.ENOMEM, "prober.failed"),
        (e.ENOBUFS, "prober.failed"),
        (e.EADDRNOTAVAIL, "prober.failed"),
        (e.ENETDOWN, "prober.offline"),
    ],
)
def test_what_our_own_machine_lacks_is_unknown(number: int, reason: str) -> None:
    """It says nothing about the path."""
    outcome = judge_handshake(_early(Phase.TCP, Ended.ERROR, {"errno": number}), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.failure.reason == reason


@pytest.mark.parametrize(
    ("number", "reason", "says"),
    [
        (e.ENOENT, "tcp.refused", "there is no such socket"),
        (e.ENOTDIR, "tcp.refused", "there is no such socket"),
        (e.ENOTSOCK, "tcp.refused", "no socket, but a file or a directory"),
        (e.ECONNREFUSED, "tcp.refused", "nobody listens at it any more"),
        (e.EACCES, "tcp.failed", "its permissions do not let us"),
    ],
)
def test_what_stands_at_a_sockets_path(number: int, reason: str, says: str) -> None:
    """Each with the words that help to mend it."""
    here = Endpoint(host="/run/connector.sock", port=0, server_name="connector.internal")
    seen = replace(_early(Phase.TCP, Ended.ERROR, {"errno": number}), endpoint=here)
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, says in outcome.failure.summary) == (reason, True)
    assert "/run/connector.sock" in outcome.failure.summary


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ended": Ended.TIMED_OUT}, "tcp.connect_timeout"),
        ({"ended": Ended.RESET}, "tls.reset_by_peer"),
        ({"ended": Ended.EOF}, "tls.closed_by_peer"),
        ({"ended": Ended.ERROR, "causes": (cause("SSLError", ssl_reason="WRONG_VERSION_NUMBER"),)}, "tls.not_tls"),
        ({"ended": Ended.ERROR, "causes": (cause("SSLError", ssl_reason="BAD_LENGTH"),)}, "tls.failed"),
        ({"ended": Ended.ERROR, "causes": (cause("OSError", errno=e.ECONNREFUSED),)}, "tcp.refused"),
        ({"ended": Ended.ERROR}, "tcp.failed"),
    ],
)
def test_a_call_does_not_tell_connecting_from_shaking_hands(changes: dict[str, object], reason: str) -> None:
    """The client library stays in one phase for both; a hang-up can only come after the connection was made."""
    seen = call(**({"phase": Phase.TCP, "http": None, "response": None, "tls": NOTHING} | changes))
    outcome = judge_stripe(seen, CATALOGUE, key_from=KeyFrom.PROBE).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == reason


@pytest.mark.parametrize(
    ("number", "word", "reason", "says"),
    [
        (
            e.EHOSTUNREACH,
            IcmpWord(by="10.0.0.1", kind=3, code=1),
            "tcp.unreachable",
            "There is no route to the connector at connector.internal:8443. 10.0.0.1 says so: no route to that host, or it does not answer (ICMP 3/1).",
        ),
        (
            e.EHOSTUNREACH,
            IcmpWord(by="10.0.0.1", kind=3, code=13),
            "tcp.unreachable",
            "Connections to the connector at connector.internal:8443 are forbidden on the way: 10.0.0.1 says so, its rules forbid it (ICMP 3/13).",
        ),
        (
            e.ECONNREFUSED,
            IcmpWord(by="fd00::1", kind=1, code=4, v6=True),
            "tcp.refused",
            "fd00::1 says so: that port is closed, as firewalls put it (ICMPv6 1/4).",
        ),
        (
            e.EACCES,
            IcmpWord(by="fd00::1", kind=1, code=1, v6=True),
            "tcp.unreachable",
            "fd00::1 says so, its rules forbid it (ICMPv6 1/1).",
        ),
        (
            e.EHOSTUNREACH,
            IcmpWord(by="10.0.0.9", kind=3, code=1, ours=True),
            "tcp.unreachable",
            "Nobody in this machine's own network answers for that address (ICMP 3/1).",
        ),
        (
            e.ENETUNREACH,
            IcmpWord(by="10.0.0.1", kind=3, code=7),
            "tcp.unreachable",
            "10.0.0.1 says so: not reachable (ICMP 3/7).",
        ),
    ],
)
def test_who_refuses_by_icmp_is_named(number: int, word: IcmpWord, reason: str, says: str) -> None:
    """And the network is blamed: a machine on which nothing listens answers with a reset."""
    causes = (cause(errno=number), cause("IcmpError", icmp=word))
    seen = ended(Phase.TCP, Ended.ERROR, causes=causes, tls=NOTHING, presented=(), client_hello_sent=False)
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.blame) == (reason, Blame.NETWORK)
    assert outcome.failure.summary.endswith(says)
