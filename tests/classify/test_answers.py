"""The connector's own HTTP answers by their status, and what it says in them of itself."""

import json
from dataclasses import replace

import pytest

from probe.classify.answers import observed_code, says_the_way
from probe.classify.handshake import judge_handshake
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence
from probe.model.outcome import Failed
from probe.model.tls import TlsFacts
from tests.classify.seen import (
    CATALOGUE,
    ENDPOINT,
    EXPIRED,
    NOW,
    certificate,
    handshake,
    identity,
    issuer,
    tls,
)
from tests.classify.told import GATEWAY, GONE, IN_DATE, NONE_SENT, OURS, UNASKED, answered, judged

_UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason:"


@pytest.mark.parametrize(
    "answer",
    [
        answered(502, '{"message":"tls: verify FAILED:certificate has expired for partner gateway"}'),
        answered(502, '{"error":"upstream","detail":"verify=10 certificate of gateway"}'),
        answered(503, '{"verify":"FAILED:certificate has expired","s_dn":"CN=envoy"}'),
        answered(500, x_ssl_client_verify=GATEWAY),
        answered(503, x_ssl_client_verify="NONE"),
        answered(502, '{"error":"bad gateway","ssl_verify":"NONE"}', connection="close"),
    ],
)
@pytest.mark.parametrize("sent", [True, False])
def test_a_trouble_of_its_own_is_no_refusal(answer: HttpAnswer, sent: bool) -> None:  # noqa: FBT001 - a table's column
    """A 5xx is not how one is turned away, whatever verify result it quotes or shows beside it."""
    failure = judged(answer, tls=tls(session_ticket=True) if sent else NONE_SENT)
    assert failure.reason == "connector.http_5xx"


@pytest.mark.parametrize("status", [402, 404, 405, 409, 410, 422, 429])
@pytest.mark.parametrize(
    "told",
    [
        answered(body=f'{{"verify":"{GATEWAY}",{OURS}}}', connection="close"),
        answered(body=f'{{"verify":"{GATEWAY}","s_dn":"CN=envoy"}}'),
        answered(x_ssl_client_verify=GATEWAY),
        answered(body="verify=10 s_dn=/CN=billing"),
    ],
)
@pytest.mark.parametrize("own", [IN_DATE, GONE])
def test_a_status_that_turns_nobody_away(status: int, told: HttpAnswer, own: object) -> None:
    """A connector that shows its verify result with every answer shows it with these too."""
    assert judged(replace(told, status=status), identity=own).reason == "connector.http_4xx"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (199, "connector.unexpected_answer"),
        (301, "connector.unexpected_answer"),
        (400, "connector.http_4xx"),
        (403, "connector.http_4xx"),
        (499, "connector.http_4xx"),
        (500, "connector.http_5xx"),
        (503, "connector.http_5xx"),
        (599, "connector.http_5xx"),
    ],
)
def test_each_status_of_a_health_path_that_is_not_2xx(status: int, reason: str) -> None:
    """The connector's word, with the status in the evidence."""
    failure = judged(answered(status))
    assert (failure.reason, failure.confidence, failure.evidence.http_status) == (reason, Confidence.PEER_HTTP, status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"code": 5023}', 5023),
        ('{"code": "5023"}', 5023),
        ('{"error_code": 5024}', 5024),
        ('{"error": {"code": "5021"}}', 5021),
        ('{"error": 5022}', 5022),
        ('{"error": {"code": "card_declined"}}', None),
        ('{"code": 42}', None),
        ("[5023]", None),
        ("5023", None),
        ("<html>5023</html>", None),
        ("", None),
    ],
)
def test_the_connectors_own_code_is_evidence(body: str, code: int | None) -> None:
    """What customers really saw."""
    assert observed_code(HttpAnswer(status=500, body=body), CATALOGUE) == code


def test_the_connectors_own_code_stands_in_text_and_evidence() -> None:
    """5023 may come from behind a 5xx."""
    failure = judged(answered(503, '{"code": 5023}'))
    assert (failure.reason, failure.code, failure.evidence.observed_code) == ("connector.http_5xx", 5024, 5023)
    assert "It calls that 5023." in failure.summary


FAILED = "remote connection failure"
TOLD = "TLS_error:|268436501:SSL routines:OPENSSL_internal:SSLV3_ALERT_CERTIFICATE_EXPIRED:TLS_error_end"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            answered(503, "no healthy upstream", x_envoy_response_flags="UH"),
            " Envoy says (flags UH): no healthy upstream.",
        ),
        (
            answered(504, "upstream request timeout", x_flags="not flags at all"),
            " Envoy says: upstream request timeout.",
        ),
        (
            answered(503, f"{_UPSTREAM} connection termination", response_flags="UC,URX"),
            (
                f" Envoy says (flags UC,URX): {_UPSTREAM} connection termination."
                " An expired client certificate of its own on the next hop looks like this."
            ),
        ),
        (answered(503, "Service Unavailable", response_flags="UH"), ""),
        (
            answered(503, json.dumps({"body": f"{_UPSTREAM} {FAILED}", "Response_Flags": "UF", "n": 1, "why": TOLD})),
            f" Envoy says (flags UF): {_UPSTREAM} {FAILED}, {TOLD}.",
        ),
        (
            answered(503, json.dumps({"why": "TLS_error:x", "page": f"{_UPSTREAM} {FAILED}, TLS_error:x"}), flags="UF"),
            f" Envoy says (flags UF): {_UPSTREAM} {FAILED}, TLS_error:x.",
        ),
        (
            answered(503, json.dumps({"body": f" {_UPSTREAM} connection termination", "flags": "none"})),
            (
                f" Envoy says: {_UPSTREAM} connection termination."
                " An expired client certificate of its own on the next hop looks like this."
            ),
        ),
        (answered(503, json.dumps({"flags": "UF", "why": TOLD})), ""),
        (answered(503, json.dumps(["no healthy upstream"])), ""),
        (answered(503, json.dumps({"body": "no healthy upstream", "more": "x" * 9000})), ""),
        (
            answered(503, json.dumps({"body": f"no healthy upstream{'.' * 900}"})),
            f" Envoy says: no healthy upstream{'.' * 282}",
        ),
    ],
)
def test_envoys_own_words_about_its_upstream_are_quoted(answer: HttpAnswer, says: str) -> None:
    """The one fault that it does not explain is the incident's own (measured)."""
    failure = judged(answer)
    assert failure.reason == "connector.http_5xx"
    assert failure.summary.endswith(f"HTTP {answer.status}.{says}")


