"""What a peer shows of the verification of a client certificate, in every way that servers and operators write it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.verdicts import DISCLOSURES
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence
from probe.model.outcome import Passed
from probe.model.tls import TlsFacts
from tests.classify.seen import CATALOGUE, EARLY, NOW, SERVER_AUTH, certificate, handshake, identity, tls
from tests.classify.told import EITHER, GATEWAY, GONE, NGINX_BAD, NGINX_NONE, NONE_SENT, OURS, UNASKED, answered, judged

REFUSALS = [
    (answered(body=f'{{"verify":"FAILED:certificate has expired",{OURS}}}'), "tls.client_cert.rejected_as_expired"),
    (answered(body=f'"verify":"FAILED:certificate is not yet valid",{OURS}'), "tls.client_cert.rejected"),
    (answered(body=f'"verify":"FAILED:unsuitable certificate purpose",{OURS}'), "tls.client_cert.rejected"),
    (answered(body=f'"verify":"FAILED:unable to verify the first certificate",{OURS}'), "tls.client_cert.unknown_ca"),
    # The peer's own CRL: never `tls.crl.*`.
    (answered(body=f'"verify":"FAILED:unable to get certificate CRL",{OURS}'), "tls.client_cert.rejected"),
    (answered(body=f'"verify":"FAILED:CRL has expired",{OURS}'), "tls.client_cert.rejected"),
    (answered(403, 'verify=12 s_dn="/CN=billing" notafter=270121185253Z'), "tls.client_cert.rejected"),
    # haproxy's numbers.
    (answered(403, "verify=10 notafter=261120185253Z s_dn=/CN=billing"), "tls.client_cert.rejected_as_expired"),
    (answered(403, "ssl_c_verify=23 ssl_c_serial=4F1C"), "tls.client_cert.revoked"),
    (
        answered(403, "SSL_CLIENT_VERIFY=FAILED:certificate revoked\nSSL_CLIENT_M_SERIAL=4F1C"),
        "tls.client_cert.revoked",
    ),
    (answered(403, "client certificate refused: verify=23 serial=4F1C"), "tls.client_cert.revoked"),
    (answered(403, "<pre>\n  verify=23\n  serial=4F1C</pre>"), "tls.client_cert.revoked"),
    (answered(502, f'"verify":"FAILED:certificate revoked",{OURS}'), "tls.client_cert.revoked"),
    # What no row knows is a refusal all the same.
    (answered(403, "refused: ssl_c_verify=50 ssl_c_serial=4F1C"), "tls.client_cert.rejected"),
    (answered(body=f'"verify":"FAILED:something new",{OURS}'), "tls.client_cert.rejected"),
]


@pytest.mark.parametrize(("answer", "reason"), REFUSALS)
def test_each_refusal_by_http(answer: HttpAnswer, reason: str) -> None:
    """nginx completes the handshake with a bad certificate and says so only here (measured)."""  # noqa: D403 - a name
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == (reason, Confidence.PEER_HTTP)
    assert failure.evidence.http_status == answer.status
    assert "Either" not in failure.summary


def test_nobody_asked_and_everybody_is_told_so() -> None:
    """A server without verification that shows `NONE` has refused nobody."""
    for answer in (answered(403, x_ssl_client_verify="NONE"), answered(404, x_ssl_client_verify="NONE")):
        assert judged(answer, tls=UNASKED).reason == "connector.http_4xx"
    for words in ("Your certificate of origin is on its way.", "A password is required."):
        told = answered(403, words, x_ssl_client_verify="NONE")
        assert judged(told, tls=UNASKED).reason == "connector.http_4xx"
    assert judged(answered(404, x_ssl_client_verify="NONE"), tls=NONE_SENT).reason == "connector.http_4xx"


@pytest.mark.parametrize("facts", [NONE_SENT, UNASKED, tls(session_ticket=True)])
@pytest.mark.parametrize("challenge", ['Basic realm="Stripe"', "Bearer", "Negotiate, Basic"])
def test_a_401_that_asks_for_credentials_is_about_those(challenge: str, facts: TlsFacts) -> None:
    """RFC 9110 15.5.2; the verify result beside it is only mentioned, and nothing of the challenge but its scheme."""
    for answer in (answered(401, '"verify":"NONE"'), answered(401, x_ssl_client_verify="NONE", connection="close")):
        headers = {**answer.headers, "www-authenticate": challenge}
        failure = judged(replace(answer, headers=headers), tls=facts)
        assert (failure.reason, failure.confidence) == ("connector.http_4xx", Confidence.PEER_HTTP)
        scheme = challenge.partition(" ")[0].rstrip(",")
        said = f"It asks for credentials ({scheme}), and says beside it that no client certificate was sent (NONE)."
        assert failure.summary.endswith(said)
    plain = judged(answered(401, www_authenticate=challenge), tls=facts)
    assert (plain.reason, plain.summary.endswith("It asks for credentials (" + scheme + ").")) == (
        "connector.http_4xx",
        True,
    )


def test_a_401_that_asks_for_credentials_may_refuse_our_certificate_all_the_same() -> None:
    """Where it says that it looked at one, and what was wrong with it; and a challenge that is none asks for nothing."""
    answer = answered(401, f'"verify":"{GATEWAY}",{OURS}', www_authenticate="Basic")
    assert judged(answer, identity=GONE).reason == "tls.client_cert.expired"
    odd = answered(401, x_ssl_client_verify="NONE", www_authenticate="=")
    assert judged(odd, identity=None, tls=NONE_SENT).reason == "tls.client_cert.missing"
    other = answered(403, x_ssl_client_verify="NONE", www_authenticate="Basic")  # offers it, and asks for nothing
    refused = judged(other, identity=None, tls=NONE_SENT)
    assert (refused.reason, "credentials" in refused.summary) == ("tls.client_cert.missing", False)


def test_credentials_that_somebody_behind_asks_for() -> None:
    """The connector shows that it has verified ours, and passes on what an application of its own begins its page with."""
    behind = answered(401, "verify=NONE", x_ssl_client_verify="SUCCESS", www_authenticate="Basic")
    failure = judged(behind)
    assert failure.reason == "connector.http_4xx"
    assert "says beside it that no client certificate was sent (NONE)." in failure.summary


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("FAILED:certificate revoked", "revoked"),
        ("FAILED:certificate has expired", "rejected_as_expired"),
        ("FAILED:unable to get local issuer certificate", "unknown_ca"),
        ("FAILED:something new", "rejected"),
    ],
)
@pytest.mark.parametrize(("ends", "how_sure"), [("close", Confidence.PEER_HTTP), ("", Confidence.INFERRED)])
def test_a_verdict_beside_nginxs_page_says_more_than_the_page(
    verdict: str, reason: str, ends: str, how_sure: Confidence
) -> None:
    """`add_header X-SSL-Client-Verify $ssl_client_verify always;` stands beside its page, too (measured, 1.22)."""
    failure = judged(answered(body=NGINX_BAD.body, connection=ends, x_ssl_client_verify=verdict))
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", how_sure)
    assert f"answered HTTP 400 ({verdict})" in failure.summary
    assert failure.summary.endswith(EITHER)


def test_other_local_proofs_behind_a_disclosure() -> None:
    """Not yet valid, wrong usage."""
    early = answered(body='{"verify":"FAILED:certificate is not yet valid"}')
    assert judged(early, identity=identity(certificate(**EARLY))).reason == "tls.client_cert.not_yet_valid"
    purpose = answered(body=f'"verify":"FAILED:unsupported certificate purpose",{OURS}')
    usage = identity(certificate(extended_key_usage=(SERVER_AUTH,)))
    failure = judged(purpose, identity=usage)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.wrong_eku", Confidence.PROVEN)


@pytest.mark.parametrize("row", DISCLOSURES)
def test_every_text_number_and_name_of_openssl_is_a_refusal(row: object) -> None:
    """All ways of writing it mean the same."""
    by_text = judged(answered(body=f'{{"verify":"FAILED:{row.written}",{OURS}}}'))
    by_number = judged(answered(403, f"verify={row.code} s_dn=/CN=billing"))
    by_name = judged(answered(403, f'{{"ssl_c_verify":"X509_V_ERR_{row.name}",{OURS}}}'))
    assert by_text.reason == by_number.reason == by_name.reason
    assert by_text.reason.startswith("tls.client_cert.")


@pytest.mark.parametrize(
    ("told", "reason", "quoted"),
    [
        # haproxy's `lf-string`, in JSON as a number and as a text, and line by line (each measured, 2.6).
        ('{"error":"client certificate refused","ssl_c_verify":23}', "revoked", "ssl_c_verify=23"),
        ('{"ssl_c_verify":10,"ssl_c_used":1}', "rejected_as_expired", "ssl_c_verify=10"),
        ('{"ssl_c_verify": "10", "s_dn":"x"}', "rejected_as_expired", "ssl_c_verify=10"),
        ("ssl_c_verify: 10\nssl_c_s_dn: x", "rejected_as_expired", "ssl_c_verify=10"),
        ("ssl_c_verify=26", "rejected", "ssl_c_verify=26"),
        # haproxy's `x509_v_err_str`.
        ("ssl_c_verify: X509_V_ERR_CERT_REVOKED.", "revoked", "X509_V_ERR_CERT_REVOKED"),
        ('{"verify":"X509_V_ERR_CERT_HAS_EXPIRED"}', "rejected_as_expired", "X509_V_ERR_CERT_HAS_EXPIRED"),
        ("certificate refused (X509_V_ERR_CERT_REVOKED)", "revoked", "X509_V_ERR_CERT_REVOKED"),
        ('{"error":"X509_V_ERR_INVALID_PURPOSE"}', "rejected", "X509_V_ERR_INVALID_PURPOSE"),
        ("ssl_c_verify=X509_V_ERR_EE_KEY_TOO_SMALL", "rejected", "X509_V_ERR_EE_KEY_TOO_SMALL"),
        # Node's `authorizationError`, in a text of its operator's (measured, 18); Kong's plugin.
        ('{"status":"denied","error":"CERT_HAS_EXPIRED"}', "rejected_as_expired", "CERT_HAS_EXPIRED"),
        ('{"authorizationError":"CERT_REVOKED"}', "revoked", "CERT_REVOKED"),
        ('{"code": "UNABLE_TO_VERIFY_LEAF_SIGNATURE"}', "unknown_ca", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        (
            "Sorry, your certificate is not welcome (DEPTH_ZERO_SELF_SIGNED_CERT)",
            "unknown_ca",
            "DEPTH_ZERO_SELF_SIGNED_CERT",
        ),
        ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unknown_ca", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
        ("ssl_client_verify: CERT_NOT_YET_VALID", "rejected", "CERT_NOT_YET_VALID"),
        ('{"error":"CERT_REJECTED"}', "rejected", "CERT_REJECTED"),
        ('{"message":"TLS certificate failed verification"}', "rejected", "TLS certificate failed verification"),
        ("<ssl_c_verify>21</ssl_c_verify>", "unknown_ca", "ssl_c_verify=21"),
        ("ssl_c_err=10 ssl_c_ca_err=0", "rejected_as_expired", "ssl_c_err=10"),
        ("ssl_c_err=0 ssl_c_ca_err=19", "unknown_ca", "ssl_c_ca_err=19"),
        # nginx's and Apache's name with a number, F5's, and what JSON within JSON makes of one.
        ('{"ssl_client_verify": 23}', "revoked", "ssl_client_verify=23"),
        ('{"ssl_client_verify_result": "23"}', "revoked", "ssl_client_verify_result=23"),
        ("SSL_VERIFY_RESULT=10", "rejected_as_expired", "SSL_VERIFY_RESULT=10"),
        ('{"message":"{\\"ssl_c_verify\\":23}"}', "revoked", "ssl_c_verify=23"),
        ("SSL_CLIENT_VERIFY: FAILED:certificate revoked", "revoked", "FAILED:certificate revoked"),
        ("ssl_client_verify = FAILED: certificate revoked", "revoked", "FAILED:certificate revoked"),
        ("SSL_CLIENT_VERIFY=FAILED", "rejected", "FAILED"),
        # `verify` alone: a number says something at the begin of a line, behind words on TLS, or beside a subject.
        ("verify: 23", "revoked", "verify=23"),
        ("Refused.\n verify=23 serial=1", "revoked", "verify=23"),
        ('{"error":"client certificate refused","verify":23}', "revoked", "verify=23"),
        ('{"verify":"23","s_dn":"x"}', "revoked", "verify=23"),
        # Where JSON tells why.
        ('{"error":"FAILED:certificate revoked"}', "revoked", "FAILED:certificate revoked"),
        ('{"status":403,"message": "FAILED:certificate revoked"}', "revoked", "FAILED:certificate revoked"),
    ],
)
def test_a_verdict_in_every_way_of_writing_a_field(told: str, reason: str, quoted: str) -> None:
    """A disclosure of a refused certificate is a failure, however it is written."""
    failure = judged(answered(403, told))
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert f"answered HTTP 403 ({quoted}): " in failure.summary


@pytest.mark.parametrize(
    "name",
    [
        "ssl-client-verify",
        "x-ssl-client-verify",
        "x-client-verify",
        "x-ssl-c-verify",
        "x-tls-client-verify",
        "ssl_client_verify",
        "x-client-cert-verify",
        "x-ssl-client-cert-verify",
        "x-ssl-verify-result",
    ],
)
@pytest.mark.parametrize("value", ["23", '"23"', "FAILED:certificate revoked", "23 (certificate revoked)"])
def test_a_verdict_in_a_header_that_is_called_so(name: str, value: str) -> None:
    """The names that servers and their documentation give it, and no others."""
    assert judged(HttpAnswer(status=403, headers={name: value})).reason == "tls.client_cert.revoked"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-ssl-client-verify-depth", "3"),
        ("x-client-verify-attempts", "10"),
        ("x-client-3ds-verify", "23"),
        ("x-tls-verify-level", "2"),
        ("x-tls-client-verify-ms", "12"),
        ("x-ssl-verify", "2"),
        ("x-ssl-verify-peer", "FAILED:certificate revoked"),
        ("x-client-email-verify", "FAILED:certificate revoked"),
        ("x-ssl-client-verify", "certificate pinned"),
        ("x-ssl-client-verify", "GENEROUS"),
    ],
)
def test_a_header_that_only_sounds_like_one(name: str, value: str) -> None:
    """A depth, a number of attempts, another verification: beside a good verdict, too, as nginx shows both."""
    for beside in ({}, {"x-ssl-client-verify": "SUCCESS"} | {name: value}):
        answer = HttpAnswer(status=403, headers={name: value} | beside)
        assert judged(answer).reason == "connector.http_4xx"


def test_a_header_that_came_twice_shows_each_verdict() -> None:
    """The connector's and that of a gateway behind it."""
    bad = judged(answered(403, x_ssl_client_verify="NONE, FAILED:certificate revoked"))
    assert bad.reason == "tls.client_cert.revoked"


