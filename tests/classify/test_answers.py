"""Every row of the rules for the connector's own HTTP answers."""

from dataclasses import replace

import pytest

from probe.classify.answers import observed_code, says_the_way
from probe.classify.disclosures import DISCLOSURES
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
UNASKED = tls(client_certificate_requested=False, client_certificate_sent=False)
_EITHER = "Either the connector itself has written that, of ours, or somebody behind it has, of the connector's own certificate."
_WANTS = (
    "Either the connector itself wants ours, or somebody behind it has written that, and misses the connector's own."
)
_SHOWS_NONE = (
    "Either the connector itself wants ours, or it refuses for another cause and says that beside it, or somebody behind it "
    "misses the connector's own."
)
NONE_SENT = tls(session_ticket=True, client_certificate_sent=False)


def _judged(answer: HttpAnswer, **changes: object) -> Failure:
    seen = handshake(**({"http": answer, "identity": IN_DATE} | changes))
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def _answer(status: int = 400, body: str = "", **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, body=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


OURS = '"s_dn":"CN=billing"'
"""How nginx names the certificate that it has looked at."""
_GATEWAY = "FAILED:certificate has expired"
NGINX_NONE = _answer(body="<center>No required SSL certificate was sent</center>", connection="close")
NGINX_BAD = _answer(body="<center>The SSL certificate error</center>", connection="close")
PASSED_ON = _answer(body=NGINX_BAD.body, connection="keep-alive")
MAYBE_PASSED_ON = _answer(body=NGINX_BAD.body)

_UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason:"

REFUSALS = [
    (
        _answer(body=f'{{"verify":"FAILED:certificate has expired",{OURS}}}'),
        IN_DATE,
        None,
        "tls.client_cert.rejected_as_expired",
    ),
    (
        _answer(403, ssl_client_verify="FAILED:certificate revoked", ssl_client_s_dn="CN=billing"),
        IN_DATE,
        None,
        "tls.client_cert.revoked",
    ),
    (_answer(body=f'"verify":"FAILED:certificate is not yet valid",{OURS}'), IN_DATE, None, "tls.client_cert.rejected"),
    (
        _answer(body=f'"verify":"FAILED:unsuitable certificate purpose",{OURS}'),
        IN_DATE,
        None,
        "tls.client_cert.rejected",
    ),
    (
        _answer(body=f'"verify":"FAILED:unable to verify the first certificate",{OURS}'),
        IN_DATE,
        None,
        "tls.client_cert.unknown_ca",
    ),
    # The peer's own CRL: never `tls.crl.*`.
    (
        _answer(body=f'"verify":"FAILED:unable to get certificate CRL",{OURS}'),
        IN_DATE,
        None,
        "tls.client_cert.rejected",
    ),
    (_answer(body=f'"verify":"FAILED:CRL has expired",{OURS}'), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(403, 'verify=12 s_dn="/CN=billing" notafter=270121185253Z'), IN_DATE, None, "tls.client_cert.rejected"),
    # haproxy's numbers.
    (
        _answer(403, "verify=10 notafter=261120185253Z s_dn=/CN=billing"),
        IN_DATE,
        None,
        "tls.client_cert.rejected_as_expired",
    ),
    (_answer(403, "ssl_c_verify=23 serial=4F1C"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "refused: ssl_c_verify=23 serial=4F1C"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "client certificate refused: verify=23 serial=4F1C"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, "<pre>\n  verify=23\n  serial=4F1C</pre>"), IN_DATE, None, "tls.client_cert.revoked"),
    (_answer(403, x_client_verify="21", x_client_s_dn="CN=billing"), IN_DATE, None, "tls.client_cert.unknown_ca"),
    (_answer(502, f'"verify":"FAILED:certificate revoked",{OURS}'), IN_DATE, None, "tls.client_cert.revoked"),
    # What no row knows is a refusal all the same.
    (_answer(403, "ssl_c_verify=50 serial=4F1C"), IN_DATE, None, "tls.client_cert.rejected"),
    (_answer(body=f'"verify":"FAILED:something new",{OURS}'), IN_DATE, None, "tls.client_cert.rejected"),
]


@pytest.mark.parametrize(("answer", "own", "facts", "reason"), REFUSALS)
def test_each_refusal_by_http(answer: HttpAnswer, own: object, facts: TlsFacts | None, reason: str) -> None:
    """nginx completes the handshake with a bad certificate and says so only here (measured)."""  # noqa: D403 - a name
    failure = _judged(answer, identity=own, **({"tls": facts} if facts else {}))
    assert (failure.reason, failure.confidence) == (reason, Confidence.PEER_HTTP)
    assert failure.evidence.http_status == answer.status
    assert "Either" not in failure.summary


@pytest.mark.parametrize(
    ("answer", "confidence"),
    [
        (NGINX_BAD, Confidence.PEER_HTTP),
        (_answer(body=NGINX_BAD.body), Confidence.INFERRED),
        (_answer(495), Confidence.INFERRED),
        (_answer(495, connection="close"), Confidence.PEER_HTTP),
    ],
)
def test_a_refusal_that_does_not_say_whose(answer: HttpAnswer, confidence: Confidence) -> None:
    """A faultless certificate of ours: the connector may mean it, or have passed on what is said of its own. No more is claimed."""
    failure = _judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", confidence)
    assert f"answered HTTP {answer.status}" in failure.summary
    assert failure.summary.endswith(_EITHER)
    assert "refused it" not in failure.summary


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_answer(403, '{"verify":"FAILED:certificate has expired"}'), "rejected_as_expired"),
        (_answer(403, '{"verify":"FAILED:certificate revoked"}'), "revoked"),
        (_answer(403, '{"verify":"FAILED:unable to verify the first certificate"}'), "unknown_ca"),
        (_answer(403, "verify=23 s_dn=x"), "revoked"),
        (_answer(403, "ssl_c_verify=10"), "rejected_as_expired"),
        (_answer(403, x_ssl_client_verify="FAILED:certificate revoked"), "revoked"),
        (_answer(403, "ssl_c_verify=50"), "rejected"),
    ],
)
def test_a_verdict_that_does_not_say_whose(answer: HttpAnswer, reason: str) -> None:
    """Operators show nginx's `$ssl_client_verify` and haproxy's `ssl_c_verify` alone: what it says is told, with both possibilities in words."""
    failure = _judged(answer)
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert failure.summary.endswith(_EITHER)
    ended = _judged(replace(answer, headers={**answer.headers, "connection": "close"}))
    assert (ended.reason, ended.confidence) == (f"tls.client_cert.{reason}", Confidence.PEER_HTTP)
    assert ended.summary.endswith(_EITHER)


