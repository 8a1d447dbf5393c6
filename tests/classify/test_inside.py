"""What comes through a tunnel, before anybody has shown who speaks in it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Hop, Phase
from probe.model.network import Ended, Endpoint, TcpFacts
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome
from probe.model.path import KeyFrom
from tests.classify import seen

PROXY = Endpoint(host="p.test", port=3128, server_name="p.test")
EITHER = (
    f"No certificate had come yet: the proxy {PROXY} may have done that after its HTTP 200, "
    f"or the connector {seen.ENDPOINT} behind it."
)
FAR = "he far end of the tunnel"


def let_through() -> HandshakeObservation:
    """The leg to a proxy that has made the tunnel."""
    asked = {"http": HttpAnswer(status=200), "http_path": str(seen.ENDPOINT)}
    return seen.handshake(endpoint=PROXY, tls=seen.NOTHING, presented=(), identity=None, **asked)


def failed(outcome: Outcome) -> Failure:
    """Its failure."""
    assert isinstance(outcome, Failed)
    return outcome.failure


def inside(how: Ended, *numbers: int, **changes: object) -> Failure:
    """What a handshake in the tunnel fails for, in which no certificate came."""
    said = replace(seen.NOTHING, alerts=tuple(map(seen.alert, numbers)))
    known = {"proxy": let_through(), "presented": (), "tls": said, "bytes_received": 0, "first_bytes": b""}
    observation = seen.handshake(**({"phase": Phase.TLS, "ended": how, "http": None} | known | changes))
    return failed(judge_handshake(observation, seen.CATALOGUE, at=seen.NOW).outcome)


@pytest.mark.parametrize(
    ("how", "numbers", "changes", "reason"),
    [
        (Ended.RESET, (), {}, "tls.reset_by_peer"),
        (Ended.RESET, (), {"client_hello_sent": False}, "tcp.reset"),
        (Ended.EOF, (), {}, "tls.closed_by_peer"),
        (Ended.EOF, (), {"first_bytes": b"HTTP/1.1 502"}, "tls.not_tls"),
        (Ended.TIMED_OUT, (), {}, "tls.handshake_timeout"),
        (Ended.ERROR, (), {}, "tls.failed"),
        (Ended.ERROR, (40,), {}, "tls.no_shared_cipher_or_params"),
        (Ended.ERROR, (112,), {}, "tls.sni_refused"),
        (Ended.ERROR, (10,), {}, "tls.alert.unexpected_message"),
    ],
)
def test_what_breaks_a_tunnel_early_is_nobodys_yet(
    how: Ended, numbers: tuple[int, ...], changes: dict[str, object], reason: str
) -> None:
    """A proxy that said 200 and cannot get on looks like the connector: both are named, neither is blamed."""
    failure = inside(how, *numbers, **changes)
    assert (failure.reason, failure.blame, failure.confidence) == (reason, Blame.UNKNOWN, Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    assert f"The connector {seen.ENDPOINT}" not in failure.summary
    assert failure.proxy is None


def test_who_speaks_is_called_the_far_end() -> None:
    """Not the connector, whatever words the tables use."""
    assert inside(Ended.EOF).summary == (
        "The far end of the tunnel hung up during the TLS handshake, without an alert (0 bytes had come from it). "
        + EITHER
    )
    for how, more in ((Ended.EOF, {}), (Ended.TIMED_OUT, {}), (Ended.EOF, {"first_bytes": b"220 mail"})):
        assert FAR in inside(how, **more).summary


@pytest.mark.parametrize(
    "changes", [{"presented": (seen.wire(),)}, {"tls": seen.tls(session_ticket=True), "phase": Phase.WAIT}]
)
def test_a_connector_that_has_shown_itself_is_blamed_as_ever(changes: dict[str, object]) -> None:
    """Its certificate came through the tunnel, so it was there."""
    failure = inside(Ended.EOF, **changes)
    assert failure.blame is Blame.CONNECTOR
    assert "proxy" not in failure.summary


@pytest.mark.parametrize(
    ("changes", "reason", "confidence"),
    [
        ({"local_error": "no cipher", "ended": Ended.NOT_STARTED}, "tls.local_config", Confidence.PROVEN),
        ({"verify_code": 23, "presented": (seen.wire(),)}, "tls.server_cert.revoked", Confidence.PROVEN),
        ({"verify_code": 23}, "tls.server_cert.revoked", Confidence.PROVEN),
        ({"causes": (seen.cause(errno=24),)}, "prober.failed", Confidence.PROVEN),
    ],
)
def test_what_is_proven_here_stays_so(changes: dict[str, object], reason: str, confidence: Confidence) -> None:
    """Our own settings, our own machine, a certificate: no proxy changes what they are."""
    observation = seen.ended(
        Phase.TLS, Ended.ERROR, **({"proxy": let_through(), "presented": (), "tls": seen.NOTHING} | changes)
    )
    outcome = judge_handshake(observation, seen.CATALOGUE, at=seen.NOW).outcome
    made = outcome.failure  # type: ignore[union-attr]  # each of them failed, or is unknown
    assert (made.reason, made.confidence, "proxy" in made.summary) == (reason, confidence, False)


@pytest.mark.parametrize("code", [18, 19, 20])
def test_a_certificate_that_leads_nowhere_may_be_the_proxys(code: int) -> None:
    """Proxies that open TLS sign for every name with a CA of their own: that it is untrusted is sure, whose it is not."""
    failure = inside(Ended.ERROR, verify_code=code, presented=(seen.wire(),))
    assert (failure.blame, failure.confidence) == (Blame.UNKNOWN, Confidence.PROVEN)
    assert f"It came through the proxy {PROXY}: one that opens TLS" in failure.summary
    direct = inside(Ended.ERROR, verify_code=code, presented=(seen.wire(),), proxy=None)
    assert "proxy" not in direct.summary


def test_behind_a_connector_that_is_the_proxy() -> None:
    """There the two are the connector and its upstream, and the second hop is where it broke."""
    far = Endpoint(host="api.test", port=443, server_name="api.test")
    broken = seen.ended(
        Phase.TLS, Ended.RESET, endpoint=far, hop=Hop.CONNECTOR_STRIPE, presented=(), tls=seen.NOTHING, identity=None
    )
    known = {"tunnel_to": far, "http_path": str(far), "http": HttpAnswer(status=200)}
    early, late = (
        failed(judge_handshake(seen.handshake(**known, upstream=one), seen.CATALOGUE, at=seen.NOW).outcome)
        for one in (broken, replace(broken, presented=(seen.wire(),)))
    )
    assert (early.blame, early.confidence, early.hop) == (Blame.UNKNOWN, Confidence.INFERRED, Hop.CONNECTOR_STRIPE)
    assert f"the proxy {seen.ENDPOINT} may have done that after its HTTP 200, or the upstream {far} behind it" in (
        early.summary
    )
    assert (late.blame, late.confidence) == (Blame.STRIPE, Confidence.PROVEN)


def test_calls_say_the_same() -> None:
    """One HTTP request, and one of the SDK."""
    known = {"phase": Phase.TCP, "ended": Ended.EOF, "tls": seen.NOTHING, "proxy": let_through()}
    request, call = seen.request(answer=None, **known), seen.call(http=None, response=None, **known)
    for outcome in (
        judge_http(request, seen.CATALOGUE, at=seen.NOW).outcome,
        judge_stripe(call, seen.CATALOGUE, key_from=KeyFrom.PROBE).outcome,
    ):
        assert (failed(outcome).reason, failed(outcome).blame) == ("tls.closed_by_peer", Blame.UNKNOWN)
        assert failed(outcome).summary.endswith(EITHER)


def test_what_is_no_matter_of_the_way_stays_the_connectors() -> None:
    """A request that was written waits for its answer: whoever may have broken the way, it was not broken."""
    waited = seen.request(answer=None, phase=Phase.WAIT, ended=Ended.TIMED_OUT, tls=seen.NOTHING, proxy=let_through())
    failure = failed(judge_http(waited, seen.CATALOGUE, at=seen.NOW).outcome)
    assert (failure.reason, failure.blame) == ("connector.timeout", Blame.CONNECTOR)
    assert "tunnel" not in failure.summary


LOST = TcpFacts(acknowledged=0, unacknowledged=517, tries_in_vain=4, largest_segment=1448)
HEARD = TcpFacts(acknowledged=517, unacknowledged=0, tries_in_vain=0, largest_segment=1448)


def test_what_the_kernel_knows_is_about_the_way_to_the_proxy() -> None:
    """Lost packets are the network's doing; that the proxy's machine has ours says nothing of what is behind it."""
    lost, heard = inside(Ended.TIMED_OUT, tcp=LOST), inside(Ended.TIMED_OUT, tcp=HEARD)
    assert (lost.reason, lost.blame) == ("tls.handshake_timeout", Blame.NETWORK)
    assert "none of our 517 bytes were acknowledged" in lost.summary
    assert heard.blame is Blame.UNKNOWN
    assert "acknowledged" not in heard.summary
