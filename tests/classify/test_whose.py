"""Whose certificate an HTTP answer refuses, how sure that is, and what is said of it."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.failure import Blame, Confidence, Hop
from probe.model.observation import HttpAnswer, IdentityFacts, TlsFacts
from probe.model.outcome import Failed
from tests.classify.seen import (
    CATALOGUE,
    EARLY,
    ENDPOINT,
    EXPIRED,
    NOTHING,
    NOW,
    SERVER_AUTH,
    certificate,
    handshake,
    identity,
    issuer,
    request,
    tls,
)
from tests.classify.told import (
    EITHER,
    FOREIGN,
    GATEWAY,
    GONE,
    IN_DATE,
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

PASSED_ON = answered(body=NGINX_BAD.body, connection="keep-alive")
MAYBE_PASSED_ON = answered(body=NGINX_BAD.body)


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
    assert (ended.reason, ended.confidence) == (f"tls.client_cert.{reason}", Confidence.PEER_HTTP)
    assert ended.summary.endswith(EITHER)


_OURS_IN_HEADERS = (
    {"x-ssl-client-s-dn": "CN=billing"},
    {"x-client-subject": "CN=billing"},
    {"x-ssl-client-dn": '"/CN=billing"', "x-ssl-client-serial": "4F1C"},
)


@pytest.mark.parametrize("shown", _OURS_IN_HEADERS)
def test_a_header_that_names_ours_says_whom_the_connector_has_let_in(shown: dict[str, str]) -> None:
    """`add_header X-SSL-Client-S-DN $ssl_client_s_dn always` stands beside what a gateway says of the connector's own (measured, nginx and Envoy before nginx)."""
    kept = {"connection": "keep-alive"}
    for behind in (
        answered(body=NGINX_BAD.body),
        answered(body=NGINX_BAD.body, x_ssl_client_verify="FAILED:certificate revoked"),
        answered(body='{"verify":"FAILED:certificate revoked","s_dn":"CN=gateway"}'),
    ):
        for own in (IN_DATE, GONE):
            failure = judged(replace(behind, headers={**behind.headers, **shown, **kept}), identity=own)
            assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
    unnamed = answered(body='{"verify":"FAILED:certificate revoked"}')
    either = judged(replace(unnamed, headers=shown | kept))
    assert (either.reason, either.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
    assert (either.blame, either.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    trouble = answered(502, '{"error":"tls","verify":"FAILED:certificate revoked"}')
    assert judged(replace(trouble, headers=shown)).reason == "connector.http_5xx"
    page = judged(replace(NGINX_BAD, headers={**NGINX_BAD.headers, **shown}))
    assert (page.reason, page.summary.endswith(EITHER)) == ("tls.client_cert.rejected", True)


def test_a_header_that_names_another_is_of_a_gateway() -> None:
    """Its own, which the connector passes on; where it came twice, one of the two is the connector's."""
    told = answered(403, '{"verify":"FAILED:certificate revoked"}', x_ssl_client_s_dn="CN=gateway")
    twice = replace(
        told,
        headers={"x-ssl-client-s-dn": "CN=gateway, CN=billing"},
        repeated={"x-ssl-client-s-dn": ("CN=gateway", "CN=billing")},
    )
    for answer in (told, twice):
        failure = judged(answer)
        assert failure.reason == "connector.identity_refused"
        assert "it names another certificate than ours (CN=gateway)" in failure.summary


def test_a_text_that_names_ours_and_another_says_of_neither_that_it_is_meant() -> None:
    """Both possibilities are told then, however it ends."""
    body = f'{{"caller":{{{OURS}}},"upstream":{{"s_dn":"CN=gateway","verify":"FAILED:certificate revoked"}}}}'
    for answer in (answered(403, body), answered(403, body, connection="close")):
        failure = judged(answer)
        assert (failure.reason, failure.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
        assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    assert judged(answered(502, body)).reason == "connector.http_5xx"


@pytest.mark.parametrize(
    "headers",
    [
        {"date": "now", "server": "nginx", "connection": "close"},
        {"date": "now", "server": "nginx"},
        {"server": "envoy", "connection": "close"},
        {"server": "istio-envoy"},
        {"via": "1.1 edge", "connection": "close"},
    ],
)
def test_a_verdict_that_somebody_has_passed_on_names_no_cause_of_ours(headers: dict[str, str]) -> None:
    """Apache writes `Date` before the `Server` of whom it asks, and closes after each 400 (measured, 2.4); Envoy knows of no verify result."""
    answer = HttpAnswer(status=400, headers=headers, body='{"ssl_client_verify":"FAILED:certificate revoked"}')
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "answered HTTP 400 (FAILED:certificate revoked): whose certificate that is about" in failure.summary
    assert failure.summary.endswith(EITHER)
    too = judged(answer, identity=GONE)
    assert (too.reason, too.also, too.blame) == (
        "tls.client_cert.rejected",
        ("tls.client_cert.expired",),
        Blame.UNKNOWN,
    )
    gone = judged(replace(answer, body=f'{{"ssl_client_verify":"{GATEWAY}"}}'), identity=GONE)
    assert (gone.reason, gone.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert gone.summary.endswith(EITHER)
    for its_own in ({"server": "nginx", "date": "now"}, {"date": "now", "server": "caddy"}):
        own = judged(HttpAnswer(status=400, headers=its_own | {"connection": "close"}, body=answer.body))
        assert (own.reason, own.confidence) == ("tls.client_cert.revoked", Confidence.PEER_HTTP)


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


@pytest.mark.parametrize(
    "told",
    [
        "certificate refused: verify=10",
        "verify=10",
        '{"verify":10,"s_dn":"x"}',
        "verify: 10",
        "Not allowed.\nSee below.\nverify: 10\nserial: 7",
    ],
)
def test_a_number_that_is_openssls(told: str) -> None:
    """At the begin of a line, behind words on a certificate, or beside a subject: with the end of nginx's own, our dates prove it."""
    failure = judged(answered(403, told, connection="close"), identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)


def test_words_of_no_field_beside_our_name_may_be_on_another() -> None:
    """An application that says who calls it, and what it heard of a partner's certificate."""
    told = f'{{"caller":{{{OURS}}},"error":"tls to partner: FAILED:certificate has expired"}}'
    for own, reason in ((IN_DATE, "rejected_as_expired"), (GONE, "expired")):
        failure = judged(answered(400, told, connection="close"), identity=own)
        assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
        assert failure.summary.endswith(EITHER)
        assert judged(answered(500, told), identity=own).reason == "connector.http_5xx"


@pytest.mark.parametrize("ends", ["close", ""])
def test_our_usage_is_no_proof_beside_another_possibility(ends: str) -> None:
    """And ours to mend all the same."""
    usage = identity(certificate(extended_key_usage=(SERVER_AUTH,)))
    failure = judged(answered(403, "ssl_c_verify=26", connection=ends), identity=usage)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.wrong_eku", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.OURS, True)


def test_another_certificate_than_ours() -> None:
    """A gateway behind the connector names the one that it refuses (measured, nginx in front of nginx)."""
    body = '{"verify":"FAILED:certificate has expired","s_dn":"CN=envoy,O=Lab"}'
    for own in (IN_DATE, GONE):
        failure = judged(answered(body=body, connection="close"), identity=own)
        assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
        assert "it names another certificate than ours (CN=envoy,O=Lab)" in failure.summary


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
    ("answer", "blame", "how_sure"),
    [
        (NGINX_NONE, Blame.OURS, Confidence.PEER_HTTP),
        (answered(body=NGINX_NONE.body), Blame.UNKNOWN, Confidence.INFERRED),
        (answered(496), Blame.OURS, Confidence.INFERRED),
    ],
)
def test_nginxs_page_is_missing_wherever_it_does_not_stay_open(
    answer: HttpAnswer, blame: Blame, how_sure: Confidence
) -> None:
    """As nginx itself ends it, or without a word on that, as haproxy passes it on: then nobody is blamed."""
    failure = judged(answer, identity=None, tls=NONE_SENT)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.missing", how_sure)
    assert (failure.blame, failure.summary.endswith(WANTS)) == (blame, True)


@pytest.mark.parametrize("answer", [NGINX_NONE, NGINX_BAD])
def test_nobody_asked_and_no_site_was_named(answer: HttpAnswer) -> None:
    """Without SNI nginx asks as its default site does, and refuses as the site of the request (measured)."""
    at = replace(ENDPOINT, server_name="127.0.0.1")
    failure = judged(answer, endpoint=at, tls=UNASKED)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "which named no site (no SNI)" in failure.summary
    assert judged(answered(495), endpoint=at, tls=UNASKED).reason == "connector.identity_refused"


@pytest.mark.parametrize(
    "answer",
    [
        NGINX_BAD,
        answered(495, connection="close"),
        answered(body='"verify":"FAILED:certificate has expired"', connection="close"),
        answered(body=f'"verify":"FAILED:certificate has expired",{OURS}'),
    ],
)
def test_our_own_dates_prove_what_http_only_hints_at(answer: HttpAnswer) -> None:
    """The page says "error", the file says since when."""
    failure = judged(answer, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    assert f"HTTP {answer.status}" in failure.summary


_SIGNED = "<center>The SSL certificate error</center>\r\n<hr><center>nginx/1.22.1</center>"


@pytest.mark.parametrize(
    ("own", "facts", "reason", "blame"),
    [
        (identity(certificate(extended_key_usage=(SERVER_AUTH,))), None, "wrong_eku", Blame.CONNECTOR),
        (
            identity(certificate(), issuer(**EXPIRED)),
            tls(acceptable_cas=("CN=Root",)),
            "chain_expired",
            Blame.CONNECTOR,
        ),
        (identity(certificate(self_issued=True, issuer="CN=billing")), FOREIGN, "unknown_ca", Blame.UNKNOWN),
    ],
)
def test_a_fault_in_our_own_files_explains_a_page_that_ends_as_nginxs_own(
    own: IdentityFacts, facts: TlsFacts | None, reason: str, blame: Blame
) -> None:
    """Inferred, and with the other possibility in words; where it shows that it was passed on, the reason stays general."""
    more = {"tls": facts} if facts else {}
    failure = judged(NGINX_BAD, identity=own, **more)
    assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    for answer in (
        MAYBE_PASSED_ON,
        answered(body=_SIGNED, connection="close", via="1.1 edge"),
        answered(body=_SIGNED, connection="close", server="envoy"),
        answered(body=_SIGNED, connection="close", server="nginx"),
        answered(body=_SIGNED, connection="close", server="nginx/1.24.0", date="now"),
        answered(body=_SIGNED, connection="close", date="now", server="nginx/1.22.1"),
    ):
        general = judged(answer, identity=own, **more)
        assert (general.reason, general.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
        assert (general.certificate, general.blame) == (own.certificates[0], blame)
        assert general.also == (() if reason == "unknown_ca" else (f"tls.client_cert.{reason}",))
        assert general.summary == (
            "The client certificate CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt expires in 30 days, at 2026-02-14T14:30:00Z; "
            f"the connector {ENDPOINT} answered HTTP 400 (The SSL certificate error): whose certificate that is about cannot be seen "
            f"from here. {EITHER}"
        )
    signed = answered(body=_SIGNED, connection="close", server="nginx/1.22.1", date="now")
    assert judged(signed, identity=own, **more).reason == f"tls.client_cert.{reason}"
    unnamed = answered(body=_SIGNED, connection="close", date="now")  # `more_clear_headers Server`
    assert judged(unnamed, identity=own, **more).reason == f"tls.client_cert.{reason}"


def test_what_it_says_of_a_ca_is_told_and_blames_nobody_where_it_may_have_been_passed_on() -> None:
    """Its own list agrees, so it may well be ours."""
    said = '"verify":"FAILED:unable to verify the first certificate"'
    ended = answered(body=said, connection="close")
    assert judged(ended, tls=FOREIGN).reason == "tls.client_cert.unknown_ca"
    open_ended = judged(answered(body=said), tls=FOREIGN)
    assert (open_ended.reason, open_ended.confidence) == ("tls.client_cert.unknown_ca", Confidence.INFERRED)
    assert (open_ended.blame, open_ended.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)


def test_a_page_of_nginxs_that_may_have_been_passed_on_proves_nothing_of_our_certificate() -> None:
    """A haproxy that lets an expired one in hands over the page of a gateway that refuses its own, without `Connection: close` (measured)."""
    failure = judged(MAYBE_PASSED_ON, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)


def test_nginx_says_that_none_was_sent_although_one_was() -> None:
    """So it speaks of another connection than ours."""
    failure = judged(NGINX_NONE, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    in_date = judged(NGINX_NONE)
    assert (in_date.reason, in_date.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)


@pytest.mark.parametrize("own", [GONE, IN_DATE])
def test_a_page_of_nginxs_on_a_connection_that_stays_open_was_passed_on(own: object) -> None:
    """So says an nginx in front of nginx: nobody has refused our certificate, and the connector must see to its own."""
    failure = judged(PASSED_ON, identity=own)
    assert (failure.reason, failure.blame, failure.hop) == (
        "connector.identity_refused",
        Blame.CONNECTOR,
        Hop.CONNECTOR_STRIPE,
    )
    assert "connector.http_4xx" in failure.also
    assert "who wrote it would have closed the connection" in failure.summary
    assert "no client certificate of ours" not in failure.summary


def test_a_page_that_was_passed_on_is_told_without_our_files_too() -> None:
    """Where a certificate was sent of which nothing can be read any more."""
    failure = judged(PASSED_ON, identity=None)
    assert failure.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection" in failure.summary


@pytest.mark.parametrize("words", ["The SSL certificate error", '{"error":"No required SSL certificate was sent"}'])
def test_the_words_of_nginxs_page_alone_name_nobody(words: str) -> None:
    """Anybody may write them, on a connection that stays open too: the connector's own application for one."""
    answer = answered(body=words, connection="keep-alive")
    sent, missed = judged(answer), judged(answer, identity=None, tls=NONE_SENT)
    assert (sent.reason, missed.reason) == ("tls.client_cert.rejected", "tls.client_cert.missing")
    for failure, doubt in ((sent, EITHER), (missed, WANTS)):
        assert failure.confidence == Confidence.INFERRED
        assert failure.summary.endswith(doubt)


@pytest.mark.parametrize(
    "answer",
    [
        answered(body=f'{{"verify":"{GATEWAY}"}}', x_ssl_client_verify="SUCCESS", connection="close"),
        answered(body=f"verify: {GATEWAY}", x_ssl_client_verify="SUCCESS", x_ssl_client_s_dn="CN=billing"),
        answered(
            body=f'{{"ssl_client_verify":"SUCCESS",{OURS},"upstream":{{"verify":"{GATEWAY}","s_dn":"CN=envoy"}}}}'
        ),
        answered(403, "verify=10", x_client_verify="0", x_client_s_dn="CN=billing"),
        answered(403, '"verify":"NONE"', x_ssl_client_verify="SUCCESS"),
        answered(body=NGINX_BAD.body, x_ssl_client_verify="SUCCESS", connection="close"),
        answered(495, x_ssl_client_verify="SUCCESS", x_ssl_client_serial="4F1C"),
    ],
)
def test_a_refusal_beside_a_good_verdict_on_ours_is_of_another(answer: HttpAnswer) -> None:
    """The connector has let ours in and shows that; who stands behind it refuses the connector's. One of ours that is out of date cannot be the good one."""
    failure = judged(answer)
    assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
    assert "it shows beside it that ours was verified and is good" in failure.summary
    assert "refused it" not in failure.summary

    for own in (GONE, identity(certificate(**EARLY))):
        unclear = judged(answer, identity=own)
        assert (unclear.reason, unclear.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
        assert (unclear.blame, unclear.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)


@pytest.mark.parametrize(
    "answer",
    [
        answered(403, f'{{"ssl_client_verify":"10",{OURS}}}', x_ssl_client_verify="SUCCESS"),
        answered(403, f'{{"ssl_c_verify":10,{OURS}}}', x_ssl_client_verify="SUCCESS", connection="close"),
        answered(403, f"ssl_client_verify: SUCCESS serial: 4F1C\nfrom upstream: {GATEWAY} verify={GATEWAY}"),
        answered(403, '{"ssl_c_verify":10,"s_dn":"CN=bil..."}', x_ssl_client_verify="SUCCESS"),
        answered(403, '{"ssl_c_verify":10,"s_dn":"CN=***"}', x_ssl_client_verify="SUCCESS", x_client_s_dn="CN=gateway"),
        answered(body=NGINX_BAD.body + OURS, x_ssl_client_verify="SUCCESS", connection="keep-alive"),
    ],
)
@pytest.mark.parametrize("own", [IN_DATE, GONE])
def test_a_good_verdict_beside_a_refusal_that_names_ours(answer: HttpAnswer, own: object) -> None:
    """A gateway that verifies the connector's shows SUCCESS of that, and refuses whom the connector names (measured, haproxy before nginx)."""
    failure = judged(answer, identity=own)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert (failure.blame, failure.hop) == (Blame.UNKNOWN, Hop.PROBE_CONNECTOR)
    assert failure.summary.endswith(f"It shows a good verdict on a client certificate beside it. {EITHER}")


def test_a_page_on_a_connection_that_stays_open_beside_a_good_verdict() -> None:
    """It is another's by its end; that ours was good is said only of one that can be."""
    told = replace(PASSED_ON, headers={**PASSED_ON.headers, "x-ssl-client-verify": "SUCCESS"})
    for own, why in ((IN_DATE, "ours was verified and is good"), (GONE, "would have closed the connection")):
        failure = judged(told, identity=own)
        assert failure.reason == "connector.identity_refused"
        assert why in failure.summary


@pytest.mark.parametrize(
    "told",
    [
        f'{{{OURS},"checks":[{{"name":"signature","verify":"SUCCESS"}},{{"ssl_client_verify":"{GATEWAY}"}}]}}',
        f'{{{OURS},"ssl_c_verify":10,"verify":0}}',
        f'{{"verify":"SUCCESS",{OURS},"client_verify":"{GATEWAY}"}}',
    ],
)
def test_a_good_verdict_on_anything_else_acquits_nobody(told: str) -> None:
    """Only a field that servers call so is of a client certificate for certain: a signature is verified, too."""
    failure = judged(answered(403, told), identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)


@pytest.mark.parametrize(
    "named",
    [
        "s_dn=/CN=billing is not accepted (ssl_c_verify=23)",
        "Subject: /CN=billing | Issuer: /CN=Issuing | ssl_c_verify: 23",
        "Subject: CN=billing | Verify: FAILED:certificate revoked",
        "client certificate refused: s_dn=CN=billing (FAILED:certificate revoked)",
        "ssl_client_verify: FAILED:certificate revoked. subject: CN=billing. Please renew.",
        "ssl_c_verify: 23, subject: CN=gateway | Issuer: CN=Issuing",
        "ssl_client_verify=FAILED:certificate revoked, s_dn=CN=gateway, ssl_client_i_dn=CN=Issuing",
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=***"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=*"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=g**y"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=[redacted]"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=bil"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=gate..."}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=bill ing"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=b\u00edlling"}',
        '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=b?lling"}',
    ],
)
@pytest.mark.parametrize("ends", ["", "close"])
def test_a_name_that_may_be_ours(named: str, ends: str) -> None:
    """With words behind it, masked, cut off or written in another way: it makes the refusal neither ours nor another's (measured, haproxy)."""
    failure = judged(answered(403, named, connection=ends))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    gone = judged(answered(403, named, connection=ends), identity=GONE)
    assert gone.confidence is Confidence.INFERRED


@pytest.mark.parametrize(
    "answer",
    [
        answered(403, f'{{"ssl_client_verify":"FAILED:certificate revoked","caller":{{{OURS}}}}}'),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","forwarded_client_subject":"CN=billing"}'),
        answered(
            403,
            f'{{"ssl_client_verify":"FAILED:certificate revoked","caller":{{{OURS},"serial":"4F1C"}}}}',
            connection="close",
        ),
        answered(403, f'{{"ssl_client_verify":"FAILED:certificate revoked",{OURS}}}', connection="keep-alive"),
        answered(
            403, f"ssl_client_verify=FAILED:certificate revoked, {OURS}", connection="keep-alive", x_s_dn="CN=gateway"
        ),
    ],
)
def test_our_name_in_a_text_that_may_have_been_handed_over(answer: HttpAnswer) -> None:
    """Of whom the connector has told a gateway that it asks for, or on a connection that stays open: no proof (measured, nginx before nginx)."""
    for own in (IN_DATE, GONE):
        failure = judged(answer, identity=own)
        assert failure.confidence is Confidence.INFERRED
        assert failure.summary.endswith(EITHER)
    assert (judged(answer).reason, judged(answer).blame) == ("tls.client_cert.revoked", Blame.UNKNOWN)


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


def test_one_that_is_missed_beside_our_name() -> None:
    """Signs that contradict each other: nobody's."""
    failure = judged(
        answered(403, f'{{"error":"client certificate required","verify":"NONE",{OURS}}}', connection="keep-alive")
    )
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)


@pytest.mark.parametrize(
    "answer",
    [
        answered(403, "ssl_client_verify=FAILED:certificate revoked SSL_SERVER_S_DN=CN=front"),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","issuer_subject":"CN=An Issuer"}'),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","server":{"subject":"CN=front"}}'),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_ssl_f_s_dn="/CN=front"),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_issuer_subject="CN=An Issuer"),
        # Whatever the field is called: what the connector presents, and what stands above ours.
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","subject":"/CN=connector.internal"}'),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","subject":"CN=Issuing"}'),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_subject="CN=Root"),
    ],
)
def test_a_name_that_is_nobodys_refusal(answer: HttpAnswer) -> None:
    """The server's own and the issuers' make the refusal neither ours nor another's (measured, Apache, haproxy, nginx)."""
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    ended = judged(replace(answer, headers={**answer.headers, "connection": "close"}))
    assert (ended.reason, ended.confidence) == ("tls.client_cert.revoked", Confidence.PEER_HTTP)
    assert ended.summary.endswith(EITHER)


def test_a_self_signed_one_is_named_by_its_own_subject() -> None:
    """It stands above itself, and is ours all the same."""
    own = identity(certificate(self_issued=True, issuer="CN=billing"))
    failure = judged(answered(403, f'{{"ssl_c_verify":18,{OURS}}}'), identity=own)
    assert EITHER not in failure.summary
    assert "refused it with HTTP 403" in failure.summary


def test_a_good_verdict_on_nobody_in_particular() -> None:
    """In the text it may be about anything, and a header of the connector's own goes before it; a 5xx is trouble all the same."""
    bare = judged(answered(403, f'{{"verify":"SUCCESS","client_verify":"{GATEWAY}"}}'))
    assert bare.reason == "tls.client_cert.rejected_as_expired"
    named = judged(answered(403, f'{{"ssl_client_verify":"SUCCESS","client_verify":"{GATEWAY}"}}'))
    assert named.reason == "tls.client_cert.rejected_as_expired"
    header = answered(403, f"verify: SUCCESS {OURS}", ssl_client_verify=GATEWAY)
    assert judged(header).reason == "tls.client_cert.rejected_as_expired"
    signature = answered(403, f'{{"signature_verify":"SUCCESS","verify":"{GATEWAY}",{OURS}}}')
    assert judged(signature).reason == "tls.client_cert.rejected_as_expired"
    trouble = answered(502, GATEWAY, x_ssl_client_verify="SUCCESS", x_ssl_client_s_dn="CN=billing")
    assert judged(trouble).reason == "connector.http_5xx"


@pytest.mark.parametrize(
    "beside",
    [
        {"x-ssl-c-err": "0", "x-ssl-c-ca-err": "10"},
        {"x-ssl-c-verify": "10", "x-ssl-c-err": "0"},
        {"x-client-cert-verify": "1"},
    ],
)
def test_a_number_that_is_no_good_verdict(beside: dict[str, str]) -> None:
    """One of haproxy's two errors is 0 also where the other tells what is wrong, and 1 is no verdict of OpenSSL's: the refusal may be of ours."""
    failure = judged(HttpAnswer(status=403, body="verify=10", headers=beside))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected_as_expired", Confidence.INFERRED)
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


def test_a_refusal_behind_the_connector_says_how_that_is_known() -> None:
    """Nothing of ours was sent, or the connection stays open."""
    bare = judged(answered(495), tls=UNASKED, identity=None)
    assert bare.summary == (
        f"HTTP 495 came back from the connector {ENDPOINT} for /healthz, and no client certificate of ours was sent: "
        "it is the connector's own client certificate that is refused, or missing, behind it."
    )
    assert bare.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection, which stays open" in judged(PASSED_ON).summary
