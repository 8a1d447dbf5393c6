"""Several addresses of one name, judged together."""

from datetime import UTC, datetime

import pytest

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.model.answer import HttpAnswer
from probe.model.failure import Hop, Phase, Severity
from probe.model.network import Cause, Ended, Endpoint, Unresolved
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.tls import TlsFacts
from tests.classify import seen

AT = datetime(2026, 1, 15, tzinfo=UTC)


def at(host: str, **more: object) -> HandshakeObservation:
    """One address; it passes unless told otherwise."""
    known: dict[str, object] = {
        "endpoint": Endpoint(host=host, port=1, server_name="c.test"),
        "started_at": AT,
        "phase": Phase.TLS,
        "ended": Ended.COMPLETED,
        "tls": TlsFacts(version="TLSv1.3", established=True),
    }
    return HandshakeObservation(**(known | more))  # type: ignore[arg-type]  # a test's own overrides


def test_what_is_our_own_doing_makes_it_unknown() -> None:
    """No file descriptor was left for one address: nothing is known of it, and that is said."""
    error = Cause(kind="OSError", text="Too many open files", errno=24)
    ours = at("10.0.0.2", phase=Phase.TCP, ended=Ended.ERROR, causes=(error,), tls=TlsFacts())
    outcome = judge_handshake(at("10.0.0.1", addresses=(at("10.0.0.1"), ours)), load(), at=AT).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.failure.summary.startswith("1 of 2 addresses of the connector failed: 10.0.0.2:1 (prober.failed). ")


def test_several_that_fail_are_told_together() -> None:
    """The first decides, the others' reasons stand beside it; those that pass are counted."""
    refused = Cause(kind="ConnectionRefusedError", text="refused", errno=111)
    down = at("10.0.0.2", phase=Phase.TCP, ended=Ended.ERROR, causes=(refused,), tls=TlsFacts())
    silent = at("10.0.0.3", phase=Phase.TCP, ended=Ended.TIMED_OUT, tls=TlsFacts())
    judged = judge_handshake(at("10.0.0.1", addresses=(at("10.0.0.1"), down, silent)), load(), at=AT)
    assert isinstance(judged.outcome, Failed)
    assert (judged.outcome.failure.reason, judged.outcome.failure.also) == ("tcp.refused", ("tcp.connect_timeout",))
    assert judged.outcome.failure.summary.startswith(
        "2 of 3 addresses of the connector failed: 10.0.0.2:1 (tcp.refused)"
    )
    assert [address for address, _ in judged.addresses] == ["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"]
    assert judged.warnings == ()


def test_all_that_pass_pass() -> None:
    """Nothing is made of several addresses that are all well."""
    both = judge_handshake(at("10.0.0.1", addresses=(at("10.0.0.1"), at("10.0.0.2"))), load(), at=AT)
    assert both.outcome == Passed()


def test_what_is_worth_a_warning_at_any_address_is_said_once() -> None:
    """Of each address what it alone is warned of; the same words of several are one warning."""
    own = seen.identity(seen.certificate(**seen.EXPIRED))
    here, there = (
        seen.handshake(endpoint=Endpoint(host=host, port=1, server_name="c.test"), identity=own, tls=seen.tls())
        for host in ("10.0.0.1", "10.0.0.2")
    )
    judged = judge_handshake(seen.handshake(addresses=(here, here, there)), seen.CATALOGUE, at=seen.NOW)
    assert judged.outcome == Passed()
    assert [warning.reason for warning in judged.warnings] == ["certificate.expired_but_accepted"] * 2
    assert ["10.0.0.1:1" in warning.summary for warning in judged.warnings] == [True, False]


def lost(record: str, code: int | None) -> Unresolved:
    """A family that the resolver answered with this c-ares code, or (None) not at all."""
    causes = () if code is None else (Cause(kind="DNSError", text="no", dns_code=code),)
    ended = Ended.TIMED_OUT if code is None else Ended.ERROR
    return Unresolved(
        endpoint=Endpoint(host="c.test", port=1, server_name="c.test"), record=record, ended=ended, causes=causes
    )