def test_another_certificate_than_ours() -> None:
    """A gateway behind the connector names the one that it refuses (measured, nginx in front of nginx)."""
    body = '{"verify":"FAILED:certificate has expired","s_dn":"CN=envoy,O=Lab"}'
    for own in (IN_DATE, GONE):
        failure = _judged(_answer(body=body, connection="close"), identity=own)
        assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
        assert "it names another certificate than ours (CN=envoy,O=Lab)" in failure.summary


@pytest.mark.parametrize(
    "answer",
    [
        _answer(502, '{"message":"tls: verify FAILED:certificate has expired for partner gateway"}'),
        _answer(502, '{"error":"upstream","detail":"verify=10 certificate of gateway"}'),
        _answer(503, '{"verify":"FAILED:certificate has expired","s_dn":"CN=envoy"}'),
        _answer(503, x_ssl_client_verify="NONE"),
        _answer(502, '{"error":"bad gateway","ssl_verify":"NONE"}', connection="close"),
    ],
)
@pytest.mark.parametrize("sent", [True, False])
def test_a_trouble_of_its_own_is_no_refusal(answer: HttpAnswer, sent: bool) -> None:  # noqa: FBT001 - a table's column
    """A 5xx is not how one is turned away, whatever verify result it quotes or shows beside it."""
    failure = _judged(answer, tls=tls(session_ticket=True) if sent else NONE_SENT)
    assert failure.reason == "connector.http_5xx"