_OF_SOMETHING_ELSE = (
    answered(body='{"error":"invalid","cvc_verify":"FAILED:incorrect cvc"}'),
    answered(403, '{"address_verify":"none"}'),
    answered(403, '{"address_verify":"NONE"}'),
    answered(body='"subject":"CN=tenant-7","cvc_verify":"FAILED:incorrect cvc"'),
    answered(403, "email_verify FAILED:expired"),
    answered(403, "webhook delivery FAILED:certificate has expired at partner.example"),
    answered(403, "webhook delivery: X509_V_ERR_CERT_HAS_EXPIRED at partner.example"),
    answered(403, "webhook delivery: CERT_HAS_EXPIRED at partner.example"),
    answered(403, '{"error":"CERT_HAS_EXPIRED_LATELY"}'),
    answered(403, '{"gift":"CERT_REVOKED"}'),
    answered(body="signature verify=21 steps; bad certificate field"),
    answered(401, '{"verify":"FAILED:token has expired"}', www_authenticate="Bearer"),
    answered(403, "verify: 10 digits of your card"),
    answered(403, '{"verify":23,"order":7}'),
    answered(403, '{"verify":"FAILED"}'),
    answered(403, '{"build":"FAILED:certificate has expired"}'),
    answered(403, '{"error":"FAILED:wrong code"}'),
    answered(403, "see /page?ssl_c_verify=10"),
    answered(403, '{"ssl_c_verify":10.5}'),
    answered(403, "ssl_c_err=0"),
)
"""Verdicts of an application's own, on something that is no client certificate of anybody's."""


