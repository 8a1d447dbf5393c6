"""The words about a leg to a proxy."""

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.place import of_the_proxy
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Passed
from probe.model.path import KeyFrom
from probe.model.tls import TlsFacts
from tests.classify.seen import CATALOGUE, EXPIRED, NOW, cause, certificate, identity, tls

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
        "bytes_sent": 120,
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
        (407, "connector.proxy_auth_required", "wants credentials"),
        (401, "connector.proxy_auth_required", "wants credentials"),
        (403, "connector.proxy_refused", "rules do not allow"),
        (503, "connector.proxy_cannot_connect", "could not connect itself"),
        (418, "connector.proxy_refused", "HTTP 418."),
        (302, "connector.proxy_refused", "HTTP 302."),
    ],
)
def test_a_refused_connect_says_what_it_usually_means(status: int, reason: str, means: str) -> None:
    """The status is the evidence; the usual meaning stands beside it, where there is one."""
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=status)))
    assert (failure.reason, failure.confidence, failure.evidence.http_status) == (reason, Confidence.PEER_HTTP, status)
    assert means in failure.summary
    assert (failure.proxy, "The connector c.test:8443 was not reached." in failure.summary) == ("p.test:3128", True)


WORDS = [
    (407, "x-smokescreen-error", "Egress proxying is denied to host", "connector.proxy_refused", Blame.NETWORK),
    (502, "x-smokescreen-error", "Failed to connect to remote host", "connector.proxy_cannot_connect", Blame.UNKNOWN),
    (503, "x-squid-error", "ERR_CONNECT_FAIL 111", "connector.proxy_cannot_connect", Blame.CONNECTOR),
    (503, "x-squid-error", "ERR_DNS_FAIL 0", "connector.proxy_cannot_connect", Blame.NETWORK),
    (500, "x-squid-error", "ERR_CANNOT_FORWARD 0", "connector.proxy_cannot_connect", Blame.UNKNOWN),
    (403, "x-squid-error", "ERR_ACCESS_DENIED 0", "connector.proxy_refused", Blame.NETWORK),
    (502, "proxy-status", "p; error=connection_refused", "connector.proxy_cannot_connect", Blame.CONNECTOR),
    (502, "proxy-status", "p; error=dns_error; rcode=NXDOMAIN", "connector.proxy_cannot_connect", Blame.NETWORK),
    (502, "proxy-status", "p; error=destination_ip_unroutable", "connector.proxy_cannot_connect", Blame.NETWORK),
    (502, "proxy-status", "p; error=destination_ip_prohibited", "connector.proxy_refused", Blame.NETWORK),
    (502, "proxy-status", "p; error=proxy_internal_error", "connector.proxy_cannot_connect", Blame.UNKNOWN),
]
"""Status, header, its value (smokescreen and squid 5.7 as measured or in their sources; RFC 9209), reason, who has to act."""


@pytest.mark.parametrize(("status", "header", "value", "reason", "blame"), WORDS)
def test_a_proxy_s_own_words_decide(status: int, header: str, value: str, reason: str, blame: Blame) -> None:
    """What it discloses says whose turn it is, and is told as it was written."""
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=status, headers={header: value})))
    assert (failure.reason, failure.blame) == (reason, blame)
    assert f"it says {header}: {value}" in failure.summary


def test_plain_text_is_told_where_no_header_speaks() -> None:
    """Envoy says why in its body alone; a page of HTML says nothing in a line."""
    said = HttpAnswer(status=503, headers={"content-type": "text/plain"}, body="reset reason: connection\nfailure")
    assert "; it says reset reason: connection failure." in judged(leg(Phase.WAIT, Ended.COMPLETED, http=said)).summary
    page = HttpAnswer(status=503, headers={"content-type": "text/html"}, body="<html>")
    empty = HttpAnswer(status=503, headers={"content-type": "text/plain"})
    for answer in (page, empty):
        assert "it says" not in judged(leg(Phase.WAIT, Ended.COMPLETED, http=answer)).summary