@pytest.mark.parametrize("status", [402, 404, 405, 409, 410, 422, 429])
@pytest.mark.parametrize(
    "told",
    [
        _answer(body=f'{{"verify":"{_GATEWAY}",{OURS}}}', connection="close"),
        _answer(body=f'{{"verify":"{_GATEWAY}","s_dn":"CN=envoy"}}'),
        _answer(x_ssl_client_verify=_GATEWAY),
        _answer(body="verify=10 s_dn=/CN=billing"),
    ],
)
@pytest.mark.parametrize("own", [IN_DATE, GONE])
def test_a_status_that_turns_nobody_away(status: int, told: HttpAnswer, own: object) -> None:
    """A connector that shows its verify result with every answer shows it with these too."""
    assert _judged(replace(told, status=status), identity=own).reason == "connector.http_4xx"


def test_nobody_asked_and_everybody_is_told_so() -> None:
    """A server without verification that shows `NONE` has refused nobody."""
    for answer in (_answer(403, x_ssl_client_verify="NONE"), _answer(404, x_ssl_client_verify="NONE")):
        assert _judged(answer, tls=UNASKED).reason == "connector.http_4xx"
    assert _judged(_answer(404, x_ssl_client_verify="NONE"), tls=NONE_SENT).reason == "connector.http_4xx"


@pytest.mark.parametrize("ends", ["close", "keep-alive", ""])
@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (_answer(body="No required SSL certificate was sent"), _WANTS),
        (_answer(body="The SSL certificate error"), _WANTS),
        (_answer(495), _WANTS),
        (_answer(496), _WANTS),
        (_answer(body='{"verify":"NONE","s_dn":""}'), _SHOWS_NONE),
        (_answer(403, x_ssl_client_verify="NONE"), _SHOWS_NONE),
        (_answer(401, x_ssl_client_verify="NONE"), _SHOWS_NONE),
    ],
)
def test_asked_for_one_and_sent_none(answer: HttpAnswer, doubt: str, ends: str) -> None:
    """That none was sent explains it, where a certificate is not optional and the answer a gateway's (measured, nginx in front of nginx)."""
    told = replace(answer, headers={**answer.headers, "connection": ends})
    failure = _judged(told, identity=None, tls=NONE_SENT)
    its_own = ends == "close" and answer.status != 495 and not answer.body.startswith("The SSL")
    how_sure = Confidence.PEER_HTTP if its_own else Confidence.INFERRED
    assert (failure.reason, failure.confidence) == ("tls.client_cert.missing", how_sure)
    assert failure.evidence.http_status == answer.status
    assert failure.summary.endswith(doubt)


@pytest.mark.parametrize(
    ("answer", "blame", "how_sure"),
    [
        (NGINX_NONE, Blame.OURS, Confidence.PEER_HTTP),
        (_answer(body=NGINX_NONE.body), Blame.UNKNOWN, Confidence.INFERRED),
        (_answer(496), Blame.OURS, Confidence.INFERRED),
    ],
)
def test_nginxs_page_is_missing_wherever_it_does_not_stay_open(
    answer: HttpAnswer, blame: Blame, how_sure: Confidence
) -> None:
    """As nginx itself ends it, or without a word on that, as haproxy passes it on: then nobody is blamed."""
    failure = _judged(answer, identity=None, tls=NONE_SENT)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.missing", how_sure)
    assert (failure.blame, failure.summary.endswith(_WANTS)) == (blame, True)


@pytest.mark.parametrize("facts", [NONE_SENT, UNASKED, tls(session_ticket=True)])
@pytest.mark.parametrize("challenge", ['Basic realm="Stripe"', "Bearer", "Negotiate, Basic"])
def test_a_401_that_asks_for_credentials_is_about_those(challenge: str, facts: TlsFacts) -> None:
    """RFC 9110 15.5.2; the verify result beside it is only mentioned, and nothing of the challenge but its scheme."""
    for answer in (_answer(401, '"verify":"NONE"'), _answer(401, x_ssl_client_verify="NONE", connection="close")):
        headers = {**answer.headers, "www-authenticate": challenge}
        failure = _judged(replace(answer, headers=headers), tls=facts)
        assert (failure.reason, failure.confidence) == ("connector.http_4xx", Confidence.PEER_HTTP)
        scheme = challenge.partition(" ")[0].rstrip(",")
        said = f"It asks for credentials ({scheme}), and says beside it that no client certificate was sent (NONE)."
        assert failure.summary.endswith(said)
    plain = _judged(_answer(401, www_authenticate=challenge), tls=facts)
    assert (plain.reason, plain.summary.endswith("It asks for credentials (" + scheme + ").")) == (
        "connector.http_4xx",
        True,
    )


