"""Where a finding is told: at the connector, at a proxy, at a connector that is one, or behind it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.refused import judge_refused
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Failure, Hop, Phase
from probe.model.identity import FileFault
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Outcome, Passed
from probe.model.path import KeyFrom
from tests.classify import seen

FAR = Endpoint(host="api.test", port=443, server_name="api.test")


def tunnelling(**changes: object) -> HandshakeObservation:
    """A connector of `kind: proxy` that made its tunnel, with a well second hop."""
    upstream = seen.handshake(endpoint=FAR, hop=Hop.CONNECTOR_STRIPE, http=None, http_path=None)
    known = {"tunnel_to": FAR, "http_path": str(FAR), "http": HttpAnswer(status=200), "upstream": upstream}
    return seen.handshake(**(known | changes))


def failed(outcome: Outcome) -> Failure:
    """Its failure."""
    assert isinstance(outcome, Failed)
    return outcome.failure


def judged(observation: HandshakeObservation) -> Failure:
    """What it fails for."""
    return failed(judge_handshake(observation, seen.CATALOGUE, at=seen.NOW).outcome)


def test_both_hops_well() -> None:
    """A tunnel, and TLS in it; also where the connector itself speaks no TLS."""
    assert judge_handshake(tunnelling(), seen.CATALOGUE, at=seen.NOW).outcome == Passed()
    clear = tunnelling(tls=seen.NOTHING, identity=None)
    assert judge_handshake(clear, seen.CATALOGUE, at=seen.NOW).outcome == Passed()


UNASKED = seen.tls(client_certificate_requested=False, client_certificate_sent=False)


def far(**changes: object) -> HandshakeObservation:
    """What stands behind it, asked for a page."""
    return seen.handshake(endpoint=FAR, hop=Hop.CONNECTOR_STRIPE, **changes)


def test_what_stands_behind_need_not_ask_for_a_certificate() -> None:
    """Stripe asks nobody for one: only the connector must, through its tunnel or before another hop."""
    second = far(tls=UNASKED, identity=None)
    for first in (tunnelling(upstream=second), seen.handshake(upstream=second)):
        judgement = judge_handshake(first, seen.CATALOGUE, at=seen.NOW, certificate_required=True)
        assert (judgement.outcome, judgement.warnings) == (Passed(), ())


def test_any_answer_will_do_where_the_tunnel_leads() -> None:
    """The answer of what stands behind a tunnel is the one that the probe asked for; no other answer but 200 makes the tunnel."""
    second = far(http=HttpAnswer(status=404))
    lenient = judge_handshake(tunnelling(upstream=second), seen.CATALOGUE, at=seen.NOW, any_answer=True)
    assert lenient.outcome == Passed()
    assert [(w.reason, w.hop) for w in lenient.warnings] == [("connector.http_4xx", Hop.CONNECTOR_STRIPE)]
    assert judged(tunnelling(upstream=second)).reason == "connector.http_4xx"
    refused = tunnelling(http=HttpAnswer(status=403), upstream=None)
    outcome = judge_handshake(refused, seen.CATALOGUE, at=seen.NOW, any_answer=True).outcome
    assert failed(outcome).reason == "connector.proxy_refused"


def test_a_file_that_is_missing_for_the_way_through_a_tunnel() -> None:
    """There it is the probe itself that speaks to the far end, so its files are its own."""
    identity = seen.identity(fault=FileFault.KEY_MISSING, fault_detail="/k does not exist", fault_path="/k")
    assert judged(tunnelling(upstream=far(identity=identity))).reason == "tls.client_key.file_missing"


REFUSALS = [
    ({"status": 403}, "connector.proxy_refused", Hop.PROBE_CONNECTOR, Blame.CONNECTOR),
    ({"status": 407}, "connector.proxy_auth_required", Hop.PROBE_CONNECTOR, Blame.OURS),
    ({"status": 502}, "connector.proxy_cannot_connect", Hop.CONNECTOR_STRIPE, Blame.UNKNOWN),
    (
        {"status": 503, "headers": {"x-squid-error": "ERR_CONNECT_FAIL 111"}},
        "connector.proxy_cannot_connect",
        Hop.CONNECTOR_STRIPE,
        Blame.STRIPE,
    ),
    (
        {"status": 503, "headers": {"x-squid-error": "ERR_DNS_FAIL 0"}},
        "connector.proxy_cannot_connect",
        Hop.CONNECTOR_STRIPE,
        Blame.NETWORK,
    ),
]


@pytest.mark.parametrize(("answer", "reason", "hop", "blame"), REFUSALS)
def test_a_connector_that_makes_no_tunnel(answer: dict[str, object], reason: str, hop: Hop, blame: Blame) -> None:
    """It is the connector that is named, never a proxy in front of it; where it cannot get on, the second hop is to blame."""
    failure = judged(tunnelling(http=HttpAnswer(**answer), upstream=None))
    assert (failure.reason, failure.hop, failure.blame, failure.proxy) == (reason, hop, blame, None)
    assert failure.summary.startswith(f"The connector {seen.ENDPOINT} ")
    assert failure.summary.endswith(f"{FAR} was not reached.")


def test_a_connector_that_hangs_up() -> None:
    """What every connector can do has its usual reason and blame; in the clear, too."""
    for tls in (seen.tls(session_ticket=True), seen.NOTHING):
        failure = judged(tunnelling(tls=tls, http=None, ended=Ended.EOF, phase=Phase.WAIT, upstream=None))
        assert (failure.hop, failure.blame) == (Hop.PROBE_CONNECTOR, Blame.CONNECTOR)
        assert failure.summary.startswith(f"The connector {seen.ENDPOINT} ")


def test_a_call_that_got_no_tunnel() -> None:
    """A Stripe call and an HTTP request say the same of it."""
    leg = tunnelling(http=HttpAnswer(status=403), upstream=None)
    known = {"endpoint": FAR, "started_at": seen.NOW, "ended": Ended.ERROR, "phase": Phase.TCP}
    call = StripeObservation(**known, method="v1.balance.retrieve", writes=False, proxy=leg, hop=Hop.CONNECTOR_STRIPE)
    request = HttpObservation(**known, method="GET", path="/", proxy=leg, hop=Hop.CONNECTOR_STRIPE)
    of_call = failed(judge_stripe(call, seen.CATALOGUE, key_from=KeyFrom.PROBE).outcome)
    of_request = failed(judge_http(request, seen.CATALOGUE, at=seen.NOW).outcome)
    assert of_call.summary == of_request.summary
    assert (of_call.reason, of_call.blame, of_call.proxy) == ("connector.proxy_refused", Blame.CONNECTOR, None)


def test_what_fails_in_the_tunnel_is_behind_the_connector() -> None:
    """The tables speak of the connector; there its upstream is meant, and has to act."""
    upstream = replace(tunnelling().upstream or tunnelling(), ended=Ended.TIMED_OUT, phase=Phase.TLS, tls=seen.NOTHING)
    failure = judged(tunnelling(upstream=upstream))
    assert (failure.reason, failure.hop, failure.blame) == (
        "tls.handshake_timeout",
        Hop.CONNECTOR_STRIPE,
        Blame.STRIPE,
    )
    assert failure.summary.startswith(
        "Behind the connector: the TLS handshake with api.test:443 was not finished in time"
    )
    assert "the upstream stopped half-way" in failure.summary


def test_an_expired_identity_behind_is_the_connectors_to_renew() -> None:
    """Also where it is only worth a warning."""
    identity = seen.identity(seen.certificate(**seen.EXPIRED))
    upstream = seen.handshake(endpoint=FAR, hop=Hop.CONNECTOR_STRIPE, identity=identity)
    judgement = judge_handshake(seen.handshake(upstream=upstream), seen.CATALOGUE, at=seen.NOW)
    assert [(w.reason, w.blame) for w in judgement.warnings] == [("certificate.expired_but_accepted", Blame.CONNECTOR)]


def test_an_expired_identity_that_a_tunnelling_connector_takes_keeps_nobody_from_what_is_behind() -> None:
    """It is a warning on a path that is up."""
    judgement = judge_handshake(
        tunnelling(identity=seen.identity(seen.certificate(**seen.EXPIRED))), seen.CATALOGUE, at=seen.NOW
    )
    assert judgement.outcome == Passed()
    (warning,) = judgement.warnings
    assert warning.reason == "certificate.expired_but_accepted"
    assert "was not reached" not in warning.summary


def test_a_bare_client_is_refused_by_a_refused_tunnel() -> None:
    """Smokescreen finishes the handshake with a client without certificate, and answers 407: that is its refusal."""
    bare = tunnelling(http=HttpAnswer(status=407, headers={"x-smokescreen-error": "no role"}), upstream=None)
    judged_bare = judge_handshake(bare, seen.CATALOGUE, at=seen.NOW, any_answer=True)
    assert judge_refused(judged_bare, bare, seen.CATALOGUE).outcome == Passed()


def test_a_first_hop_that_fails_decides() -> None:
    """Its client certificate is ours, as on any first hop."""
    expired = seen.identity(seen.certificate(**seen.EXPIRED))
    failure = judged(tunnelling(identity=expired, tls=seen.tls(45), http=None, ended=Ended.ERROR, phase=Phase.ACCEPT))
    assert (failure.reason, failure.hop, failure.blame) == (
        "tls.client_cert.expired",
        Hop.PROBE_CONNECTOR,
        Blame.OURS,
    )


def test_a_connector_that_asked_for_a_certificate_and_saw_none() -> None:
    """Then its refusal is ours to mend."""
    bare = seen.tls(client_certificate_sent=False, session_ticket=True)
    failure = judged(tunnelling(http=HttpAnswer(status=403), upstream=None, identity=None, tls=bare))
    assert (failure.reason, failure.blame) == ("connector.proxy_refused", Blame.OURS)
    assert "it asked for a client certificate, and was shown none" in failure.summary


def test_what_could_not_even_be_sent_is_ours_behind_the_connector_too() -> None:
    """Our own settings leave nothing to offer: that is no identity of the connector's."""
    failure = judged(tunnelling(upstream=far(http=None, ended=Ended.NOT_STARTED, local_error="no cipher")))
    assert (failure.reason, failure.blame, failure.hop) == ("tls.local_config", Blame.OURS, Hop.CONNECTOR_STRIPE)
    assert failure.summary == "Behind the connector: Nothing was sent to api.test:443: no cipher."
