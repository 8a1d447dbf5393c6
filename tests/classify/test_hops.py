"""Two hops of one path: which of them names the cause, and what is said of files that are not ours to read."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.judgement import Judgement
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Hop, Phase, Severity
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify import seen

NEXT = Endpoint(host="next.test", port=9443, server_name="next.test")
PLACE = "/etc/envoy/tls.crt"
EXPIRED = seen.certificate("CN=envoy", **seen.EXPIRED)


def theirs(*certificates: object, **changes: object) -> IdentityFacts:
    """The connector's own identity."""
    known = {"name": "envoy", "certificate_path": PLACE, "key_path": "/etc/envoy/tls.key"}
    return seen.identity(*certificates, **(known | changes))


def behind(**changes: object) -> HandshakeObservation:
    """A well second hop unless changed."""
    known = {"endpoint": NEXT, "hop": Hop.CONNECTOR_STRIPE, "identity": theirs(), "http": None, "http_path": None}
    return seen.handshake(**(known | changes))


REFUSES: dict[str, object] = {"tls": seen.tls(45), "ended": Ended.ERROR, "phase": Phase.ACCEPT}
"""An upstream that says `certificate_expired`."""
WITHOUT: dict[str, object] = {
    "tls": seen.tls(116, client_certificate_sent=False),
    "ended": Ended.ERROR,
    "phase": Phase.ACCEPT,
}
"""An upstream that wants a certificate and was shown none."""
DOWN: dict[str, object] = {
    "tls": seen.NOTHING,
    "ended": Ended.ERROR,
    "phase": Phase.TCP,
    "causes": (seen.cause("ConnectionRefusedError", errno=111),),
    "client_hello_sent": False,
}
BROKEN = HttpAnswer(
    status=503, body="upstream connect error or disconnect/reset before headers. reset reason: connection termination"
)


def judge(upstream: HandshakeObservation, **first: object) -> Judgement:
    """Both hops, the first as a handshake with a health path."""
    return judge_handshake(seen.handshake(upstream=upstream, **first), seen.CATALOGUE, at=seen.NOW)


def failed(upstream: HandshakeObservation, **first: object) -> Failure:
    """What the two fail for."""
    outcome = judge(upstream, **first).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def test_both_are_well() -> None:
    """Nothing to say."""
    assert judge(behind()) == Judgement(Passed())


def test_an_expired_certificate_of_the_connectors_own() -> None:
    """Refused on the second hop: it fails the path, is the connector's to renew, and is told of the upstream."""
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES))
    assert (failure.reason, failure.code, failure.hop) == ("tls.client_cert.expired", 5023, Hop.CONNECTOR_STRIPE)
    assert (failure.blame, failure.confidence, failure.certificate) == (Blame.CONNECTOR, Confidence.PROVEN, EXPIRED)
    assert failure.summary.startswith("Behind the connector: the connector's client certificate CN=envoy")
    assert f"the upstream {NEXT}" in failure.summary
    assert "our" not in failure.summary.split()


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        (
            {"client_certificate_sent": True},
            "the upstream itself has written that, of the connector's, or somebody behind it has",
        ),
        ({"client_certificate_sent": False}, "the upstream itself wants the connector's, or somebody behind it"),
    ],
)
def test_a_certificate_behind_the_connector_is_not_called_ours(facts: dict[str, bool], doubt: str) -> None:
    """None of ours is seen there."""
    sent = facts["client_certificate_sent"]
    page = (
        "<center>The SSL certificate error</center>"
        if sent
        else "<center>No required SSL certificate was sent</center>"
    )
    answer = HttpAnswer(status=400, body=page, headers={"connection": "close"})
    found = judge(behind(http=answer, http_path="/", tls=seen.tls(session_ticket=True, **facts)))
    failure = found.outcome.failure if isinstance(found.outcome, Failed) else found.warnings[0]
    assert doubt in failure.summary
    assert not {"our", "ours", "ours,"} & set(failure.summary.split())


def test_it_explains_an_answer_that_explains_nothing() -> None:
    """Envoy's 503 says only `connection termination`; the second hop names the certificate."""
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), http=BROKEN)
    assert (failure.reason, failure.hop) == ("tls.client_cert.expired", Hop.CONNECTOR_STRIPE)
    assert "connector.http_5xx" in failure.also
    assert failure.evidence.http_status == 503
    assert "That is why: the connector" in failure.summary


