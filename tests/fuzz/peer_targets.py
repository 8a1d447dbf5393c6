"""What reads a peer's bytes, held to its contract: no exception but its own, no more than its bounds, one answer for one text."""

import contextlib
import itertools
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Final

from probe.billing import answers
from probe.billing.progress import Answer
from probe.catalogue.catalogue import load
from probe.certificates.envoy import CertsPageError, ours
from probe.certificates.series import SelectorError, select
from probe.certificates.shown import from_text, oldest, recognised
from probe.checks.expectations import check_http, check_stripe
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.reconcile import reconcile
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer
from probe.model.certificate import Source, SourceKind
from probe.model.failure import Failure, Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import KeyFrom
from probe.model.scenario import HttpAction, StepKind, StepPlan, StripeAction
from probe.model.secret import Secret
from probe.model.tls import AlertFrom, TlsFacts
from probe.redact.text import Redactor
from probe.runner.saving import save
from probe.tls.alerts import alert_from_bytes
from probe.tls.certificate import certificates_from_ders
from probe.tls.completing import completing
from probe.tls.evidence import Evidence
from probe.tls.names import rfc4514
from probe.tls.staple import demands_staple, read_staple
from probe.transport.answer import BODY_LIMIT, HEAD_LIMIT, AnswerParser, IncompleteAnswerError, NotHttpError
from tests.fuzz.material import NOW, made, spoken, staples

CATALOGUE: Final = load()
ENDPOINT: Final = Endpoint(host="connector.internal", port=8443, server_name="connector.internal")
WIRE: Final = Source(SourceKind.WIRE, str(ENDPOINT))
VERSIONS: Final = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
_SECRET: Final = "sk_test_hush0123456789"
_STATUS: Final = 402


def messages(data: bytes) -> None:
    """Handshake messages of either side, and alerts; a length of two bytes stands before each."""
    evidence = Evidence()
    for sender, (message, _) in zip(itertools.cycle(AlertFrom), _parts(data), strict=False):
        alert_from_bytes(message, sender)
        evidence.alert(sender, message[:2])
        if message:
            evidence.message(sender, message)
    facts = evidence.facts()
    assert len(facts.acceptable_cas) <= len(data) / 2
    assert sum(map(len, facts.acceptable_cas)) <= 20 * len(data) + 100


def name(data: bytes) -> None:
    """A DER name from a CertificateRequest: some text, whatever it holds."""
    assert isinstance(rfc4514(data), str)


def certificate(data: bytes) -> None:
    """DER that OpenSSL passed: facts, or left out."""
    for found in certificates_from_ders([data], source=WIRE):
        assert found.sha256
        judge(seen(presented=(found,), ended=Ended.ERROR, phase=Phase.TLS, verify_code=data[-1]))


def chain(data: bytes) -> None:
    """Certificates that a peer presents, one behind the other: led to our trust, or not."""
    sent = [part for part, _ in _parts(data)]
    root = made().ders[0]
    found = completing(sent, trusted=[root], known=made().ders[1:])
    assert set(found) <= set(made().ders)
    for der in sent[:1]:
        demands_staple(der)


def staple(data: bytes) -> None:
    """A stapled OCSP response: what it says, or that it cannot be read."""
    root, server, _ = made().ders
    found = read_staple(data, server, [root], at=NOW)
    assert found.size == len(data)
    for part, _ in _parts(data):
        read_staple(data, part, [part, root], at=NOW)


def http(data: bytes) -> None:
    """An HTTP answer; the first byte says in what pieces it comes. However it is cut, it says the same."""
    size, text = max(data[0], 1) if data else 1, data[1:]
    whole, pieces = _outcome([text]), _outcome([text[n : n + size] for n in range(0, len(text), size)])
    assert whole == pieces
    how, answer = whole
    judge(seen(http=answer, http_path="/healthz", ended=_ENDED[how], phase=Phase.RECEIVE))
    asked = HttpObservation(
        endpoint=ENDPOINT, started_at=NOW, method="GET", path="/", ended=_ENDED[how], phase=Phase.RECEIVE, answer=answer
    )
    judge_request(asked)


