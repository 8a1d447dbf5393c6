"""The words about a leg to a proxy."""

import pytest

from probe.classify.finding import of_the_proxy
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.failure import Confidence, Failure, Phase
from probe.model.observation import (
    Ended,
    Endpoint,
    FileFault,
    HandshakeObservation,
    HttpAnswer,
    HttpObservation,
    TlsFacts,
)
from probe.model.outcome import Failed
from tests.classify.seen import CATALOGUE, NOW, cause, identity

TARGET = Endpoint(host="c.test", port=8443, server_name="c.test")


def test_who_did_it_is_the_proxy() -> None:
    """The tables' sentences on connectors are told of the proxy, and what was not reached is said."""
    said = of_the_proxy("The connector at p:1 refuses connections; ask the connector's owner.", TARGET)
    assert said == (
        "On the way through the proxy: The proxy at p:1 refuses connections; ask the proxy's owner. "
        "The connector c.test:8443 was not reached."
    )


def leg(phase: Phase, how: Ended, **more: object) -> HandshakeObservation:
    """The leg to a proxy in the clear, which did not let us through."""
    known: dict[str, object] = {
        "endpoint": Endpoint(host="p.test", port=3128, server_name="p.test"),
        "started_at": NOW,
        "phase": phase,
        "ended": how,
        "http_path": "c.test:8443",
    }
    return HandshakeObservation(**(known | more))


def judged(blocked: HandshakeObservation) -> Failure:
    """What a handshake through that leg fails for."""
    seen = HandshakeObservation(
        endpoint=TARGET, started_at=NOW, phase=Phase.TCP, ended=Ended.ERROR, proxy=blocked, tls=TlsFacts()
    )
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


@pytest.mark.parametrize(
    ("status", "reason", "means"),
    [
        (407, "connector.http_4xx", "wants credentials"),
        (403, "connector.http_4xx", "rules do not allow"),
        (503, "connector.http_5xx", "could not connect itself"),
        (418, "connector.http_4xx", "HTTP 418."),
    ],
)
def test_a_refused_connect_says_what_it_usually_means(status: int, reason: str, means: str) -> None:
    """The status is the evidence; the usual meaning stands beside it, where there is one."""
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=status)))
    assert (failure.reason, failure.confidence, failure.evidence.http_status) == (reason, Confidence.PEER_HTTP, status)
    assert means in failure.summary


def test_a_proxy_s_own_words_are_told() -> None:
    """Smokescreen says why in a header."""
    answer = HttpAnswer(status=407, headers={"x-smokescreen-error": "host not allowed in rule"})
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=answer))
    assert "it says x-smokescreen-error: host not allowed in rule" in failure.summary


@pytest.mark.parametrize(
    ("how", "more", "reason"),
    [
        (Ended.TIMED_OUT, {}, "connector.timeout"),
        (Ended.ERROR, {"causes": (cause("NotHttpError"),)}, "connector.protocol_error"),
        (Ended.RESET, {}, "tcp.reset"),
        (Ended.EOF, {}, "connector.failed"),
    ],
)
def test_each_end_of_a_connect_in_the_clear(how: Ended, more: dict[str, object], reason: str) -> None:
    """No TLS is spoken with such a proxy, so none of its reasons fits."""
    assert judged(leg(Phase.WAIT, how, **more)).reason == reason


@pytest.mark.parametrize(
    ("fault", "what"), [(FileFault.KEY_MISMATCH, "private key"), (FileFault.CERTIFICATE_MISSING, "client certificate")]
)
def test_an_identity_for_the_proxy_that_cannot_be_used(fault: FileFault, what: str) -> None:
    """Its own files are named, not those for the connector."""
    failure = judged(leg(Phase.TLS, Ended.ERROR, identity=identity(name="egress", fault=fault)))
    assert failure.reason == f"tls.{fault.value}"
    assert f"The {what} of identity egress, which is for p.test:3128," in failure.summary


def test_a_call_through_a_proxy_is_judged_by_its_leg() -> None:
    """A request that the proxy did not let through failed there, not at the connector."""
    blocked = leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=503))
    seen = HttpObservation(
        endpoint=TARGET,
        started_at=NOW,
        method="GET",
        path="/",
        phase=Phase.TCP,
        ended=Ended.ERROR,
        proxy=blocked,
    )
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "connector.http_5xx"