def test_an_expired_certificate_that_nobody_refused_from_here() -> None:
    """A refusal by nginx stands in its HTTP answer alone: behind a connector that fails, the certificate is the likeliest cause."""
    failure = failed(behind(identity=theirs(EXPIRED)), http=BROKEN)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert failure.certificate == EXPIRED
    assert "That is probably why: the connector" in failure.summary
    passed = judge(behind(identity=theirs(EXPIRED)))
    assert passed.outcome == Passed()
    assert [warning.hop for warning in passed.warnings] == [Hop.CONNECTOR_STRIPE]


UNASKED = seen.tls(session_ticket=True, client_certificate_requested=False, client_certificate_sent=False)
SUPERSEDED = (seen.certificate("CN=envoy"), seen.issuer(**seen.EXPIRED))
OK, NOT_FOUND = HttpAnswer(status=200), HttpAnswer(status=404)


@pytest.mark.parametrize(
    ("upstream", "first"),
    [
        (behind(identity=theirs(EXPIRED), http=OK, http_path="/"), NOT_FOUND),
        (behind(identity=theirs(EXPIRED), http=OK, http_path="/"), BROKEN),
        (behind(identity=theirs(EXPIRED)), NOT_FOUND),
        (behind(identity=theirs(EXPIRED), tls=UNASKED), BROKEN),
        (behind(identity=theirs(EXPIRED), tls=UNASKED, http=OK, http_path="/"), BROKEN),
        (behind(identity=theirs(*SUPERSEDED)), BROKEN),
        (behind(identity=theirs(*SUPERSEDED), http=OK, http_path="/"), BROKEN),
        (behind(identity=theirs(EXPIRED, key_path=None), tls=UNASKED), BROKEN),
    ],
    ids=[
        "accepted, and a wrong health path",
        "accepted, and an error",
        "a wrong health path",
        "never asked for",
        "never asked for, and a 200",
        "superseded",
        "superseded, and a 200",
        "never asked for, and not ours to show",
    ],
)
def test_an_expired_certificate_that_cannot_be_the_cause(upstream: HandshakeObservation, first: HttpAnswer) -> None:
    """Accepted, not asked for, or not to be taken from the file: the reason stays the first hop's own, and the warning the second's."""
    failure = failed(upstream, http=first)
    assert (failure.reason, failure.hop) == (
        "connector.http_4xx" if first.status == NOT_FOUND.status else "connector.http_5xx",
        Hop.PROBE_CONNECTOR,
    )
    assert "That is" not in failure.summary


SERVER_EXPIRED: dict[str, object] = {
    "verify_code": 10,
    "ended": Ended.ERROR,
    "phase": Phase.TLS,
    "presented": (seen.wire(**seen.EXPIRED),),
}
"""An upstream whose own certificate has expired."""
BESIDE, WHY, PROBABLY = (
    "Beside that, and perhaps for another cause: the",
    "That is why: the",
    "That is probably why: the",
)
CALLED = {status: HttpAnswer(status=status, body='{"code": 5023}') for status in (404, 500)}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        *((HttpAnswer(status=status), BESIDE) for status in (301, 401, 403, 404, 429)),
        *((HttpAnswer(status=status), PROBABLY) for status in (500, 501, 507)),
        *((HttpAnswer(status=status), WHY) for status in (502, 503, 504)),
        *((answer, WHY) for answer in CALLED.values()),
        (HttpAnswer(status=404, body='{"code": 5026}'), BESIDE),
    ],
)
def test_a_certificate_that_is_refused_behind_is_why_only_where_the_answer_says_so(
    answer: HttpAnswer, said: str
) -> None:
    """It leads as what is broken; a 404 would be the same with all well behind it, a 500 may be for anything."""
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), http=answer)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    assert said in failure.summary
    assert failure.evidence.http_status == answer.status


@pytest.mark.parametrize(
    "upstream",
    [behind(identity=theirs(fault=FileFault.KEY_MISMATCH), **WITHOUT), behind(**SERVER_EXPIRED)],
    ids=["a file that it may not have read yet", "it need not verify it"],
)
def test_what_was_not_seen_to_stop_the_connector_is_probably_why(upstream: HandshakeObservation) -> None:
    """It is so from here, and the connector may hold older files, or look less closely."""
    assert PROBABLY in failed(upstream, http=BROKEN).summary