def test_what_envoy_does_not_explain_may_be_its_own_certificate() -> None:
    """A proxy that goes through another one by mutual TLS of its own: 503 and `connection termination` is all it says."""
    page = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
    said = HttpAnswer(status=503, headers={"content-type": "text/plain"}, body=page)
    assert "An expired client certificate of its own on the next hop looks like this." in (
        judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=said)).summary
    )


def test_what_the_connector_would_be_blamed_for_is_the_proxys() -> None:
    """The reason is as on any hop; who has to act is whoever runs the proxy."""
    failure = judged(leg(Phase.TCP, Ended.ERROR, causes=(cause("ConnectionRefusedError", errno=111),)))
    assert (failure.reason, failure.blame, failure.proxy) == ("tcp.refused", Blame.NETWORK, "p.test:3128")


def test_a_leg_that_contradicts_itself_is_no_pass() -> None:
    """Completed without an answer to CONNECT: nothing was shown of the connector."""
    there = leg(Phase.ACCEPT, Ended.COMPLETED, tls=TlsFacts(version="TLSv1.3", established=True))
    assert judged(there).reason == "connector.failed"


def through(ours: IdentityFacts | None, there: TlsFacts, **more: object) -> Judgement:
    """A handshake that went well behind a proxy that let us through."""
    proxy = leg(Phase.RECEIVE, Ended.COMPLETED, identity=ours, tls=there, http=HttpAnswer(status=200))
    known: dict[str, object] = {"phase": Phase.TLS, "ended": Ended.COMPLETED}
    shaken = TlsFacts(version="TLSv1.3", established=True, client_certificate_requested=True)
    seen = HandshakeObservation(**{"endpoint": TARGET, "started_at": NOW, "proxy": proxy, "tls": shaken} | known | more)  # type: ignore[arg-type]  # a table
    return judge_handshake(seen, CATALOGUE, at=NOW)


ASKED = TlsFacts(version="TLSv1.3", established=True, client_certificate_requested=True, client_certificate_sent=True)


def test_the_legs_own_warnings_are_told() -> None:
    """An expired identity that the proxy takes, and one that it never asks for: named as the proxy's, and no failure."""
    expired = through(identity(certificate(**EXPIRED)), ASKED)
    assert isinstance(expired.outcome, Passed)
    (warning,) = expired.warnings
    assert (warning.reason, warning.proxy) == ("certificate.expired_but_accepted", "p.test:3128")
    assert warning.summary.startswith("On the way through the proxy: Our certificate")
    assert "the proxy p.test:3128 accepted it all the same" in warning.summary
    assert "was not reached" not in warning.summary
    unasked = through(identity(), TlsFacts(version="TLSv1.3", established=True, client_certificate_requested=False))
    (warning,) = unasked.warnings
    assert (warning.reason, warning.proxy) == ("tls.client_cert.not_requested", "p.test:3128")
    assert "The proxy p.test:3128 did not ask for a client certificate" in warning.summary


def test_the_legs_warnings_stay_where_the_connector_fails() -> None:
    """What is worth saying of the proxy is so whatever became of the rest."""
    failed = through(identity(certificate(**EXPIRED)), ASKED, ended=Ended.EOF, tls=TlsFacts(), client_hello_sent=True)
    assert isinstance(failed.outcome, Failed)
    assert failed.outcome.failure.proxy is None
    assert [w.reason for w in failed.warnings] == ["certificate.expired_but_accepted"]


def test_our_identity_for_the_connector_is_not_told_of_the_proxy() -> None:
    """Its files are proven to be wrong whatever the proxy does; what the proxy did is also true."""
    blocked = leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=407))
    seen = HandshakeObservation(
        endpoint=TARGET,
        started_at=NOW,
        phase=Phase.TCP,
        ended=Ended.ERROR,
        proxy=blocked,
        identity=identity(fault=FileFault.KEY_MISMATCH),
    )
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.proxy) == ("tls.client_key.mismatch", None)
    assert outcome.failure.also == ("connector.proxy_auth_required",)
    assert "proxy" not in outcome.failure.summary