@pytest.mark.parametrize(
    "answer",
    [
        answered(400, "Bad Request"),
        answered(404, "build FAILED:something else"),
        answered(404, "FAILED:something else"),
        answered(400, "could not verify the signature FAILED:wrong digest"),
        answered(404, "see /page?verify=10"),
        answered(404, "Not found. Please verify=10 the address."),
        answered(403, "verify=0"),
        answered(403, x_client_verify="1"),
        answered(403, x_client_verify="429"),
        answered(404, "The SSL certificate error"),
        answered(404, "No required SSL certificate was sent"),
        answered(403, x_ssl_client_verify="SUCCESS"),
        answered(
            403, "<>" * 1000 + "delivery FAILED:certificate revoked"
        ),  # a pattern that tries every split never ends
        *_OF_SOMETHING_ELSE,
        *(replace(each, headers={"x-ssl-client-verify": "SUCCESS"}) for each in _OF_SOMETHING_ELSE),
    ],
)
@pytest.mark.parametrize("facts", [tls(session_ticket=True), UNASKED])
def test_what_is_no_refusal_of_our_certificate(answer: HttpAnswer, facts: TlsFacts) -> None:
    """The status alone decides then."""
    assert judged(answer, tls=facts).reason == "connector.http_4xx"


@pytest.mark.parametrize("answer", [answered(403, '{"verify":"NONE"}'), answered(403, x_ssl_client_verify="NONE")])
@pytest.mark.parametrize("ends", ["close", "keep-alive"])
def test_none_is_not_said_of_one_that_was_sent(answer: HttpAnswer, ends: str) -> None:
    """Whoever shows it has not seen our connection: what he turns away need not be a certificate."""
    told = replace(answer, headers={**answer.headers, "connection": ends})
    assert judged(told, tls=tls(session_ticket=True)).reason == "connector.http_4xx"


