"""Turned away in HTTP, after we were asked for a certificate and sent none: what the answer says of that, or may mean by it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure
from probe.model.outcome import Failed, Passed
from tests.classify.seen import CATALOGUE, NOW, handshake, request, tls
from tests.classify.told import IN_DATE, NONE_SENT, SHOWS_NONE, UNASKED, WANTS, answered, judged

MAY_BE_WHY = "It had asked for a client certificate in the handshake, and none was sent: that may be why"


def _shown_nothing(answer: HttpAnswer) -> Failure:
    return judged(answer, identity=None, tls=NONE_SENT)


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ("client certificate required: NONE", "client certificate required"),
        ('{"message":"No required TLS certificate was sent"}', "No required TLS certificate"),  # Kong
        ('{"error": "Client TLS certificate is required"}', "Client TLS certificate is required"),  # Tyk
        (
            "<h2>HTTP Error 403.7 - Forbidden: SSL client certificate is required.</h2>",
            "client certificate is required",
        ),
        ("<p>No client certificate chain in this request</p>", "No client certificate"),  # Tomcat
        (
            '{"error":"the request must present a valid client cert"}',
            "must present a valid client cert",
        ),
    ],
)
def test_words_that_want_one(body: str, quoted: str) -> None:
    """A refusal for want of it, by who asks for it or by somebody behind: that cannot be told."""
    failure = _shown_nothing(answered(403, body))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.missing", Confidence.INFERRED)
    assert f"answered HTTP 403 ({quoted})" in failure.summary
    assert failure.summary.endswith(WANTS)


@pytest.mark.parametrize(
    "body",
    [
        "A client certificate is not required here; your address is not permitted.",
        "No gift certificate is left.",
        "Your client certificate is welcome. An account is required.",
        "",
    ],
)
def test_other_words_say_that_one_was_asked_for_and_none_sent(body: str) -> None:
    """403 by nginx's `if ($ssl_client_verify != SUCCESS)`, haproxy's `deny unless { ssl_c_used }`, Apache's `SSLRequire`: they do not say why."""
    failure = _shown_nothing(answered(403, body))
    assert (failure.reason, failure.blame) == ("connector.http_4xx", Blame.OURS)
    assert f"refuses /healthz with HTTP 403. {MAY_BE_WHY}" in failure.summary
    lenient = judge_handshake(
        handshake(http=answered(403, body), identity=None, tls=NONE_SENT), CATALOGUE, at=NOW, any_answer=True
    )
    assert isinstance(lenient.outcome, Passed)
    assert [(w.reason, MAY_BE_WHY in w.summary) for w in lenient.warnings] == [("connector.http_4xx", True)]


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (answered(403, "Client certificate required"), tls()),
        (answered(403, "Client certificate required"), UNASKED),
        (answered(404, "Client certificate required"), NONE_SENT),
        (answered(401, "Client certificate required", www_authenticate="Bearer"), NONE_SENT),
    ],
)
def test_what_is_no_matter_of_a_certificate_of_ours(answer: HttpAnswer, facts: object) -> None:
    """One was sent, or nobody had asked; the answer is to the request, or wants credentials."""
    failure = judged(answer, identity=IN_DATE, tls=facts)
    assert (failure.reason, MAY_BE_WHY in failure.summary) == ("connector.http_4xx", False)


def test_what_node_says_of_no_certificate() -> None:
    """Its `authorizationError` is then a name that OpenSSL gives to something else (measured, 18)."""
    failure = _shown_nothing(answered(401, '{"error":"UNABLE_TO_GET_ISSUER_CERT"}'))
    assert failure.reason == "tls.client_cert.missing"
    assert failure.summary.endswith(SHOWS_NONE)
    assert judged(answered(401, '{"error":"UNABLE_TO_GET_ISSUER_CERT"}')).reason == "connector.http_4xx"


@pytest.mark.parametrize("facts", [NONE_SENT, UNASKED])
def test_words_on_a_certificate_where_none_of_ours_was_sent(facts: object) -> None:
    """Node's `err.code` may be of the server behind it: that it refuses the connector's own is more than can be said."""
    failure = judged(answered(403, '{"code":"CERT_HAS_EXPIRED"}'), identity=None, tls=facts)
    assert failure.reason == "connector.http_4xx"


def test_a_call_that_is_told_to_show_one() -> None:
    """A step of a scenario knows as much of the handshake."""
    seen = replace(request(answer=answered(403, "Client certificate required")), tls=NONE_SENT)
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.client_cert.missing"
