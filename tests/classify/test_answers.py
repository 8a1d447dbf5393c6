"""Every row of the rules for the connector's own HTTP answers."""

from dataclasses import replace

import pytest

from probe.classify.answers import DISCLOSURES, observed_code, says_the_way
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.failure import Blame, Confidence, Failure, Hop
from probe.model.observation import HttpAnswer, TlsFacts
from probe.model.outcome import Failed, Passed
from tests.classify.seen import (
    CATALOGUE,
    EARLY,
    ENDPOINT,
    EXPIRED,
    NOW,
    SERVER_AUTH,
    certificate,
    handshake,
    identity,
    issuer,
    request,
    tls,
)

IN_DATE = identity(certificate(), issuer())
GONE = identity(certificate(**EXPIRED))
NONE_SENT = tls(session_ticket=True, client_certificate_sent=False)


def _judged(answer: HttpAnswer, **changes: object) -> Failure:
    seen = handshake(**({"http": answer, "identity": IN_DATE} | changes))
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def _answer(status: int = 400, body: str = "", **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, body=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


NGINX_NONE = _answer(body="<center>No required SSL certificate was sent</center>", connection="close")
NGINX_BAD = _answer(body="<center>The SSL certificate error</center>", connection="close")
PASSED_ON = _answer(body=NGINX_BAD.body, connection="keep-alive")
MAYBE_PASSED_ON = _answer(body=NGINX_BAD.body)

_UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason:"

REFUSALS = [
    (NGINX_NONE, None, NONE_SENT, "tls.client_cert.missing"),
    (_answer(496), None, NONE_SENT, "tls.client_cert.missing"),
    (_answer(body='{"verify":"NONE","s_dn":""}'), None, NONE_SENT, "tls.client_cert.missing"),
    (_answer(403, x_ssl_client_verify="NONE"), None, NONE_SENT, "tls.client_cert.missing"),
    (NGINX_BAD, IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(495), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(body='{"verify":"FAILED:certificate has expired"}'), IN_DATE, None, "tls.client_cert.rejected_as_expired"),
    (_answer(403, ssl_client_verify="FAILED:certificate revoked"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(body='{"verify":"FAILED:certificate is not yet valid"}'), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(body='{"verify":"FAILED:unsuitable certificate purpose"}'), IN_DATE, None, "tls.client_cert.rejected"),
    (
        _answer(body='"verify":"FAILED:unable to verify the first certificate"'),
        IN_DATE,
        None,
        "tls.client_cert.unknown_ca",
    ),
    # The peer's own CRL: never `tls.crl.*`.
    (_answer(body='{"verify":"FAILED:unable to get certificate CRL"}'), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(body='{"verify":"FAILED:CRL has expired"}'), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(403, "verify=12 notafter=270121185253Z"), IN_DATE, None, "tls.client_cert.rejected"),
    # haproxy's numbers.
    (
        _answer(403, "verify=10 notafter=261120185253Z s_dn=/O=Lab"),
        IN_DATE,
        None,
        "tls.client_cert.rejected_as_expired",
    ),
    (_answer(403, "ssl_c_verify=23"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "refused: ssl_c_verify=23"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "client certificate refused: verify=23"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "<pre>\n  verify=23</pre>"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, x_client_verify="21"), IN_DATE, None, "tls.client_cert.unknown_ca"),
    # What no row knows is a refusal all the same.
    (_answer(403, "ssl_c_verify=50"), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(body='{"verify":"FAILED:something new"}'), IN_DATE, None, "tls.client_cert.rejected"),
]


@pytest.mark.parametrize(("answer", "own", "facts", "reason"), REFUSALS)
def test_each_refusal_by_http(answer: HttpAnswer, own: object, facts: TlsFacts | None, reason: str) -> None:
    """nginx completes the handshake with a bad certificate and says so only here (measured)."""  # noqa: D403 - a name
    failure = _judged(answer, identity=own, **({"tls": facts} if facts else {}))
    assert (failure.reason, failure.confidence) == (reason, Confidence.PEER_HTTP)
    assert failure.evidence.http_status == answer.status


@pytest.mark.parametrize("answer", [NGINX_BAD, _answer(495), _answer(body='"verify":"FAILED:certificate has expired"')])
def test_our_own_dates_prove_what_http_only_hints_at(answer: HttpAnswer) -> None:
    """The page says "error", the file says since when."""
    failure = _judged(answer, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    assert f"HTTP {answer.status}" in failure.summary


def test_a_page_of_nginxs_that_may_have_been_passed_on_proves_nothing_of_our_certificate() -> None:
    """A haproxy that lets an expired one in hands over the page of a gateway that refuses its own, without `Connection: close` (measured)."""
    failure = _judged(MAYBE_PASSED_ON, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert "Somebody behind the connector may have written that" in failure.summary
    in_date = _judged(MAYBE_PASSED_ON)
    assert (in_date.reason, in_date.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert f"the connector {ENDPOINT} answered HTTP 400 (The SSL certificate error)" in in_date.summary
    assert "refused it" not in in_date.summary


def test_nginx_says_that_none_was_sent_although_one_was() -> None:
    """So it speaks of another connection than ours."""
    failure = _judged(NGINX_NONE, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert "Somebody behind the connector" in failure.summary
    in_date = _judged(NGINX_NONE)
    assert (in_date.reason, in_date.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "Somebody" not in _judged(NGINX_NONE, identity=None, tls=NONE_SENT).summary


@pytest.mark.parametrize("own", [GONE, IN_DATE])
def test_a_page_of_nginxs_on_a_connection_that_stays_open_was_passed_on(own: object) -> None:
    """So says an nginx in front of nginx: nobody has refused our certificate, and the connector must see to its own."""
    failure = _judged(PASSED_ON, identity=own)
    assert (failure.reason, failure.blame, failure.hop) == (
        "connector.identity_refused",
        Blame.CONNECTOR,
        Hop.CONNECTOR_STRIPE,
    )
    assert "connector.http_4xx" in failure.also
    assert "who wrote it would have closed the connection" in failure.summary
    assert "no client certificate of ours" not in failure.summary


def test_other_local_proofs_behind_a_disclosure() -> None:
    """Not yet valid, wrong usage."""
    early = _answer(body='{"verify":"FAILED:certificate is not yet valid"}')
    assert _judged(early, identity=identity(certificate(**EARLY))).reason == "tls.client_cert.not_yet_valid"
    purpose = _answer(body='{"verify":"FAILED:unsupported certificate purpose"}')
    usage = identity(certificate(extended_key_usage=(SERVER_AUTH,)))
    assert _judged(purpose, identity=usage).reason == "tls.client_cert.wrong_eku"


@pytest.mark.parametrize("row", DISCLOSURES)
def test_every_text_and_number_of_openssl_is_a_refusal(row: object) -> None:
    """Both ways of writing it mean the same."""
    by_text = _judged(_answer(body=f'{{"verify":"FAILED:{row.written}"}}'))
    by_number = _judged(_answer(403, f"verify={row.code} "))
    assert by_text.reason == by_number.reason
    assert by_text.reason.startswith("tls.client_cert.")


@pytest.mark.parametrize(
    "answer",
    [
        _answer(400, "Bad Request"),
        _answer(404, "build FAILED:something else"),
        _answer(404, "FAILED:something else"),
        _answer(404, "see /page?verify=10"),
        _answer(404, "Not found. Please verify=10 the address."),
        _answer(403, "verify=0"),
        _answer(403, x_client_verify="1"),
        _answer(403, x_client_verify="429"),
        _answer(404, "The SSL certificate error"),
        _answer(404, "No required SSL certificate was sent"),
        _answer(403, x_ssl_client_verify="SUCCESS"),
    ],
)
def test_what_is_no_refusal_of_our_certificate(answer: HttpAnswer) -> None:
    """The status alone decides then."""
    assert _judged(answer).reason == "connector.http_4xx"


def test_a_refusal_of_what_was_never_sent() -> None:
    """It was not ours: a hop behind speaks of its own."""
    failure = _judged(_answer(403, '"verify":"FAILED:certificate has expired"'), tls=NONE_SENT)
    assert (failure.reason, failure.also) == ("connector.identity_refused", ("connector.http_4xx",))


@pytest.mark.parametrize(
    "said", ["FAILED:CRL has expired", "FAILED:unable to get certificate CRL", "FAILED:CRL is not yet valid"]
)
def test_a_peers_own_revocation_list_is_its_owners_affair(said: str) -> None:
    """Never `tls.crl.…`, which is ours; and the text says whose it is."""
    failure = _judged(_answer(body=f'{{"verify":"{said}"}}'))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.PEER_HTTP)
    assert f"HTTP 400 ({said}): that is its own revocation list" in failure.summary
    gone = _judged(_answer(body=f'{{"verify":"{said}"}}'), identity=GONE)
    assert (gone.reason, gone.also) == ("tls.client_cert.rejected", ("tls.client_cert.expired",))
    assert gone.summary.endswith("Our certificate has expired all the same: renew it too.")


def test_haproxys_number_is_quoted() -> None:
    """So that the peer's owner can look it up."""
    assert "refused it with HTTP 403 (verify=12): that is its own" in _judged(_answer(403, "verify=12 s_dn=x")).summary


def test_a_disclosure_with_success_is_none() -> None:
    """The peer tells what it saw, and lets us in."""
    seen = handshake(http=_answer(200, '{"verify":"FAILED:certificate has expired"}'))
    assert judge_handshake(seen, CATALOGUE, at=NOW).outcome == Passed()


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
    failure = _judged(_answer(status))
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
    failure = _judged(_answer(503, '{"code": 5023}'))
    assert (failure.reason, failure.code, failure.evidence.observed_code) == ("connector.http_5xx", 5024, 5023)
    assert "It calls that 5023." in failure.summary


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            _answer(503, "no healthy upstream", x_envoy_response_flags="UH"),
            " Envoy says (flags UH): no healthy upstream.",
        ),
        (
            _answer(504, "upstream request timeout", x_flags="not flags at all"),
            " Envoy says: upstream request timeout.",
        ),
        (
            _answer(503, f"{_UPSTREAM} connection termination", response_flags="UC,URX"),
            (
                f" Envoy says (flags UC,URX): {_UPSTREAM} connection termination."
                " An expired client certificate of its own on the next hop looks like this."
            ),
        ),
        (_answer(503, "Service Unavailable", response_flags="UH"), ""),
    ],
)
def test_envoys_own_words_about_its_upstream_are_quoted(answer: HttpAnswer, says: str) -> None:
    """The one fault that it does not explain is the incident's own (measured)."""
    failure = _judged(answer)
    assert failure.reason == "connector.http_5xx"
    assert failure.summary.endswith(f"HTTP {answer.status}.{says}")


def test_a_request_that_is_refused_by_http_is_judged_without_our_files() -> None:
    """The general reason: a handshake will say more."""
    outcome = judge_http(request(answer=NGINX_BAD), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.client_cert.rejected"


UNASKED = tls(client_certificate_requested=False, client_certificate_sent=False)


@pytest.mark.parametrize("answer", [NGINX_NONE, NGINX_BAD, _answer(495), _answer(496)])
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
    ("answer", "facts", "told"),
    [
        (_answer(403, server="Apache/2.4.66"), UNASKED, True),
        (_answer(403, server="Apache"), replace(UNASKED, version="TLSv1.2"), False),
        (_answer(403, server="Apache"), None, False),
        (_answer(404, server="Apache"), UNASKED, False),
        (_answer(403, server="nginx"), UNASKED, False),
        (_answer(403), UNASKED, False),
    ],
)
def test_an_apache_that_wants_a_certificate_for_one_path(
    answer: HttpAnswer,
    facts: TlsFacts | None,
    told: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Under TLS 1.3 it cannot ask us for it any more, and says no more than 403: the likeliest cause is told, and not named as the reason."""
    failure = _judged(answer, **({"tls": facts} if facts else {}))
    assert failure.reason == "connector.http_4xx"
    assert ("`SSLVerifyClient` in a `<Location>`" in failure.summary) == told


@pytest.mark.parametrize(
    ("answer", "facts", "words"),
    [
        (NGINX_NONE, NONE_SENT, "answered HTTP 400 (No required SSL certificate was sent)"),
        (_answer(495), None, "refused it with HTTP 495: "),
        (_answer(403, "client certificate refused (verify=23)"), None, "refused it with HTTP 403 (verify=23): "),
        (
            _answer(403, x_ssl_client_verify="FAILED:certificate revoked"),
            None,
            "HTTP 403 (FAILED:certificate revoked): ",
        ),
    ],
)
def test_the_part_that_says_it_is_quoted(answer: HttpAnswer, facts: TlsFacts | None, words: str) -> None:
    """Never a whole page, and no brackets around nothing."""
    assert words in _judged(answer, **({"tls": facts, "identity": None} if facts else {})).summary


def test_what_a_connector_answers_is_said_with_what_was_asked() -> None:
    """Its own number for it stands where the configuration says."""
    answer = _answer(502, '{"fault": {"number": 5023}}')
    outcome = judge_handshake(handshake(http=answer, identity=IN_DATE), CATALOGUE, at=NOW, error_code_at="fault.number")
    assert isinstance(outcome.outcome, Failed)
    assert outcome.outcome.failure.summary == (
        f"The connector {ENDPOINT} answered /healthz with an error of its own: HTTP 502. It calls that 5023."
    )
    assert f"{ENDPOINT} refuses our request with HTTP 418." in _judged(_answer(418), http_path=None).summary


def test_a_refusal_behind_the_connector_says_how_that_is_known() -> None:
    """Nothing of ours was sent, or the connection stays open."""
    bare = _judged(_answer(495), tls=NONE_SENT, identity=None)
    assert bare.summary == (
        f"HTTP 495 came back from the connector {ENDPOINT} for /healthz, and no client certificate of ours was sent: "
        "it is the connector's own client certificate that is refused, or missing, behind it."
    )
    assert bare.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection, which stays open" in _judged(PASSED_ON).summary