@pytest.mark.parametrize(
    "told",
    [
        "FAILED:certificate revoked",
        "<h1>FAILED:certificate revoked</h1>",
        "Not allowed here.\nFAILED:certificate revoked",
        "SSL error: FAILED:certificate revoked",
        "client_verify=FAILED:certificate revoked",
        '{"tls-verify": "FAILED:certificate revoked"}',
    ],
)
def test_a_verify_result_however_an_operator_shows_it(told: str) -> None:
    """Alone, behind words on TLS, or in a field that promises it."""
    assert judged(answered(403, told)).reason == "tls.client_cert.revoked"


@pytest.mark.parametrize(
    "said", ["FAILED:CRL has expired", "FAILED:unable to get certificate CRL", "FAILED:CRL is not yet valid"]
)
def test_a_peers_own_revocation_list_is_its_owners_affair(said: str) -> None:
    """Never `tls.crl.…`, which is ours; and the text says whose it is."""
    failure = judged(answered(body=f'{{"verify":"{said}",{OURS}}}'))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.PEER_HTTP)
    assert f"HTTP 400 ({said}): that is its own revocation list" in failure.summary
    gone = judged(answered(body=f'{{"verify":"{said}",{OURS}}}'), identity=GONE)
    assert (gone.reason, gone.also) == ("tls.client_cert.rejected", ("tls.client_cert.expired",))
    assert gone.summary.endswith("Our certificate has expired all the same: renew it too.")