@pytest.mark.parametrize("headers", [{"connection": "keep-alive"}, {"connection": "close"}])
def test_a_refused_client_certificate_is_not_explained_by_anything_else(headers: dict[str, str]) -> None:
    """The gateway says what it has against the connector; that its own certificate has expired stands beside it."""
    page = HttpAnswer(status=400, body=NGINXS, headers=headers)
    failure = failed(behind(**SERVER_EXPIRED), http=page)
    assert failure.reason in {"connector.identity_refused", "tls.client_cert.rejected"}
    assert "tls.server_cert.expired" in failure.also
    assert "That is" not in failure.summary


NGINXS = "<center>The SSL certificate error</center>"
NONE_SENT = "<center>No required SSL certificate was sent</center>"


@pytest.mark.parametrize(
    ("body", "headers"),
    [(NGINXS, {"connection": "keep-alive"}), (NGINXS, {}), (NONE_SENT, {"connection": "close"}), (NONE_SENT, {})],
)
def test_a_refusal_that_was_passed_on_is_of_the_connectors_certificate(body: str, headers: dict[str, str]) -> None:
    """Our own is in date, and was let in; the gateway behind refuses the connector's, which has expired."""
    page = HttpAnswer(status=400, body=body, headers=headers)
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), http=page)
    assert (failure.reason, failure.hop, failure.blame) == (
        "tls.client_cert.expired",
        Hop.CONNECTOR_STRIPE,
        Blame.CONNECTOR,
    )
    assert failure.certificate == EXPIRED
    assert failure.evidence.http_status == 400
    assert (WHY if headers.get("connection") == "keep-alive" else PROBABLY) in failure.summary.replace(
        "HTTP 400", "the"
    )


def test_a_refusal_by_the_connector_itself_stays_its_own() -> None:
    """It names our certificate, or ours is out of date and the page ends as nginx's own: whatever has expired behind."""
    named = HttpAnswer(status=400, body='{"verify":"FAILED:certificate revoked","s_dn":"CN=billing"}')
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), http=named)
    assert (failure.reason, failure.hop) == ("tls.client_cert.revoked", Hop.PROBE_CONNECTOR)
    page = HttpAnswer(status=400, body=NGINXS, headers={"connection": "close"})
    ours = seen.identity(seen.certificate(**seen.EXPIRED))
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), identity=ours, http=page)
    assert (failure.reason, failure.hop) == ("tls.client_cert.expired", Hop.PROBE_CONNECTOR)


def test_a_page_that_may_be_of_either_is_explained_by_what_has_expired_behind() -> None:
    """A proxy that keeps no connections closes as nginx does: nothing is wrong with ours, and the connector's own is refused there."""
    page = HttpAnswer(status=400, body=NGINXS, headers={"connection": "close"})
    failure = failed(behind(identity=theirs(EXPIRED), **REFUSES), http=page)
    assert (failure.reason, failure.hop) == ("tls.client_cert.expired", Hop.CONNECTOR_STRIPE)
    assert "tls.client_cert.rejected" in failure.also


def test_a_second_hop_that_is_well_narrows_it_down_too() -> None:
    """Then it lies in the connector itself."""
    failure = failed(behind(), http=BROKEN)
    assert (failure.reason, failure.hop) == ("connector.http_5xx", Hop.PROBE_CONNECTOR)
    assert f"its upstream {NEXT} shakes hands as it should" in failure.summary


def test_what_is_only_seen_from_here_is_a_warning() -> None:
    """The connector may reach what we cannot: a firewall between us and its upstream is no outage."""
    judgement = judge(behind(**DOWN))
    (warning,) = judgement.warnings
    assert judgement.outcome == Passed()
    assert (warning.reason, warning.hop, warning.severity) == ("tcp.refused", Hop.CONNECTOR_STRIPE, Severity.TICKET)
    assert "from here" in warning.summary


def test_both_fail_each_for_itself() -> None:
    """What only seems so from here stands beside the first hop's reason; a first hop that refuses us comes first."""
    failure = failed(behind(**DOWN), http=BROKEN)
    assert (failure.reason, failure.also) == ("connector.http_5xx", ("tcp.refused",))
    ours = seen.identity(seen.certificate(**seen.EXPIRED))
    both = failed(behind(identity=theirs(EXPIRED), **REFUSES), identity=ours, http=None, **REFUSES)
    assert (both.reason, both.hop) == ("tls.client_cert.expired", Hop.PROBE_CONNECTOR)
    refused = failed(behind(), **DOWN, http=None)
    assert (refused.reason, "upstream" in refused.summary) == ("tcp.refused", False)