@pytest.mark.parametrize(
    ("at", "body", "code"),
    [
        ("fault.number", '{"fault": {"number": "5023"}}', 5023),
        ("errors.0.code", '{"errors": [{"code": 5023}]}', 5023),
        ("errors.1.code", '{"errors": [{"code": 5023}]}', None),
        ("errors.x.code", '{"errors": [{"code": 5023}]}', None),
        ("fault.number", '{"code": 5023}', None),
        ("fault.number", "5023", None),
    ],
)
def test_the_place_of_the_connectors_own_code_can_be_told(at: str, body: str, code: int | None) -> None:
    """Then it is looked for there alone."""
    assert observed_code(HttpAnswer(status=500, body=body), CATALOGUE, at=at) == code


def test_which_codes_stand_for_the_way() -> None:
    """5021 to 5023; an operator's own numbers as configured."""
    assert [code for code in (5021, 5022, 5023, 5024, 5025, None) if says_the_way(code, CATALOGUE)] == [
        5021,
        5022,
        5023,
    ]
    assert says_the_way(13, CATALOGUE.with_codes({"tls.*": 13}))


def test_its_own_code_for_the_way_is_explained_by_our_dates() -> None:
    """The handshake was finished with an expired certificate, and the health path says 5023 alone."""
    answer = HttpAnswer(status=503, body='{"fault": {"number": 5023}}')
    ours = identity(certificate(**EXPIRED))
    shaken = handshake(http=answer, identity=ours)
    outcome = judge_handshake(shaken, CATALOGUE, at=NOW, error_code_at="fault.number").outcome
    assert isinstance(outcome, Failed)
    failure = outcome.failure
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert (failure.evidence.observed_code, failure.also) == (5023, ("connector.http_5xx",))
    assert "answers HTTP 503 and calls it 5023" in failure.summary
    for other in (replace(shaken, identity=identity()), replace(shaken, http=HttpAnswer(status=503))):
        outcome = judge_handshake(other, CATALOGUE, at=NOW, error_code_at="fault.number").outcome
        assert isinstance(outcome, Failed)
        assert outcome.failure.reason == "connector.http_5xx"


@pytest.mark.parametrize(
    ("accepted", "sent", "explains"),
    [(("CN=Root",), True, True), (("CN=Root", "CN=Issuing"), True, False), (("CN=Root",), False, False)],
)
def test_its_own_code_is_explained_only_by_dates_that_the_peer_must_have_looked_at(
    accepted: tuple[str, ...],
    sent: bool,  # noqa: FBT001 - a table's column
    explains: bool,  # noqa: FBT001
) -> None:
    """A superseded intermediate that the peer names among its own CAs, or a certificate that was not sent, has troubled nobody."""
    facts = tls(acceptable_cas=accepted, client_certificate_sent=sent)
    failure = judged(
        HttpAnswer(status=503, body='{"code": 5023}'), identity=identity(certificate(), issuer(**EXPIRED)), tls=facts
    )
    reasons = ("tls.client_cert.chain_expired", "connector.http_5xx")
    assert (failure.reason, failure.also) == ((reasons[0], reasons[1:]) if explains else (reasons[1], reasons[:1]))


@pytest.mark.parametrize(
    ("answer", "facts", "told"),
    [
        (answered(403, server="Apache/2.4.66"), UNASKED, True),
        (answered(403, server="Apache"), replace(UNASKED, version="TLSv1.2"), False),
        (answered(403, server="Apache"), None, False),
        (answered(404, server="Apache"), UNASKED, False),
        (answered(403, server="nginx"), UNASKED, False),
        (answered(403), UNASKED, False),
    ],
)
def test_an_apache_that_wants_a_certificate_for_one_path(
    answer: HttpAnswer,
    facts: TlsFacts | None,
    told: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Under TLS 1.3 it cannot ask us for it any more, and says no more than 403: the likeliest cause is told, and not named as the reason."""
    failure = judged(answer, **({"tls": facts} if facts else {}))
    assert failure.reason == "connector.http_4xx"
    assert ("`SSLVerifyClient` in a `<Location>`" in failure.summary) == told


def test_what_a_connector_answers_is_said_with_what_was_asked() -> None:
    """Its own number for it stands where the configuration says."""
    answer = answered(502, '{"fault": {"number": 5023}}')
    outcome = judge_handshake(handshake(http=answer, identity=IN_DATE), CATALOGUE, at=NOW, error_code_at="fault.number")
    assert isinstance(outcome.outcome, Failed)
    assert outcome.outcome.failure.summary == (
        f"The connector {ENDPOINT} answered /healthz with an error of its own: HTTP 502. It calls that 5023."
    )
    assert f"{ENDPOINT} refuses our request with HTTP 418." in judged(answered(418), http_path=None).summary
