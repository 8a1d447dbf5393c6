"""Answers that name a certificate: ours, another, one that may be ours, or one that is no client's."""

from dataclasses import replace

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Hop
from tests.classify.seen import certificate, identity
from tests.classify.told import EITHER, GONE, IN_DATE, NGINX_BAD, OURS, answered, judged

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
    """What it refuses, where the verdict stands in a header too or is nginx's own; where the name came twice, one of the two is the connector's."""
    told = answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_ssl_client_s_dn="CN=gateway")
    twice = replace(
        told,
        headers={**told.headers, "x-ssl-client-s-dn": "CN=gateway, CN=billing"},
        repeated={"x-ssl-client-s-dn": ("CN=gateway", "CN=billing")},
    )
    for answer in (told, twice, replace(NGINX_BAD, headers={**NGINX_BAD.headers, "x-ssl-client-s-dn": "CN=gateway"})):
        failure = judged(answer)
        assert failure.reason == "connector.identity_refused"
        assert "it names another certificate than ours (CN=gateway)" in failure.summary


def test_a_header_that_names_another_beside_a_verdict_in_the_text() -> None:
    """The gateway has let the connector in, and may refuse ours as it was told of it (measured, haproxy before nginx), or refuses the connector's."""
    told = answered(403, '{"ssl_c_verify":23}', x_ssl_client_s_dn="CN=gateway", connection="close")
    failure = judged(told)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    gone = judged(replace(told, body='{"ssl_c_verify":10}'), identity=GONE)
    assert (gone.reason, gone.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert gone.summary.endswith(EITHER)


def test_a_text_that_names_ours_and_another_beside_the_verdict_says_of_neither_that_it_is_meant() -> None:
    """Both possibilities are told then, however it ends."""
    body = f'{{{OURS},"verify":"FAILED:certificate revoked","subject":"CN=gateway"}}'
    for answer in (answered(403, body), answered(403, body, connection="close")):
        failure = judged(answer)
        assert (failure.reason, failure.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
        assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    assert judged(answered(502, body)).reason == "connector.http_5xx"


_REVOKED = '"ssl_client_verify":"FAILED:certificate revoked"'


@pytest.mark.parametrize(
    "body",
    [
        f'{{"error":"refused",{_REVOKED},"x_ssl_client_s_dn":"CN=billing"}}',
        f'{{{_REVOKED},"client":{{"subject":"CN=billing","serial":"4F1C"}}}}',
        f'{{"client":{{{OURS}}},{_REVOKED}}}',
        f'{{"tls":{{{_REVOKED}}},"ssl_client_s_dn":"CN=billing"}}',
        f'{{"caller":{{{OURS}}},{_REVOKED}}}',
        f'{{{_REVOKED},"forwarded_client_subject":"CN=billing"}}',
        f'{{{_REVOKED},"http_s_dn":"CN=billing"}}',
        f'{{{_REVOKED},"client.subject":"CN=billing"}}',
        '{"verify":"FAILED:certificate revoked","x_ssl_client_s_dn":"CN=billing"}',
        "ssl_c_verify=23 ssl_client_s_dn=CN=billing",
        "ssl_c_verify=23, caller: s_dn=/CN=billing",
        # The connector's name, beside what it has told of ours.
        '{"x_ssl_client_verify":"FAILED:certificate revoked","ssl_client_s_dn":"CN=gateway"}',
    ],
)
@pytest.mark.parametrize("ends", ["", "close", "keep-alive"])
def test_a_name_of_another_kin_is_that_of_a_caller(body: str, ends: str) -> None:
    """Of whom a gateway was told, that refuses the connector's own (measured, haproxy, Apache and Envoy before nginx): no cause, and nobody's blame."""
    answer = answered(403, body, connection=ends)
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)
    gone = judged(replace(answer, body=body.replace("revoked", "has expired").replace("23", "10")), identity=GONE)
    assert (gone.reason, gone.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert judged(replace(answer, status=502)).reason == "connector.http_5xx"


@pytest.mark.parametrize(
    "body",
    [
        f'{{{_REVOKED},"ssl_client_s_dn":"CN=%s"}}',
        f'{{"at":{{}},{_REVOKED},"more":{{"a":1}},"ssl_client_s_dn":"CN=%s","client":{{"subject":"CN=front"}}}}',
        '{"verify":"FAILED:certificate revoked","subject":"CN=%s"}',
        '{"tls":{"verify":"FAILED:certificate revoked","s_dn":"CN=%s"},"s_dn":"CN=front"}',
        '} {"verify":"FAILED:certificate revoked","s_dn":"CN=%s"}',
        "SSL_CLIENT_VERIFY=FAILED:certificate revoked\nSSL_CLIENT_S_DN=CN=%s\n",
        "X-SSL-Client-Verify: FAILED:certificate revoked\nX-SSL-Client-S-DN: CN=%s\n",
        'ssl_c_verify=23 ssl_c_s_dn="/CN=%s"',
        'ssl_c_err=23 ssl_c_s_dn="/CN=%s"',
    ],
)
def test_a_name_of_the_verdicts_kin_says_whose_it_is(body: str) -> None:
    """As servers and operators write both, of one certificate."""
    ours = judged(answered(403, body % "billing", connection="close"))
    assert (ours.reason, ours.confidence) == ("tls.client_cert.revoked", Confidence.PEER_HTTP)
    assert "refused it with HTTP 403" in ours.summary
    assert judged(answered(403, body % "gateway", connection="close")).reason == "connector.identity_refused"


def test_another_certificate_than_ours() -> None:
    """A gateway behind the connector names the one that it refuses (measured, nginx in front of nginx)."""
    body = '{"verify":"FAILED:certificate has expired","s_dn":"CN=envoy,O=Lab"}'
    for own in (IN_DATE, GONE):
        failure = judged(answered(body=body, connection="close"), identity=own)
        assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
        assert "it names another certificate than ours (CN=envoy,O=Lab)" in failure.summary


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
        answered(403, f'{{"verify":"FAILED:certificate revoked",{OURS}}}', connection="keep-alive"),
        answered(403, f'{{"ssl_client_verify":"FAILED:certificate revoked",{OURS}}}', connection="close"),
        answered(403, f"ssl_c_verify=23, {OURS}"),
        answered(403, OURS, x_ssl_client_verify="FAILED:certificate revoked"),
        answered(
            403, f"ssl_client_verify=FAILED:certificate revoked, {OURS}", connection="keep-alive", x_s_dn="CN=gateway"
        ),
    ],
)
def test_our_name_in_a_text_that_may_have_been_handed_over(answer: HttpAnswer) -> None:
    """In a field of a name that anybody may give his, or on a connection that stays open: no proof (measured, nginx before nginx)."""
    for own in (IN_DATE, GONE):
        failure = judged(answer, identity=own)
        assert failure.confidence is Confidence.INFERRED
        assert failure.summary.endswith(EITHER)
    assert (judged(answer).reason, judged(answer).blame) == ("tls.client_cert.revoked", Blame.UNKNOWN)


@pytest.mark.parametrize(
    "answer",
    [
        answered(403, "ssl_client_verify=FAILED:certificate revoked SSL_SERVER_S_DN=CN=front"),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","issuer_subject":"CN=An Issuer"}'),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","server":{"subject":"CN=front"}}'),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_ssl_f_s_dn="/CN=front"),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_issuer_subject="CN=An Issuer"),
        answered(403, x_ssl_client_verify="FAILED:certificate revoked", x_token_subject="CN=Alice,OU=People"),
        answered(403, '{"ssl_client_verify":"FAILED:certificate revoked","user":{"subject":"uid=42,CN=Alice"}}'),
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
    assert (ended.reason, ended.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
    assert (ended.blame, ended.summary.endswith(EITHER)) == (Blame.UNKNOWN, True)


def test_a_self_signed_one_is_named_by_its_own_subject() -> None:
    """It stands above itself, and is ours all the same."""
    own = identity(certificate(self_issued=True, issuer="CN=billing"))
    failure = judged(answered(403, f'{{"verify":18,{OURS}}}'), identity=own)
    assert EITHER not in failure.summary
    assert "refused it with HTTP 403" in failure.summary
