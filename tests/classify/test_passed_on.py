"""Answers that somebody may have passed on, nginx's own pages for one: what shows it, and what is still said of ours."""

from dataclasses import replace

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Hop
from probe.model.identity import IdentityFacts
from probe.model.tls import TlsFacts
from tests.classify.seen import ENDPOINT, EXPIRED, SERVER_AUTH, certificate, identity, issuer, tls
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
    UNASKED,
    WANTS,
    answered,
    judged,
)

PASSED_ON = answered(body=NGINX_BAD.body, connection="keep-alive")
SIGNED_NONE = "<center>No required SSL certificate was sent</center>\r\n<hr><center>nginx/1.22.1</center>"
MAYBE_PASSED_ON = answered(body=NGINX_BAD.body)


@pytest.mark.parametrize(
    "headers",
    [
        {"date": "now", "server": "nginx", "connection": "close"},
        {"date": "now", "server": "nginx"},
        {"server": "nginx/1.22.1"},
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
        assert (own.reason, own.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)


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
        answered(body=NGINX_BAD.body, connection="close", x_ssl_client_verify=GATEWAY),
        answered(495, connection="close"),
        answered(body=f'"verify":"FAILED:certificate has expired",{OURS}'),
    ],
)
def test_our_own_dates_prove_what_http_only_hints_at(answer: HttpAnswer) -> None:
    """The page says "error", the file says since when."""
    failure = judged(answer, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    assert f"HTTP {answer.status}" in failure.summary


@pytest.mark.parametrize(
    ("named", "confidence"), [("CN=Issuing", Confidence.PROVEN), ("CN=bil...", Confidence.INFERRED)]
)
def test_a_page_that_names_somebody(named: str, confidence: Confidence) -> None:
    """Our issuer's name is nobody's who is refused; one that may be ours leaves open whose page it is."""
    told = answered(body=f'{NGINX_BAD.body}<!-- "subject":"{named}" -->', connection="close")
    failure = judged(told, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", confidence)


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
    """It may speak of another connection than ours."""
    failure = judged(NGINX_NONE, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    in_date = judged(NGINX_NONE)
    assert (in_date.reason, in_date.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)


@pytest.mark.parametrize(
    "answer",
    [
        answered(body=SIGNED_NONE, server="nginx/1.22.1"),
        answered(body=SIGNED_NONE, server="nginx/1.22.1", date="now"),
        answered(body=SIGNED_NONE, date="now", server="nginx/1.22.1", connection="close"),
        replace(answered(body=SIGNED_NONE, server="nginx/1.22.1", connection="close"), in_lower_case=True),
        answered(body=SIGNED_NONE, server="cloudflare", connection="close"),
        answered(body=SIGNED_NONE, via="1.1 edge", connection="close"),
    ],
)
@pytest.mark.parametrize("own", [GONE, IN_DATE])
def test_nginx_says_that_none_was_sent_and_somebody_has_passed_it_on(answer: HttpAnswer, own: object) -> None:
    """Of ours it cannot be: the connector shows none behind it (measured, haproxy that keeps connections or not, Apache)."""
    failure = judged(answer, identity=own)
    assert (failure.reason, failure.hop) == ("connector.identity_refused", Hop.CONNECTOR_STRIPE)
    assert "it says that none was sent, and ours was; somebody has passed it on" in failure.summary


@pytest.mark.parametrize("foot", ["nginx/1.22.1", "cloudflare"])
def test_a_page_of_his_who_sends_it_may_be_on_ours(foot: str) -> None:
    """With its writer's own name in both places, and closed as nginx closes: a rule of its own may have turned ours away (measured, `return 496`)."""
    page = SIGNED_NONE.replace("nginx/1.22.1", foot)
    failure = judged(answered(body=page, server=foot, date="now", connection="close"))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "It says that none was sent, and ours was" in failure.summary
    assert failure.summary.endswith(EITHER)


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


def test_a_page_that_was_passed_on_beside_a_name_of_nobodys() -> None:
    """The connector shows in a header who has issued ours: no other certificate is named by that."""
    failure = judged(replace(PASSED_ON, headers={**PASSED_ON.headers, "x-subject": "CN=Issuing"}))
    assert failure.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection" in failure.summary


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


@pytest.mark.parametrize("own", [IN_DATE, GONE])
def test_a_page_on_a_connection_that_stays_open_beside_a_good_verdict(own: object) -> None:
    """It is another's by its end."""
    told = replace(PASSED_ON, headers={**PASSED_ON.headers, "x-ssl-client-verify": "SUCCESS"})
    failure = judged(told, identity=own)
    assert failure.reason == "connector.identity_refused"
    assert "would have closed the connection" in failure.summary


@pytest.mark.parametrize(
    "sign",
    [
        {"via": "1.1 edge"},
        {"x_envoy_upstream_service_time": "3", "server": "nginx"},
        {"x_forwarded_client_cert": 'Subject="CN=billing"'},
        {"server": "cloudflare"},
    ],
)
def test_our_name_in_what_was_passed_on(sign: dict[str, str]) -> None:
    """Who wrote it has seen no handshake of ours, and knows our name as it was handed over: the verdict may be on who handed it over."""
    answer = answered(403, f'{{"ssl_client_verify":"FAILED:certificate revoked",{OURS}}}', connection="close", **sign)
    failure = judged(answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert failure.summary.endswith(EITHER)
    gone = judged(replace(answer, body=f'{{"ssl_client_verify":"{GATEWAY}",{OURS}}}'), identity=GONE)
    assert (gone.reason, gone.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert gone.summary.endswith(EITHER)


def test_a_refusal_behind_the_connector_says_how_that_is_known() -> None:
    """Nothing of ours was sent, or the connection stays open."""
    bare = judged(answered(495), tls=UNASKED, identity=None)
    assert bare.summary == (
        f"HTTP 495 came back from the connector {ENDPOINT} for /healthz, and no client certificate of ours was sent: "
        "it is the connector's own client certificate that is refused, or missing, behind it."
    )
    assert bare.reason == "connector.identity_refused"
    assert "who wrote it would have closed the connection, which stays open" in judged(PASSED_ON).summary
