"""No observation, however odd, makes the tables raise, and every reason that they give is in the catalogue."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.reconcile import reconcile
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Phase
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Cause, Ended
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import KeyFrom
from probe.model.tls import Alert, AlertFrom, TlsFacts
from tests.classify.seen import CATALOGUE, CLIENT_AUTH, ENDPOINT, NOW, SERVER_AUTH, certificate

NAMES = st.sampled_from(["CN=a", "CN=b", "CN=c", ""])
MOMENTS = st.integers(-(10**7), 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))
CERTIFICATES = st.builds(
    certificate,
    NAMES,
    issuer=NAMES,
    not_before=MOMENTS,
    not_after=MOMENTS,
    is_ca=st.booleans(),
    self_issued=st.booleans(),
    san=st.lists(st.sampled_from(["connector.internal", "*.internal", "x", "127.0.0.1"]), max_size=2).map(tuple),
    extended_key_usage=st.lists(st.sampled_from([CLIENT_AUTH, SERVER_AUTH]), max_size=2).map(tuple),
)
CHAINS: st.SearchStrategy[tuple[Certificate, ...]] = st.lists(CERTIFICATES, max_size=3).map(tuple)
CAUSES = st.lists(
    st.builds(
        Cause,
        kind=st.sampled_from(["OSError", "SSLError", "ClientPayloadError", "DNSError", "NotHttpError"]),
        text=st.text(max_size=9),
        errno=st.none() | st.integers(-11, 140),
        verify_code=st.none() | st.integers(0, 100),
        ssl_reason=st.none()
        | st.sampled_from(["WRONG_VERSION_NUMBER", "TLSV1_ALERT_UNKNOWN_CA", "NO_CIPHERS_AVAILABLE", "X"]),
        dns_code=st.none() | st.integers(0, 25),
    ),
    max_size=3,
).map(tuple)
ALERTS = st.builds(Alert, st.sampled_from(AlertFrom), st.integers(0, 255), st.just("name"), st.booleans())
TLS = st.builds(
    TlsFacts,
    version=st.sampled_from([None, "TLSv1.2", "TLSv1.3"]),
    established=st.booleans(),
    client_certificate_requested=st.none() | st.booleans(),
    client_certificate_sent=st.booleans(),
    acceptable_cas=st.lists(NAMES, max_size=2).map(tuple),
    session_ticket=st.booleans(),
    alerts=st.lists(ALERTS, max_size=2).map(tuple),
)
BODIES = st.text(max_size=30) | st.sampled_from(
    [
        "The SSL certificate error",
        "No required SSL certificate was sent",
        '{"verify":"FAILED:certificate has expired"}',
        '{"error": {"code": 5023}}',
        "verify=999",
        "[" * 99999,
    ]
)
ANSWERS = st.builds(
    HttpAnswer,
    status=st.integers(100, 599),
    headers=st.dictionaries(st.sampled_from(["date", "ssl-client-verify", "request-id"]), st.text(max_size=30)),
    body=BODIES,
)
IDENTITIES = st.builds(
    IdentityFacts,
    name=st.just("billing"),
    certificate_path=st.just("/a"),
    key_path=st.none() | st.just("/b"),
    certificates=CHAINS,
    fault=st.none() | st.sampled_from(FileFault),
)
HANDSHAKES = st.builds(
    HandshakeObservation,
    endpoint=st.just(ENDPOINT),
    started_at=st.just(NOW),
    phase=st.sampled_from(Phase),
    ended=st.sampled_from(Ended),
    causes=CAUSES,
    tls=TLS,
    presented=CHAINS,
    built=CHAINS,
    identity=st.none() | IDENTITIES,
    http=st.none() | ANSWERS,
    http_path=st.none() | st.just("/healthz"),
    client_hello_sent=st.booleans(),
    bytes_received=st.integers(0, 9),
    first_bytes=st.binary(max_size=8),
    verify_code=st.none() | st.integers(0, 100),
    local_error=st.none() | st.just("no ciphers"),
)
REQUESTS = st.builds(
    HttpObservation,
    endpoint=st.just(ENDPOINT),
    started_at=st.just(NOW),
    method=st.just("GET"),
    path=st.just("/"),
    ended=st.sampled_from(Ended),
    phase=st.sampled_from(Phase),
    answer=st.none() | ANSWERS,
    causes=CAUSES,
    tls=TLS,
)
CALLS = st.builds(
    StripeObservation,
    endpoint=st.just(ENDPOINT),
    started_at=st.just(NOW),
    method=st.just("v1.balance.retrieve"),
    writes=st.just(value=False),
    ended=st.sampled_from(Ended),
    phase=st.sampled_from(Phase),
    http=st.none() | ANSWERS,
    request_id=st.none() | st.sampled_from(["req_1", "x"]),
    response=st.none() | st.just({"object": "balance"}),
    error=st.none()
    | st.builds(
        StripeErrorFacts,
        type=st.none() | st.sampled_from(["api_error", "card_error", "invalid_request_error", "other"]),
        code=st.none() | st.sampled_from(["lock_timeout", "x"]),
    ),
    causes=CAUSES,
    tls=TLS,
    presented=CHAINS,
)


def _closed(judgement: Judgement) -> None:
    """Every reason exists, and every text says something."""
    failures = list(judgement.warnings)
    if isinstance(judgement.outcome, Failed | Unknown):
        failures.append(judgement.outcome.failure)
    for failure in failures:
        assert all(reason in CATALOGUE for reason in (failure.reason, *failure.also))
        assert failure.reason not in failure.also
        assert failure.summary.endswith((".", "?"))


@given(HANDSHAKES, st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_handshake_makes_it_raise(seen: HandshakeObservation, required: bool, any_answer: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever a peer does, and whatever our files hold."""
    judgement = judge_handshake(seen, CATALOGUE, at=NOW, certificate_required=required, any_answer=any_answer)
    _closed(judgement)
    if seen.identity is not None and seen.identity.fault is not None:
        assert isinstance(judgement.outcome, Failed)
        assert judgement.outcome.failure.reason == f"tls.{seen.identity.fault}"


@given(HANDSHAKES)
@settings(max_examples=300, deadline=None)
def test_expiry_of_ours_is_claimed_only_where_our_file_shows_it(seen: HandshakeObservation) -> None:
    """A wrong specific reason is worse than a general one: the alert alone never suffices."""
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    if not isinstance(outcome, Failed) or outcome.failure.reason != "tls.client_cert.expired":
        return
    named = outcome.failure.certificate
    assert seen.identity is not None
    assert named in seen.identity.certificates
    assert named is not None
    assert named.expired(NOW)
    assert outcome.failure.confidence in {Confidence.PROVEN, Confidence.INFERRED}


@given(REQUESTS, CALLS, st.sampled_from(KeyFrom), HANDSHAKES)
@settings(max_examples=300, deadline=None)
def test_no_call_makes_it_raise(
    seen: HttpObservation, call: StripeObservation, key_from: KeyFrom, shaken: HandshakeObservation
) -> None:
    """Nor does a handshake made to explain it."""
    handshake = judge_handshake(shaken, CATALOGUE, at=NOW)
    for judgement in (judge_http(seen, CATALOGUE, at=NOW), judge_stripe(call, CATALOGUE, key_from=key_from)):
        _closed(judgement)
        assert judgement.outcome == Passed() or isinstance(judgement.outcome, Failed | Unknown)
        if isinstance(judgement.outcome, Failed):
            _closed(Judgement(Failed(reconcile(judgement.outcome.failure, handshake, CATALOGUE))))