def test_a_first_hop_of_which_nothing_is_known_stays_so() -> None:
    """Our own machine has run out of something."""
    cause = seen.cause("OSError", errno=24)
    first = {**DOWN, "causes": (cause,), "http": None}
    assert isinstance(judge(behind(), **first).outcome, Unknown)
    assert isinstance(judge(behind(**first)).outcome, Passed)


@pytest.mark.parametrize("identity", [None, theirs(key_path=None)])
def test_without_its_key_only_the_server_is_judged(identity: IdentityFacts | None) -> None:
    """That the upstream wants a certificate is as it should be."""
    assert judge(behind(identity=identity, **WITHOUT)).outcome == Passed()
    assert failed(behind(identity=identity, **SERVER_EXPIRED)).reason == "tls.server_cert.expired"


def test_a_certificate_without_a_key_counts_by_its_dates() -> None:
    """It could not be shown, and has expired all the same."""
    failure = failed(behind(identity=theirs(EXPIRED, key_path=None), **WITHOUT))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert (failure.certificate, failure.blame) == (EXPIRED, Blame.CONNECTOR)


@pytest.mark.parametrize(
    ("accepted", "reason"), [(("CN=Root",), "tls.client_cert.chain_expired"), (("CN=Issuing", "CN=Root"), None)]
)
def test_an_issuer_in_a_file_without_a_key_counts_only_where_the_upstream_needs_it(
    accepted: tuple[str, ...], reason: str | None
) -> None:
    """It may be superseded, and the upstream names the CA as its own."""
    wants = {**WITHOUT, "tls": seen.tls(116, client_certificate_sent=False, acceptable_cas=accepted)}
    outcome = judge(behind(identity=theirs(*SUPERSEDED, key_path=None), **wants)).outcome
    assert (outcome.failure.reason if isinstance(outcome, Failed) else None) == reason


def test_a_second_hop_of_which_nothing_is_known_is_not_judged_by_dates() -> None:
    """Our own machine has run out of something, and the certificate has expired besides."""
    lost = {**DOWN, "causes": (seen.cause("OSError", errno=24),)}
    assert judge(behind(identity=theirs(EXPIRED, key_path=None), **lost)).outcome == Passed()


@pytest.mark.parametrize("fault", [FileFault.KEY_UNREADABLE, FileFault.CERTIFICATE_MISSING])
def test_files_that_are_closed_to_us_are_worth_a_warning(fault: FileFault) -> None:
    """They lie on the connector's machine, or belong to its user."""
    identity = theirs(fault=fault)
    if fault is FileFault.CERTIFICATE_MISSING:
        identity = replace(identity, certificates=())
    judgement = judge(behind(identity=identity, **WITHOUT))
    (warning,) = [w for w in judgement.warnings if w.reason == f"tls.{fault.value}"]
    assert judgement.outcome == Passed()
    assert (warning.hop, warning.severity, warning.blame) == (Hop.CONNECTOR_STRIPE, Severity.TICKET, Blame.CONNECTOR)


def test_a_fault_of_its_files_is_the_connectors() -> None:
    """A key that does not fit is so wherever it is read."""
    failure = failed(behind(identity=theirs(fault=FileFault.KEY_MISMATCH), **WITHOUT))
    assert (failure.reason, failure.hop, failure.blame) == (
        "tls.client_key.mismatch",
        Hop.CONNECTOR_STRIPE,
        Blame.CONNECTOR,
    )


def test_a_hop_that_is_gone_beside_the_connector_leads_through_no_tunnel() -> None:
    """It breaks off early, and nobody but its upstream can have done it."""
    broken = behind(tls=seen.NOTHING, presented=(), phase=Phase.TLS, ended=Ended.RESET)
    (warning,) = judge(broken).warnings
    assert warning.reason == "tls.reset_by_peer"
    assert "No certificate had come yet" not in warning.summary
    assert warning.blame is Blame.STRIPE


def test_an_answer_that_refuses_nobody_does_not_lie_behind() -> None:
    """It was cut off: that the connector's own certificate has expired stands beside it, and is not why."""
    cut = {"http": HttpAnswer(status=200), "phase": Phase.RECEIVE, "ended": Ended.EOF}
    failure = failed(behind(**REFUSES, identity=theirs(EXPIRED)), **cut)
    assert (failure.reason, failure.also) == ("connector.protocol_error", ("tls.client_cert.expired",))