@pytest.mark.parametrize(
    ("record", "code", "reason"),
    [
        ("AAAA", 3, "dns.servfail"),
        ("AAAA", 6, "dns.refused"),
        ("A", 12, "dns.timeout"),
        ("A", None, "dns.timeout"),
        ("A", 11, "dns.unreachable"),
        ("AAAA", 10, "dns.failed"),
    ],
)
def test_a_family_that_nobody_could_look_up_is_neither_up_nor_down(record: str, code: int | None, reason: str) -> None:
    """Those that were tried pass; that there may be others is said by the name, the kind of record and why."""
    one = at("10.0.0.1")
    judged = judge_handshake(at("10.0.0.1", addresses=(one,), unresolved=lost(record, code)), load(), at=AT)
    assert isinstance(judged.outcome, Unknown)
    assert judged.warnings == ()
    failure = judged.outcome.failure
    assert (failure.reason, failure.phase, failure.hop) == (reason, Phase.DNS, Hop.PROBE_CONNECTOR)
    assert failure.severity is Severity.TICKET
    assert failure.summary.startswith(
        f"Not every address was tried: the {record} records of c.test could not be looked up. "
    )
    assert [address for address, _ in judged.addresses] == ["10.0.0.1:1"]


def test_an_address_that_fails_decides_beside_a_family_that_is_not_known() -> None:
    """The failure is counted among those that were tried, and the warning stays."""
    silent = at("10.0.0.3", phase=Phase.TCP, ended=Ended.TIMED_OUT, tls=TlsFacts())
    judged = judge_handshake(at("10.0.0.3", addresses=(silent,), unresolved=lost("AAAA", 3)), load(), at=AT)
    assert isinstance(judged.outcome, Failed)
    assert judged.outcome.failure.summary.startswith("1 of 1 address of the connector failed: 10.0.0.3:1 ")
    assert [warning.reason for warning in judged.warnings] == ["dns.servfail"]
    behind = at("10.0.0.1", addresses=(at("10.0.0.1"),), unresolved=lost("AAAA", 3), hop=Hop.CONNECTOR_STRIPE)
    outcome = judge_handshake(behind, load(), at=AT).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.failure.hop is Hop.CONNECTOR_STRIPE


def test_each_address_is_asked_for_the_same() -> None:
    """That a certificate is wanted, that any answer will do, and where errors carry the code: all of it counts at every address."""
    unasked = seen.handshake(tls=seen.tls(client_certificate_requested=False, client_certificate_sent=False))
    odd = seen.handshake(http=HttpAnswer(status=404, body='{"of": {"ours": 5023}}'))
    wanted = judge_handshake(
        seen.handshake(addresses=(unasked, unasked)), seen.CATALOGUE, at=seen.NOW, certificate_required=True
    )
    any_will_do = judge_handshake(seen.handshake(addresses=(odd, odd)), seen.CATALOGUE, at=seen.NOW, any_answer=True)
    coded = judge_handshake(seen.handshake(addresses=(odd,)), seen.CATALOGUE, at=seen.NOW, error_code_at="of.ours")
    assert isinstance(wanted.outcome, Failed)
    assert wanted.outcome.failure.reason == "tls.client_cert.not_requested"
    assert any_will_do.outcome == Passed()
    assert isinstance(coded.outcome, Failed)
    assert coded.outcome.failure.evidence.observed_code == 5023


def test_one_address_that_fails() -> None:
    """In the singular; and several are named with a comma between them."""
    down = at("10.0.0.2", phase=Phase.TCP, ended=Ended.TIMED_OUT, tls=TlsFacts())
    alone = judge_handshake(at("10.0.0.2", addresses=(down,)), load(), at=AT).outcome
    both = judge_handshake(at("10.0.0.2", addresses=(down, down)), load(), at=AT).outcome
    assert isinstance(alone, Failed)
    assert isinstance(both, Failed)
    said = "10.0.0.2:1 (tcp.connect_timeout)"
    assert alone.failure.summary.startswith(f"1 of 1 address of the connector failed: {said}. ")
    assert both.failure.summary.startswith(f"2 of 2 addresses of the connector failed: {said}, {said}. ")


def test_a_proxy_that_resets() -> None:
    """Instead of an answer to CONNECT in the clear: a reason of its own, and the proxy's address."""
    reset = Cause(kind="ConnectionResetError", text="reset", errno=104)
    leg = at("p.test", phase=Phase.WAIT, ended=Ended.RESET, causes=(reset,), tls=TlsFacts(), bytes_sent=60)
    handshake = at("c.test", phase=Phase.TCP, ended=Ended.RESET, tls=TlsFacts(), proxy=leg)
    outcome = judge_handshake(handshake, load(), at=AT).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "connector.proxy_hung_up"
    assert "The proxy p.test:1 reset the connection instead of answering our CONNECT" in outcome.failure.summary