@pytest.mark.parametrize(
    ("how", "more", "reason", "says"),
    [
        (Ended.TIMED_OUT, {}, "connector.timeout", "did not answer our CONNECT in time"),
        (
            Ended.ERROR,
            {"causes": (cause("NotHttpError"),)},
            "connector.protocol_error",
            "gave an answer to CONNECT that is not HTTP, or not whole",
        ),
        (Ended.RESET, {}, "connector.proxy_hung_up", "reset the connection instead of answering our CONNECT"),
        (Ended.RESET, {"bytes_sent": 0}, "tcp.reset", "reset the connection before our CONNECT was sent"),
        (Ended.EOF, {}, "connector.proxy_hung_up", "closed the connection instead of answering our CONNECT"),
        (Ended.ERROR, {}, "connector.failed", "could not be asked for a tunnel"),
    ],
)
def test_each_end_of_a_connect_in_the_clear(how: Ended, more: dict[str, object], reason: str, says: str) -> None:
    """No TLS is spoken with such a proxy, so none of its reasons fits."""
    failure = judged(leg(Phase.WAIT, how, **more))
    assert failure.reason == reason
    assert failure.summary.endswith(f"he proxy p.test:3128 {says}. The connector c.test:8443 was not reached.")


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
    assert outcome.failure.reason == "connector.proxy_cannot_connect"


def test_a_stripe_call_that_the_proxy_hung_up_on_failed_there() -> None:
    """It is no failure of the SDK's connection to Stripe."""
    seen = StripeObservation(
        endpoint=TARGET,
        started_at=NOW,
        method="v1.balance.retrieve",
        writes=False,
        phase=Phase.TCP,
        ended=Ended.ERROR,
        proxy=leg(Phase.WAIT, Ended.EOF),
    )
    outcome = judge_stripe(seen, CATALOGUE, key_from=KeyFrom.PROBE).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.proxy) == ("connector.proxy_hung_up", "p.test:3128")


def test_a_refused_tunnel_names_where_it_was_to_lead() -> None:
    """The proxy, the target, the status and what it usually means."""
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=403)))
    assert failure.summary.startswith(
        "The proxy p.test:3128 refuses CONNECT c.test:8443: HTTP 403 (its rules do not allow it)."
    )


def test_all_that_a_proxy_says_of_itself_stands_beside_it() -> None:
    """Its reason first, then who it is."""
    headers = {"x-squid-error": "ERR_ACCESS_DENIED 0", "via": "1.1 egress (squid)", "x-other": "y"}
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=403, headers=headers)))
    assert failure.summary == (
        "The proxy p.test:3128 refuses CONNECT c.test:8443: HTTP 403 (its rules do not allow it); it says "
        "x-squid-error: ERR_ACCESS_DENIED 0, via: 1.1 egress (squid). The connector c.test:8443 was not reached."
    )


def test_a_proxy_that_cannot_connect_is_not_said_to_refuse() -> None:
    """Two doings, and two ways in which a connection ends."""
    cannot = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=503)))
    assert cannot.summary.startswith("The proxy p.test:3128 could not connect to c.test:8443: HTTP 503 ")
    for how, word in ((Ended.RESET, "reset"), (Ended.EOF, "closed")):
        hung_up = judged(leg(Phase.WAIT, how))
        assert f"The proxy p.test:3128 {word} the connection instead of answering our CONNECT" in hung_up.summary


def test_an_identity_that_cannot_be_used_for_the_proxy_is_shown() -> None:
    """Its certificate can be read, and its key cannot."""
    own = identity(fault=FileFault.KEY_MISSING)
    failure = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=HttpAnswer(status=200), identity=own))
    assert (failure.reason, failure.certificate) == ("tls.client_key.file_missing", certificate())


def test_what_was_not_reached_is_said() -> None:
    """Whatever kept the proxy from answering; and its refusal of our certificate is one like any other."""
    late = judged(leg(Phase.WAIT, Ended.TIMED_OUT))
    assert late.summary.endswith("The connector c.test:8443 was not reached.")
    revoked = HttpAnswer(status=400, body='{"verify":"FAILED:certificate revoked","s_dn":"CN=billing"}')
    refused = judged(leg(Phase.RECEIVE, Ended.COMPLETED, http=revoked, tls=tls(), identity=identity()))
    assert refused.reason == "tls.client_cert.revoked"
    assert refused.summary.endswith("The connector c.test:8443 was not reached.")