def test_haproxys_number_is_quoted() -> None:
    """So that the peer's owner can look it up."""
    told = judged(answered(403, "verify=12 s_dn=/CN=billing")).summary
    assert "refused it with HTTP 403 (verify=12): that is its own" in told


def test_a_disclosure_with_success_is_none() -> None:
    """The peer tells what it saw, and lets us in."""
    seen = handshake(http=answered(200, '{"verify":"FAILED:certificate has expired"}'))
    assert judge_handshake(seen, CATALOGUE, at=NOW).outcome == Passed()


@pytest.mark.parametrize(
    "answer",
    [
        answered(200, "why", x_ssl_client_verify="FAILED:certificate has expired"),
        answered(200, '{"ssl_client_verify":"FAILED:certificate has expired"}'),
        answered(404, "not found", x_ssl_client_verify="FAILED:certificate has expired"),
    ],
)
def test_a_refusal_that_an_answer_shows_is_no_acceptance(answer: HttpAnswer) -> None:
    """`error_page 495 =200 /why` passes, and the warning says what was shown (measured, nginx)."""
    judged_so = judge_handshake(handshake(http=answer, identity=GONE), CATALOGUE, at=NOW, any_answer=True)
    assert judged_so.outcome == Passed()
    warning = next(one for one in judged_so.warnings if one.reason == "certificate.expired")
    assert f"HTTP {answer.status} (FAILED:certificate has expired): that shows a refusal" in warning.summary
    assert "certificate.expired_but_accepted" not in [one.reason for one in judged_so.warnings]


