"""Whose certificate an HTTP answer refuses, how sure that is, and what is said of it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence
from probe.model.outcome import Failed
from tests.classify.seen import (
    CATALOGUE,
    ENDPOINT,
    NOTHING,
    NOW,
    SERVER_AUTH,
    certificate,
    handshake,
    identity,
    request,
    tls,
)
from tests.classify.told import (
    EITHER,
    GATEWAY,
    GONE,
    NGINX_BAD,
    NGINX_NONE,
    NONE_SENT,
    OURS,
    SHOWS_NONE,
    UNASKED,
    WANTS,
    answered,
    judged,
)


@pytest.mark.parametrize(
    ("answer", "confidence"),
    [
        (NGINX_BAD, Confidence.PEER_HTTP),
        (answered(body=NGINX_BAD.body), Confidence.INFERRED),
        (answered(495), Confidence.INFERRED),
        (answered(495, connection="close"), Confidence.PEER_HTTP),
    ],
)
def test_a_refusal_that_does_not_say_whose(answer: HttpAnswer, confidence: Confidence) -> None:
    """A faultless certificate of ours: the connector may mean it, or have passed on what is said of its own. No more is claimed."""
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", confidence)
    assert f"answered HTTP {answer.status}" in failure.summary
    assert failure.summary.endswith(EITHER)
    assert "refused it" not in failure.summary


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answered(403, '{"verify":"FAILED:certificate has expired"}'), "rejected_as_expired"),
        (answered(403, '{"verify":"FAILED:certificate revoked"}'), "revoked"),
        (answered(403, '{"verify":"FAILED:unable to verify the first certificate"}'), "unknown_ca"),
        (answered(403, "verify=23 s_dn=x"), "revoked"),
        (answered(403, "ssl_c_verify=10"), "rejected_as_expired"),
        (answered(403, x_ssl_client_verify="FAILED:certificate revoked"), "revoked"),
        (answered(403, "ssl_c_verify=50"), "rejected"),
        # A header that names ours says whose request it is, and stands beside the answers of others as well.
        (answered(403, ssl_client_verify="FAILED:certificate revoked", ssl_client_s_dn="CN=billing"), "revoked"),
        (answered(403, x_client_verify="21", x_client_s_dn="CN=billing"), "unknown_ca"),
        (answered(403, '{"verify":"FAILED:certificate revoked"}', x_ssl_client_serial="4F1C"), "revoked"),
    ],
)
def test_a_verdict_that_does_not_say_whose(answer: HttpAnswer, reason: str) -> None:
    """Operators show nginx's `$ssl_client_verify` and haproxy's `ssl_c_verify` alone: what it says is told, with both possibilities in words."""
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    ended = judged(replace(answer, headers={**answer.headers, "connection": "close"}))
    assert (ended.reason, ended.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert (ended.blame, ended.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)


@pytest.mark.parametrize(
    "answer",
    [
        answered(body='{"ssl_client_verify":"FAILED:certificate has expired"}'),
        answered(403, '{"checks":{"tls":"FAILED:certificate has expired","db":"ok"}}'),
        answered(403, '{"checks":{"tls":"FAILED:certificate has expired","db":"ok"}}', connection="close"),
        answered(403, '{"error":"FAILED:certificate has expired"}', connection="close"),
        answered(403, '{"verify":"FAILED:otp wrong","doc":"https://docs.example/ssl"}', connection="close"),
        answered(400, '{"message":"tls ok, address verify=10 postcode mismatch"}', connection="close"),
        answered(403, x_ssl_client_verify="FAILED:certificate has expired", x_ssl_client_s_dn="CN=billing"),
        answered(403, '{"ssl_c_verify":10}'),
    ],
)
def test_our_dates_prove_nothing_where_another_may_be_meant(answer: HttpAnswer) -> None:
    """A haproxy lets an expired one in, and hands over what its gateway says of its own (measured); so may any application."""
    failure = judged(answer, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.OURS, True)


@pytest.mark.parametrize("ends", ["close", ""])
def test_our_usage_is_no_proof_beside_another_possibility(ends: str) -> None:
    """And ours to mend all the same."""
    usage = identity(certificate(extended_key_usage=(SERVER_AUTH,)))
    page = answered(body=NGINX_BAD.body, connection=ends, x_ssl_client_verify="FAILED:unsuitable certificate purpose")
    for answer in (answered(403, "ssl_c_verify=26", connection=ends), page):
        failure = judged(answer, identity=usage)
        assert (failure.reason, failure.confidence) == ("tls.client_cert.wrong_eku", Confidence.INFERRED)
        assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.OURS, True)


@pytest.mark.parametrize("ends", ["close", "keep-alive", ""])
@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (answered(body="No required SSL certificate was sent"), WANTS),
        (answered(body="The SSL certificate error"), WANTS),
        (answered(495), WANTS),
        (answered(496), WANTS),
        (answered(body='{"verify":"NONE","s_dn":""}'), SHOWS_NONE),
        (answered(403, x_ssl_client_verify="NONE"), SHOWS_NONE),
        (answered(401, x_ssl_client_verify="NONE"), SHOWS_NONE),
    ],
)
def test_asked_for_one_and_sent_none(answer: HttpAnswer, doubt: str, ends: str) -> None:
    """That none was sent explains it, where a certificate is not optional and the answer a gateway's (measured, nginx in front of nginx)."""
    told = replace(answer, headers={**answer.headers, "connection": ends})
    failure = judged(told, identity=None, tls=NONE_SENT)
    its_own = ends == "close" and answer.status != 495 and not answer.body.startswith("The SSL")
    how_sure = Confidence.PEER_HTTP if its_own else Confidence.INFERRED
    assert (failure.reason, failure.confidence) == ("tls.client_cert.missing", how_sure)
    assert failure.evidence.http_status == answer.status
    assert failure.summary.endswith(doubt)