def stripe(data: bytes) -> None:
    """A body in answer to a call of Stripe's; the first two bytes give its status."""
    status = 100 + int.from_bytes(data[:2], "big") % 500
    redactor = Redactor([Secret(_SECRET)])
    answer = Answer(status=status, headers={"request-id": "req_1"}, body=data[2:], complete=True)
    said = answers.http_answer(answer, redactor)
    assert said is not None
    assert _SECRET not in said.body
    call = StripeObservation(
        endpoint=ENDPOINT,
        started_at=NOW,
        method="v1.payment_intents.create",
        writes=True,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        http=said,
        error=answers.error_facts(answer, redactor),
    )
    judge_call(call)


def text(data: bytes) -> None:
    """Any text in which a secret stands comes out without it."""
    written = data.decode("utf-8", "surrogateescape")
    redacted = Redactor([Secret(_SECRET)]).text(f"{written} {_SECRET}")
    assert _SECRET not in redacted


def in_use(data: bytes) -> None:
    """What a service shows of the certificate that it holds: Envoy's page, a metrics page, a header; or why that is none."""
    known = certificates_from_ders(made().ders, source=WIRE)
    written = data.decode("utf-8", "replace")
    found = [from_text(written, known)]
    with contextlib.suppress(CertsPageError):
        found += ours(data, file=None, known=known)
    with contextlib.suppress(SelectorError):
        list(select(written, written.partition("\n")[0]))
    list(select(written, 'cert_end{name="a"}'))
    shown = oldest(recognised(one, known) for one in found if one is not None)
    assert shown is None or shown.not_after is None or shown.not_after.tzinfo is UTC


def judge(observation: HandshakeObservation) -> Judgement:
    """The judgement on an observation: always a reason of the catalogue."""
    judgement = judge_handshake(observation, CATALOGUE, at=NOW)
    _closed(judgement)
    return judgement


def judge_request(asked: HttpObservation) -> Judgement:
    """The judgement on a request, and on what a step expects of its answer: the same holds."""
    judgement = judge_http(asked, CATALOGUE, at=NOW)
    _closed(judgement)
    plan = StepPlan(
        name="status", kind=StepKind.HTTP, action=HttpAction(method="GET", path="/"), save={"x": "json.a.0.b", "y": "a"}
    )
    expect = {"json.a": {"b": 1}, "headers.date": {"min": 1}, "code": {"one_of": [1]}}
    _known(check_http(plan, expect, asked, CATALOGUE))
    save(plan, asked, into={}, catalogue=CATALOGUE)
    return judgement


def judge_call(observation: StripeObservation) -> Judgement:
    """The judgement on a call, and the one that a handshake right after it would explain: the same holds."""
    judgement = judge_stripe(observation, CATALOGUE, key_from=KeyFrom.PROBE)
    _closed(judgement)
    if isinstance(judgement.outcome, Failed):
        _known(reconcile(judgement.outcome.failure, judge_handshake(seen(), CATALOGUE, at=NOW), CATALOGUE))
    plan = StepPlan(
        name="charge", kind=StepKind.STRIPE, action=StripeAction(method=observation.method), save={"x": "id"}
    )
    for expect in ({}, {"error": {"code": "card_declined"}}, {"status": "succeeded", "amount": {"max": 3}}):
        _known(check_stripe(plan, expect, observation, CATALOGUE))
    save(plan, observation, into={}, catalogue=CATALOGUE)
    return judgement


def seen(**changes: object) -> HandshakeObservation:
    """A handshake that went well, unless changed."""
    facts: dict[str, object] = {
        "endpoint": ENDPOINT,
        "started_at": NOW,
        "phase": Phase.RECEIVE,
        "ended": Ended.COMPLETED,
        "tls": TlsFacts(version="TLSv1.3", established=True, client_certificate_requested=True),
        "client_hello_sent": True,
    }
    return HandshakeObservation(**(facts | changes))  # type: ignore[arg-type]  # the caller's keywords