@pytest.mark.parametrize(
    "told",
    [
        "<tr><td>ssl_c_verify</td><td>23</td></tr>",
        "<td>ssl_client_verify</td> <td class='x'>FAILED:certificate revoked</td>",
        "ssl_c_verify 23",
        "ssl_c_verify => 23",
        "| ssl_c_verify | 23 |",
        "subject: CN=billing - FAILED:certificate revoked",
    ],
)
def test_a_verify_result_in_a_table_or_behind_a_subject(told: str) -> None:
    """Where the field's name is one of servers, anything that sets its value apart will do (measured, haproxy)."""
    failure = judged(answered(403, told))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)


@pytest.mark.parametrize(
    ("answer", "facts", "words"),
    [
        (NGINX_NONE, NONE_SENT, "answered HTTP 400 (No required SSL certificate was sent)"),
        (answered(495), None, "answered HTTP 495: "),
        (answered(495, "serial=4F1C"), None, "refused it with HTTP 495: "),
        (answered(403, "client certificate refused (verify=23)"), None, "answered HTTP 403 (verify=23): "),
        (
            answered(403, x_ssl_client_verify="FAILED:certificate revoked"),
            None,
            "HTTP 403 (FAILED:certificate revoked): ",
        ),
        (
            answered(403, "verify=FAILED:unable to verify the first certificate CN=x serial=4F1C"),
            None,
            "HTTP 403 (FAILED:unable to verify the first certificate): ",
        ),
        (answered(403, "verify: FAILED:certificate revoked for CN x"), None, "HTTP 403 (FAILED:certificate revoked): "),
        (
            answered(403, "see the log", x_ssl_client_verify="FAILED:something new", x_more="of it"),
            None,
            "HTTP 403 (FAILED:something new): ",
        ),
        # What a front has verified stands in its header, what it passes on begins the text.
        (
            answered(403, GATEWAY, x_ssl_client_verify="SUCCESS"),
            None,
            "HTTP 403 (FAILED:certificate has expired): ",
        ),
        (
            answered(403, "Refused.\nSSL login\nverify: FAILED:something new", x_ssl_client_verify="SUCCESS"),
            None,
            "HTTP 403 (FAILED:something new): ",
        ),
        (answered(403, "verify=FAILED:something new s_dn=x"), None, "HTTP 403 (FAILED:something new): "),
    ],
)
def test_the_part_that_says_it_is_quoted(answer: HttpAnswer, facts: TlsFacts | None, words: str) -> None:
    """Never a whole page, and no brackets around nothing."""
    assert words in judged(answer, **({"tls": facts, "identity": None} if facts else {})).summary