@pytest.mark.parametrize(
    "answer",
    [
        answered(400, '{"error":"client certificate required","ssl_client_verify":"NONE"}', connection="keep-alive"),
        answered(403, "No client certificate was presented. verify=NONE"),
        answered(403, "The CLIENT_CERT is missing", x_ssl_client_verify="NONE"),
    ],
)
@pytest.mark.parametrize("any_answer", [True, False])
def test_one_that_is_missed_on_a_connection_that_is_not_ours(answer: HttpAnswer, any_answer: bool) -> None:  # noqa: FBT001 - a table's column
    """Ours was sent, or nobody asked for one: it is no pass, even where any answer would do, and not ours to mend (measured, nginx before nginx)."""
    for facts, why in ((tls(session_ticket=True), "none was sent (NONE), and ours was"), (UNASKED, "of ours was sent")):
        seen = handshake(http=answer, tls=facts, identity=GONE)
        outcome = judge_handshake(seen, CATALOGUE, at=NOW, any_answer=any_answer).outcome
        assert isinstance(outcome, Failed)
        assert (outcome.failure.reason, outcome.failure.blame) == ("connector.identity_refused", Blame.CONNECTOR)
        assert why in outcome.failure.summary


@pytest.mark.parametrize("named", [OURS, '"s_dn":"CN=bil..."'])
def test_one_that_is_missed_beside_our_name(named: str) -> None:
    """Or one that may be ours: signs that contradict each other, so nobody's."""
    failure = judged(
        answered(403, f'{{"error":"client certificate required","verify":"NONE",{named}}}', connection="keep-alive")
    )
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)


def test_a_refusal_of_what_was_never_sent() -> None:
    """It was not ours: a hop behind speaks of its own, with nginx's page or without."""
    page = answered(body=NGINX_BAD.body, connection="close", x_ssl_client_verify=GATEWAY)
    no_site = {"endpoint": replace(ENDPOINT, server_name="127.0.0.1"), "tls": UNASKED}
    for failure in (
        judged(answered(403, '"verify":"FAILED:certificate has expired"'), tls=NONE_SENT),
        judged(page, tls=NONE_SENT),
        judged(page, **no_site),
    ):
        assert (failure.reason, failure.also) == ("connector.identity_refused", ("connector.http_4xx",))


def test_a_request_that_is_refused_by_http_is_judged_without_our_files() -> None:
    """The general reason: a handshake will say more. Where nothing is known of the handshake either, what it says of a missing one."""
    for answer, facts, reason in (
        (NGINX_BAD, tls(), "rejected"),
        (NGINX_BAD, NOTHING, "rejected"),
        (NGINX_NONE, NOTHING, "missing"),
    ):
        outcome = judge_http(request(answer=answer, tls=facts), CATALOGUE, at=NOW).outcome
        assert isinstance(outcome, Failed)
        assert outcome.failure.reason == f"tls.client_cert.{reason}"


@pytest.mark.parametrize("answer", [NGINX_NONE, NGINX_BAD, answered(495), answered(496)])
@pytest.mark.parametrize("any_answer", [True, False])
def test_a_certificate_that_nobody_asked_us_for(answer: HttpAnswer, any_answer: bool) -> None:  # noqa: FBT001 - a table's column
    """One rule for both texts and both numbers: a hop behind it fails, and that is no pass even where any answer would do."""
    seen = handshake(http=answer, tls=UNASKED)
    outcome = judge_handshake(seen, CATALOGUE, at=NOW, any_answer=any_answer).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.confidence) == ("connector.identity_refused", Confidence.PEER_HTTP)
    assert "it is the connector's own client certificate that is refused, or missing, behind it" in (
        outcome.failure.summary
    )