def seeds() -> dict[Callable[[bytes], None], tuple[bytes, ...]]:
    """What to begin from."""
    said = [spoken(version).messages for version in VERSIONS]
    names = tuple(each.subject.public_bytes() for each in (made().server.certificate, made().client.certificate))
    return {
        messages: tuple(b"".join(_prefixed(message) + _prefixed(b"\x02\x2a") for message in each) for each in said),
        name: names,
        certificate: made().ders,
        chain: (b"".join(map(_prefixed, made().ders[1:])), _prefixed(made().ders[1]) + _prefixed(made().ders[0])),
        staple: staples(),
        http: _HTTP,
        stripe: _STRIPE,
        in_use: _IN_USE,
        text: (
            b"Authorization: Bearer x",
            b"4242 4242 4242 4242",
            b"-----BEGIN PRIVATE KEY-----\nx",
            b"pi_1_secret_2 https://a:b@c/",
        ),
    }


_ENDED: Final = {"whole": Ended.COMPLETED, "cut": Ended.EOF, "not http": Ended.ERROR}
_HTTP: Final = (
    b"\x01HTTP/1.1 200 OK\r\nDate: Thu, 15 Jan 2026 14:28:03 GMT\r\nContent-Length: 5\r\n\r\nhello",
    b'\x03HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n{"a":\r\n3\r\n[1]\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n',
    b"\x07HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 495 X\nssl-client-verify: FAILED:certificate has expired\n\nThe SSL certificate error",
    b'\xffHTTP/1.1 503 x\r\nx-a:b\r\n\r\n{"error": {"code": 5023}}',
)
_STRIPE: Final = (
    b'\x00\x64{"object": "payment_intent", "livemode": false, "status": "succeeded", "id": "pi_1"}',
    b'\x01\x2e{"error": {"type": "card_error", "code": "card_declined", "payment_intent": {"id": "pi_1", "livemode": false}}}',
    b'\x01\x2d{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_hush0123456789"}}',
    b"\x01\x93<html>bad gateway</html>",
)
_IN_USE: Final = (
    (
        b'{"certificates": [{"ca_cert": [], "cert_chain": [{"path": "<inline>", "serial_number": "0ac2", "subject_alt_names": [{"dns": "a"}],'
        b' "days_until_expiration": "90", "valid_from": "2026-01-01T00:00:00Z", "expiration_time": "2026-12-31T00:00:00Z"}]}]}'
    ),
    b'cert_end{name="a"} 1.8e9\ncert_end{name="b\\"",} 1 1395066363000\n',
    b"sha256 Fingerprint=" + b":".join([b"AB"] * 32),
    b"serial=004F00F3",
)


def _outcome(pieces: list[bytes]) -> tuple[str, HttpAnswer | None]:
    """How the answer ended, and what it was."""
    parser = AnswerParser()
    how = "whole"
    try:
        for piece in pieces:
            parser.feed(piece)
            assert len(parser._pending) <= HEAD_LIMIT + len(piece)
        parser.end()
    except NotHttpError:
        how = "not http"
    except IncompleteAnswerError:
        how = "cut"
    answer = parser.answer
    assert answer is None or len(answer.body) <= BODY_LIMIT
    return how, answer


def _parts(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at + 2 <= len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : at + 2 + size], at
        at += 2 + size


def _prefixed(part: bytes) -> bytes:
    return len(part).to_bytes(2, "big") + part


def _closed(judgement: Judgement) -> None:
    assert isinstance(judgement.outcome, Passed | Failed | Unknown)
    for failure in (
        *judgement.warnings,
        *(() if isinstance(judgement.outcome, Passed) else (judgement.outcome.failure,)),
    ):
        _known(failure)


def _known(failure: Failure | None) -> None:
    """A reason of the catalogue, in a sentence of bounded length."""
    if failure is not None:
        assert all(reason in CATALOGUE for reason in (failure.reason, *failure.also))
        assert len(failure.summary) < 4 * HEAD_LIMIT
        assert failure.summary.encode()  # what SQLite, OTLP and a terminal do with it
        assert failure.evidence.detail.encode() is not None