def test_a_401_that_asks_for_credentials_may_refuse_our_certificate_all_the_same() -> None:
    """Where it says that it looked at one, and what was wrong with it; and a challenge that is none asks for nothing."""
    answer = _answer(401, f'"verify":"{_GATEWAY}",{OURS}', www_authenticate="Basic")
    assert _judged(answer, identity=GONE).reason == "tls.client_cert.expired"
    odd = _answer(401, x_ssl_client_verify="NONE", www_authenticate="=")
    assert _judged(odd, identity=None, tls=NONE_SENT).reason == "tls.client_cert.missing"


@pytest.mark.parametrize("answer", [NGINX_NONE, NGINX_BAD])
def test_nobody_asked_and_no_site_was_named(answer: HttpAnswer) -> None:
    """Without SNI nginx asks as its default site does, and refuses as the site of the request (measured)."""
    at = replace(ENDPOINT, server_name="127.0.0.1")
    failure = _judged(answer, endpoint=at, tls=UNASKED)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "which named no site (no SNI)" in failure.summary
    assert _judged(_answer(495), endpoint=at, tls=UNASKED).reason == "connector.identity_refused"


@pytest.mark.parametrize(
    "answer",
    [
        NGINX_BAD,
        _answer(495, connection="close"),
        _answer(body='"verify":"FAILED:certificate has expired"', connection="close"),
        _answer(body=f'"verify":"FAILED:certificate has expired",{OURS}'),
    ],
)
def test_our_own_dates_prove_what_http_only_hints_at(answer: HttpAnswer) -> None:
    """The page says "error", the file says since when."""
    failure = _judged(answer, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    assert f"HTTP {answer.status}" in failure.summary


FOREIGN = tls(session_ticket=True, acceptable_cas=("CN=Another",))
_SIGNED = "<center>The SSL certificate error</center>\r\n<hr><center>nginx/1.22.1</center>"


@pytest.mark.parametrize(
    ("own", "facts", "reason"),
    [
        (identity(certificate(extended_key_usage=(SERVER_AUTH,))), None, "wrong_eku"),
        (identity(certificate(), issuer(**EXPIRED)), tls(acceptable_cas=("CN=Root",)), "chain_expired"),
        (identity(certificate(self_issued=True, issuer="CN=billing")), FOREIGN, "unknown_ca"),
    ],
)
def test_a_fault_in_our_own_files_explains_a_page_that_ends_as_nginxs_own(
    own: object, facts: TlsFacts | None, reason: str
) -> None:
    """Inferred, and with the other possibility in words; where it shows that it was passed on, the reason stays general."""
    more = {"tls": facts} if facts else {}
    failure = _judged(NGINX_BAD, identity=own, **more)
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert failure.summary.endswith(_EITHER)
    for answer in (
        MAYBE_PASSED_ON,
        _answer(body=_SIGNED, connection="close", via="1.1 edge"),
        _answer(body=_SIGNED, connection="close", server="envoy"),
        _answer(body=_SIGNED, connection="close", server="nginx"),
        _answer(body=_SIGNED, connection="close", server="nginx/1.24.0", date="now"),
        _answer(body=_SIGNED, connection="close", date="now", server="nginx/1.22.1"),
    ):
        general = _judged(answer, identity=own, **more)
        assert general.reason == "tls.client_cert.rejected"
        assert general.confidence in {Confidence.INFERRED, Confidence.PEER_HTTP}
        assert general.summary.endswith(_EITHER)
    signed = _answer(body=_SIGNED, connection="close", server="nginx/1.22.1", date="now")
    assert _judged(signed, identity=own, **more).reason == f"tls.client_cert.{reason}"


def test_what_it_says_of_a_ca_is_told_and_blames_nobody_where_it_may_have_been_passed_on() -> None:
    """Its own list agrees, so it may well be ours."""
    said = '"verify":"FAILED:unable to verify the first certificate"'
    ended = _answer(body=said, connection="close")
    assert _judged(ended, tls=FOREIGN).reason == "tls.client_cert.unknown_ca"
    open_ended = _judged(_answer(body=said), tls=FOREIGN)
    assert (open_ended.reason, open_ended.confidence) == ("tls.client_cert.unknown_ca", Confidence.INFERRED)
    assert (open_ended.blame, open_ended.summary.endswith(_EITHER)) == (Blame.UNKNOWN, True)


def test_a_page_of_nginxs_that_may_have_been_passed_on_proves_nothing_of_our_certificate() -> None:
    """A haproxy that lets an expired one in hands over the page of a gateway that refuses its own, without `Connection: close` (measured)."""
    failure = _judged(MAYBE_PASSED_ON, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.summary.endswith(_EITHER)


def test_nginx_says_that_none_was_sent_although_one_was() -> None:
    """So it speaks of another connection than ours."""
    failure = _judged(NGINX_NONE, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.summary.endswith(_EITHER)
    in_date = _judged(NGINX_NONE)
    assert (in_date.reason, in_date.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)


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


@pytest.mark.parametrize("words", ["The SSL certificate error", '{"error":"No required SSL certificate was sent"}'])
def test_the_words_of_nginxs_page_alone_name_nobody(words: str) -> None:
    """Anybody may write them, on a connection that stays open too: the connector's own application for one."""
    answer = _answer(body=words, connection="keep-alive")
    sent, missed = _judged(answer), _judged(answer, identity=None, tls=NONE_SENT)
    assert (sent.reason, missed.reason) == ("tls.client_cert.rejected", "tls.client_cert.missing")
    for failure, doubt in ((sent, _EITHER), (missed, _WANTS)):
        assert failure.confidence == Confidence.INFERRED
        assert failure.summary.endswith(doubt)


@pytest.mark.parametrize(
    "answer",
    [
        _answer(body=f'{{"verify":"{_GATEWAY}"}}', x_ssl_client_verify="SUCCESS", connection="close"),
        _answer(body=f"verify: {_GATEWAY}", x_ssl_client_verify="SUCCESS", x_ssl_client_s_dn="CN=billing"),
        _answer(body=f'{{"verify":"SUCCESS",{OURS},"upstream":{{"verify":"{_GATEWAY}","s_dn":"CN=envoy"}}}}'),
        _answer(403, f"verify: SUCCESS serial: 4F1C\nfrom upstream: {_GATEWAY} verify={_GATEWAY}"),
        _answer(403, "verify=10", x_client_verify="0", x_client_s_dn="CN=billing"),
        _answer(403, '"verify":"NONE"', x_ssl_client_verify="SUCCESS"),
        _answer(body=NGINX_BAD.body, x_ssl_client_verify="SUCCESS", connection="close"),
        _answer(495, x_ssl_client_verify="SUCCESS", x_ssl_client_serial="4F1C"),
    ],
)
@pytest.mark.parametrize("own", [IN_DATE, GONE])
def test_a_refusal_beside_a_good_verdict_on_ours_is_of_another(answer: HttpAnswer, own: object) -> None:
    """The connector has let ours in and shows that; who stands behind it refuses the connector's."""
    failure = _judged(answer, identity=own)
    assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
    assert "it shows beside it that ours was verified and is good" in failure.summary
    assert "refused it" not in failure.summary


def test_a_good_verdict_on_nobody_in_particular() -> None:
    """In the text it may be about anything, and a header of the connector's own goes before it; a 5xx is trouble all the same."""
    bare = _judged(_answer(403, f'{{"verify":"SUCCESS","client_verify":"{_GATEWAY}"}}'))
    assert bare.reason == "tls.client_cert.rejected_as_expired"
    header = _answer(403, f"verify: SUCCESS {OURS}", ssl_client_verify=_GATEWAY)
    assert _judged(header).reason == "tls.client_cert.rejected_as_expired"
    signature = _answer(403, f'{{"signature_verify":"SUCCESS","verify":"{_GATEWAY}",{OURS}}}')
    assert _judged(signature).reason == "tls.client_cert.rejected_as_expired"
    trouble = _answer(502, _GATEWAY, x_ssl_client_verify="SUCCESS", x_ssl_client_s_dn="CN=billing")
    assert _judged(trouble).reason == "connector.http_5xx"


def test_other_local_proofs_behind_a_disclosure() -> None:
    """Not yet valid, wrong usage."""
    early = _answer(body='{"verify":"FAILED:certificate is not yet valid"}')
    assert _judged(early, identity=identity(certificate(**EARLY))).reason == "tls.client_cert.not_yet_valid"
    purpose = _answer(body=f'"verify":"FAILED:unsupported certificate purpose",{OURS}')
    usage = identity(certificate(extended_key_usage=(SERVER_AUTH,)))
    failure = _judged(purpose, identity=usage)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.wrong_eku", Confidence.PROVEN)


@pytest.mark.parametrize("row", DISCLOSURES)
def test_every_text_and_number_of_openssl_is_a_refusal(row: object) -> None:
    """Both ways of writing it mean the same."""
    by_text = _judged(_answer(body=f'{{"verify":"FAILED:{row.written}",{OURS}}}'))
    by_number = _judged(_answer(403, f"verify={row.code} s_dn=/CN=billing"))
    assert by_text.reason == by_number.reason
    assert by_text.reason.startswith("tls.client_cert.")


_OF_SOMETHING_ELSE = (
    _answer(body='{"error":"invalid","cvc_verify":"FAILED:incorrect cvc"}'),
    _answer(403, '{"address_verify":"none"}'),
    _answer(403, '{"address_verify":"NONE"}'),
    _answer(body='"subject":"CN=tenant-7","cvc_verify":"FAILED:incorrect cvc"'),
    _answer(403, "email_verify FAILED:expired"),
    _answer(403, "webhook delivery FAILED:certificate has expired at partner.example"),
    _answer(body="signature verify=21 steps; bad certificate field"),
    _answer(401, '{"verify":"FAILED:token has expired"}', www_authenticate="Bearer"),
)
"""Verdicts of an application's own, on something that is no client certificate of anybody's."""


@pytest.mark.parametrize(
    "answer",
    [
        _answer(400, "Bad Request"),
        _answer(404, "build FAILED:something else"),
        _answer(404, "FAILED:something else"),
        _answer(400, "could not verify the signature FAILED:wrong digest"),
        _answer(404, "see /page?verify=10"),
        _answer(404, "Not found. Please verify=10 the address."),
        _answer(403, "verify=0"),
        _answer(403, x_client_verify="1"),
        _answer(403, x_client_verify="429"),
        _answer(404, "The SSL certificate error"),
        _answer(404, "No required SSL certificate was sent"),
        _answer(403, x_ssl_client_verify="SUCCESS"),
        _answer(
            403, "<>" * 1000 + "delivery FAILED:certificate revoked"
        ),  # a pattern that tries every split never ends
        *_OF_SOMETHING_ELSE,
        *(replace(each, headers={"x-ssl-client-verify": "SUCCESS"}) for each in _OF_SOMETHING_ELSE),
    ],
)
@pytest.mark.parametrize("facts", [tls(session_ticket=True), UNASKED])
def test_what_is_no_refusal_of_our_certificate(answer: HttpAnswer, facts: TlsFacts) -> None:
    """The status alone decides then."""
    assert _judged(answer, tls=facts).reason == "connector.http_4xx"


@pytest.mark.parametrize("answer", [_answer(403, '{"verify":"NONE"}'), _answer(403, x_ssl_client_verify="NONE")])
@pytest.mark.parametrize("ends", ["close", "keep-alive"])
def test_none_is_not_said_of_one_that_was_sent(answer: HttpAnswer, ends: str) -> None:
    """Whoever shows it has not seen our connection: what he turns away need not be a certificate."""
    told = replace(answer, headers={**answer.headers, "connection": ends})
    assert _judged(told, tls=tls(session_ticket=True)).reason == "connector.http_4xx"


@pytest.mark.parametrize(
    "told",
    [
        "FAILED:certificate revoked",
        "<h1>FAILED:certificate revoked</h1>",
        "SSL error: FAILED:certificate revoked",
        "client_verify=FAILED:certificate revoked",
        '{"tls-verify": "FAILED:certificate revoked"}',
    ],
)
def test_a_verify_result_however_an_operator_shows_it(told: str) -> None:
    """Alone, behind words on TLS, or in a field that promises it."""
    assert _judged(_answer(403, told)).reason == "tls.client_cert.revoked"


def test_a_refusal_of_what_was_never_sent() -> None:
    """It was not ours: a hop behind speaks of its own."""
    failure = _judged(_answer(403, '"verify":"FAILED:certificate has expired"'), tls=NONE_SENT)
    assert (failure.reason, failure.also) == ("connector.identity_refused", ("connector.http_4xx",))


@pytest.mark.parametrize(
    "said", ["FAILED:CRL has expired", "FAILED:unable to get certificate CRL", "FAILED:CRL is not yet valid"]
)
def test_a_peers_own_revocation_list_is_its_owners_affair(said: str) -> None:
    """Never `tls.crl.…`, which is ours; and the text says whose it is."""
    failure = _judged(_answer(body=f'{{"verify":"{said}",{OURS}}}'))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.PEER_HTTP)
    assert f"HTTP 400 ({said}): that is its own revocation list" in failure.summary
    gone = _judged(_answer(body=f'{{"verify":"{said}",{OURS}}}'), identity=GONE)
    assert (gone.reason, gone.also) == ("tls.client_cert.rejected", ("tls.client_cert.expired",))
    assert gone.summary.endswith("Our certificate has expired all the same: renew it too.")


def test_haproxys_number_is_quoted() -> None:
    """So that the peer's owner can look it up."""
    told = _judged(_answer(403, "verify=12 s_dn=/CN=billing")).summary
    assert "refused it with HTTP 403 (verify=12): that is its own" in told


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
    failure = _judged(
        HttpAnswer(status=503, body='{"code": 5023}'), identity=identity(certificate(), issuer(**EXPIRED)), tls=facts
    )
    reasons = ("tls.client_cert.chain_expired", "connector.http_5xx")
    assert (failure.reason, failure.also) == ((reasons[0], reasons[1:]) if explains else (reasons[1], reasons[:1]))


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
        (_answer(495), None, "answered HTTP 495: "),
        (_answer(495, "serial=4F1C"), None, "refused it with HTTP 495: "),
        (_answer(403, "client certificate refused (verify=23)"), None, "answered HTTP 403 (verify=23): "),
        (
            _answer(403, x_ssl_client_verify="FAILED:certificate revoked"),
            None,
            "HTTP 403 (FAILED:certificate revoked): ",
        ),
        (
            _answer(403, "verify=FAILED:unable to verify the first certificate CN=x serial=4F1C"),
            None,
            "HTTP 403 (FAILED:unable to verify the first certificate): ",
        ),
        (_answer(403, "verify: FAILED:certificate revoked for CN x"), None, "HTTP 403 (FAILED:certificate revoked): "),
        (
            _answer(403, "see the log", x_ssl_client_verify="FAILED:something new", x_more="of it"),
            None,
            "HTTP 403 (FAILED:something new): ",
        ),
        (_answer(403, "verify=FAILED:something new s_dn=x"), None, "HTTP 403 (FAILED:something new): "),
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
    bare = _judged(_answer(495), tls=UNASKED, identity=None)
    assert bare.summary == (
        f"HTTP 495 came back from the connector {ENDPOINT} for /healthz, and no client certificate of ours was sent: "
        "it is the connector's own client certificate that is refused, or missing, behind it."
    )
    assert bare.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection, which stays open" in _judged(PASSED_ON).summary
