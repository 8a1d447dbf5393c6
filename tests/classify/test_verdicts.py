"""What a verdict proves by where it stands and how it is written, and what a good one beside it makes of a refusal."""

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Hop
from tests.classify.seen import EARLY, certificate, identity
from tests.classify.told import EITHER, GATEWAY, GONE, IN_DATE, NGINX_BAD, OURS, OURS_TOO, answered, judged


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
    """At the begin of a line, behind words on a certificate, or beside a subject: our dates explain it, and prove nothing of a text that anybody may write."""
    failure = judged(answered(403, told, connection="close"), identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert (failure.blame, failure.summary.endswith(EITHER)) == (Blame.OURS, True)


def test_words_of_no_field_beside_our_name_may_be_on_another() -> None:
    """An application that says who calls it, and what it heard of a partner's certificate."""
    told = f'{{"caller":{{{OURS}}},"error":"tls to partner: FAILED:certificate has expired"}}'
    for own, reason in ((IN_DATE, "rejected"), (GONE, "expired")):
        failure = judged(answered(400, told, connection="close"), identity=own)
        assert (failure.reason, failure.confidence) == (f"tls.client_cert.{reason}", Confidence.INFERRED)
        assert failure.summary.endswith(EITHER)
        assert judged(answered(500, told), identity=own).reason == "connector.http_5xx"


@pytest.mark.parametrize(
    "answer",
    [
        answered(body=f'{{"verify":"{GATEWAY}"}}', x_ssl_client_verify="SUCCESS", connection="close"),
        answered(body=f"verify: {GATEWAY}", x_ssl_client_verify="SUCCESS", x_ssl_client_s_dn="CN=billing"),
        answered(
            body=f'{{"ssl_client_verify":"SUCCESS",{OURS},"upstream":{{"verify":"{GATEWAY}","s_dn":"CN=envoy"}}}}'
        ),
        answered(403, "verify=10", x_client_verify="0", x_client_s_dn="CN=billing"),
        answered(403, "verify=23", x_client_verify="0", x_client_s_dn="CN=gateway"),
        answered(403, x_ssl_client_verify="SUCCESS, FAILED:certificate has expired"),
        answered(403, x_ssl_client_verify="FAILED:certificate has expired, SUCCESS"),
        answered(403, f'{{"ssl_client_verify":"SUCCESS","client_verify":"{GATEWAY}"}}'),
        answered(403, '"verify":"NONE"', x_ssl_client_verify="SUCCESS"),
        answered(body=NGINX_BAD.body, x_ssl_client_verify="SUCCESS", connection="close"),
        answered(495, x_ssl_client_verify="SUCCESS", x_ssl_client_serial="4F1C"),
    ],
)
@pytest.mark.parametrize("own", [IN_DATE, GONE, identity(certificate(**EARLY))])
def test_a_good_verdict_beside_a_refusal_says_of_neither_that_it_is_meant(answer: HttpAnswer, own: object) -> None:
    """The connector may have found ours good, or its gateway the connector's own, and refused ours as it was told of it (measured, haproxy before nginx)."""
    failure = judged(answer, identity=own)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert (failure.blame, failure.hop) == (Blame.UNKNOWN, Hop.PROBE_CONNECTOR)
    assert failure.summary.endswith(f"It shows a good verdict on a client certificate beside it. {EITHER}")


def test_a_text_that_names_another_alone_beside_a_good_verdict() -> None:
    """It refuses that one, where the good verdict stands in a header; in the text the name may be of the good one."""
    told = f'{{"ssl_client_verify":"{GATEWAY}","ssl_client_s_dn":"CN=gateway"}}'
    failure = judged(answered(403, told, x_ssl_client_verify="SUCCESS"))
    assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
    assert "it names another certificate than ours (CN=gateway)" in failure.summary
    good = '{"connector":{"s_dn":"CN=gateway","ssl_client_verify":"SUCCESS"},"error":"caller: ssl_c_verify=23"}'
    assert judged(answered(403, good)).reason == "tls.client_cert.rejected"


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


@pytest.mark.parametrize(
    "told",
    [
        f'{{{OURS_TOO},"checks":[{{"name":"signature","verify":"SUCCESS"}}],"ssl_client_verify":"{GATEWAY}"}}',
        '{"ssl_c_s_dn":"CN=billing","ssl_c_verify":10,"verify":0}',
        f'{{"verify":"SUCCESS","client_s_dn":"CN=billing","client_verify":"{GATEWAY}"}}',
    ],
)
def test_a_good_verdict_on_anything_else_acquits_nobody(told: str) -> None:
    """Only a field that servers call so is of a client certificate for certain: a signature is verified, too."""
    failure = judged(answered(403, told), identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)


def test_a_good_verdict_on_nobody_in_particular() -> None:
    """In a field that anybody may have it may be about anything; a 5xx is trouble all the same."""
    bare = judged(answered(403, f'{{"verify":"SUCCESS","client_verify":"{GATEWAY}"}}'))
    assert bare.reason == "tls.client_cert.rejected_as_expired"
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


@pytest.mark.parametrize(
    "told",
    [
        '{"message":"TLS certificate failed verification","s_dn":"CN=billing"}',
        "tls ok, address verify=10 mismatch serial=4F1C",
    ],
)
def test_words_and_numbers_of_anything_else_are_not_surely_on_ours(told: str) -> None:
    """Our name beside them may be that of who asks."""
    failure = judged(answered(403, told))
    assert (failure.confidence, failure.blame) == (Confidence.INFERRED, Blame.UNKNOWN)
    assert failure.summary.endswith(EITHER)


def test_a_good_verdict_by_its_name_refuses_nobody() -> None:
    """As haproxy writes OpenSSL's name of that (`x509_v_err_str`)."""
    assert judged(answered(403, '{"ssl_client_verify":"X509_V_OK"}')).reason == "connector.http_4xx"