@pytest.mark.parametrize(
    ("fault", "path", "what"),
    [
        (
            FileFault.KEY_UNREADABLE,
            "/etc/envoy/tls.key",
            "private key /etc/envoy/tls.key of identity envoy cannot be read",
        ),
        (
            FileFault.CERTIFICATE_MISSING,
            None,
            f"connector's client certificate {PLACE} of identity envoy does not exist",
        ),
    ],
)
def test_which_of_its_files_could_not_be_read_is_said(fault: FileFault, path: str | None, what: str) -> None:
    """Whatever becomes of the first hop: it passes, it fails, or nothing is known of it."""
    upstream = behind(identity=theirs(fault=fault, fault_path=path))
    lost = {"ended": Ended.ERROR, "phase": Phase.TCP, "causes": (seen.cause(errno=24),), "tls": seen.NOTHING}
    for first in ({}, {"http": HttpAnswer(status=404)}, lost | {"http": None}):
        (warning,) = judge(upstream, **first).warnings
        assert warning.reason == f"tls.{fault.value}"
        assert warning.summary == f"Behind the connector: the {what}: the upstream was asked without it."


def test_a_certificate_that_could_not_be_shown_says_why_it_was_not() -> None:
    """Its dates count, and that its key lies elsewhere is said."""
    hidden = behind(**WITHOUT, identity=theirs(EXPIRED, fault=FileFault.KEY_MISSING))
    failure = failed(hidden, http=BROKEN)
    assert (failure.reason, failure.blame) == ("tls.client_cert.expired", Blame.CONNECTOR)
    assert "its key cannot be read here, so it was not shown" in failure.summary


def test_what_the_connector_called_it_stays_beside_the_cause() -> None:
    """Its own code, and its own answer."""
    answer = HttpAnswer(status=502, body='{"code": 5023}')
    failure = failed(behind(**REFUSES, identity=theirs(EXPIRED)), http=answer)
    assert (failure.reason, failure.evidence.observed_code) == ("tls.client_cert.expired", 5023)
    assert failure.evidence.http_status == 502


def test_what_can_be_read_of_the_connectors_identity_counts() -> None:
    """Its certificate, where the key lies elsewhere: nobody asked for one, so that it was not tested is no news; its end is."""
    unasked = seen.tls(client_certificate_requested=False, client_certificate_sent=False)
    hidden = behind(identity=theirs(fault=FileFault.KEY_MISSING), tls=unasked)
    assert [w.reason for w in judge(hidden).warnings] == ["tls.client_key.file_missing"]
    unsent = seen.tls(session_ticket=True, client_certificate_sent=False)
    ended = judge(behind(identity=theirs(EXPIRED, fault=FileFault.KEY_MISSING), tls=unsent))
    assert [w.reason for w in ended.warnings] == ["certificate.expired", "tls.client_key.file_missing"]


def test_a_certificate_from_the_future_has_not_expired() -> None:
    """It was accepted there, so it does not explain what the connector answers; one that has ended does."""
    early = behind(identity=theirs(seen.certificate("CN=envoy", **seen.EARLY)))
    assert failed(early, http=HttpAnswer(status=502)).reason == "connector.http_5xx"
    late = failed(behind(identity=theirs(EXPIRED)), http=HttpAnswer(status=502))
    assert late.reason == "tls.client_cert.expired"
    assert "at 2026-01-15T14:28:00Z. That is probably why: the connector" in late.summary


def test_what_is_not_known_of_a_hop_without_an_identity_is_said() -> None:
    """This machine had no file descriptor left for it."""
    lost = {"ended": Ended.ERROR, "phase": Phase.TCP, "causes": (seen.cause(errno=24),), "tls": seen.NOTHING}
    judgement = judge(behind(identity=None, **lost))
    assert (judgement.outcome, [w.reason for w in judgement.warnings]) == (Passed(), ["prober.failed"])


def test_files_that_were_read_and_do_not_fit_were_not_left_out() -> None:
    """They are a fault, not a thing that we cannot see."""
    judgement = judge(behind(identity=theirs(fault=FileFault.KEY_MISMATCH)))
    assert isinstance(judgement.outcome, Failed)
    assert judgement.outcome.failure.reason == "tls.client_key.mismatch"
    assert judgement.warnings == ()
