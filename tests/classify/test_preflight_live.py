"""What a live path says to the candidate, read beside what it says to the current identity."""

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Phase
from probe.model.identity import FileFault
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Skipped, Unknown, word
from probe.model.tls import VerifyError
from tests.classify import seen, tried

REFUSED = {"phase": Phase.TCP, "ended": Ended.ERROR, "causes": (seen.cause("ConnectionRefusedError", errno=111),)}
DOWN = seen.ended(REFUSED["phase"], Ended.ERROR, causes=REFUSED["causes"], tls=seen.NOTHING)
PROXY = Endpoint(host="proxy.internal", port=3128, server_name="proxy.internal")
STRANGERS = ("CN=A", "CN=B", "CN=C", "CN=D", "CN=E")


def alerted(number: int, **changes: object) -> HandshakeObservation:
    """A peer that refuses with an alert after the handshake (TLS 1.3)."""
    facts = {"tls": seen.tls(number, acceptable_cas=tried.ACCEPTED), "phase": Phase.ACCEPT, "ended": Ended.ERROR}
    return tried.passed(**(facts | {"http": None} | changes))


def answered(status: int) -> HandshakeObservation:
    """A peer that answers the request with this status."""
    return tried.passed(http=HttpAnswer(status=status))


def test_a_candidate_that_a_path_takes_is_said_to_with_what_was_seen() -> None:
    """Each line stands by its path."""
    found = tried.judged()
    assert {name: tried.why(found, name) for name in ("current-works", "issuer-accepted", "handshake", "request")} == {
        "current-works": f"{seen.ENDPOINT} takes the current identity now",
        "issuer-accepted": f"{seen.ENDPOINT} accepts certificates of CN=Root",
        "handshake": f"TLSv1.3 with {seen.ENDPOINT}, client certificate sent",
        "request": "GET /healthz: HTTP 200",
    }
    assert tried.check(found, "request", "billing") == tried.check(found, "request")


def test_an_expired_candidate_that_is_accepted_is_told_of_once() -> None:
    """Its dates are an objection of their own: a warning beside it says nothing more."""
    late = tried.candidate(seen.certificate(sha256="be" * 32, **seen.EXPIRED), tried.ISSUER)
    found = tried.judged(candidate=late, lives=(tried.live(candidate=tried.passed(late.identity)),))
    assert tried.told(found, "request") == ("passed", None)
    assert ([f.reason for f in found.objections], found.warnings) == (["tls.client_cert.expired"], ())


def test_a_refusal_of_the_certificate_is_an_objection_whatever_the_control_says() -> None:
    """The peer's word on the candidate counts; that it refuses the current one too is said beside it."""
    alone = tried.judged(lives=(tried.live(candidate=alerted(44)),))
    assert tried.told(alone, "handshake") == ("failed", "tls.client_cert.revoked")
    assert tried.why(alone, "handshake").endswith("The current identity passes.")
    both = tried.judged(lives=(tried.live(candidate=alerted(44), control=alerted(44)),))
    assert tried.told(both, "handshake") == ("failed", "tls.client_cert.revoked")
    assert tried.why(both, "handshake").endswith("The current identity does not pass either (tls.client_cert.revoked).")
    assert tried.told(both, "request") == ("skipped", None)
    assert tried.why(both, "request") == "it did not come so far"


def test_a_refusal_in_http_fails_the_request() -> None:
    """As nginx, which finishes the handshake and refuses in its answer."""
    page = "<title>400 The SSL certificate error</title>"
    found = tried.judged(lives=(tried.live(candidate=tried.passed(http=HttpAnswer(status=400, body=page))),))
    assert tried.told(found, "handshake") == ("passed", None)
    assert tried.told(found, "request") == ("failed", "tls.client_cert.rejected")
    assert tried.why(found, "request").endswith(" The current identity passes.")


@pytest.mark.parametrize(
    ("control", "gives"),
    [(tried.passed(tried.CURRENT), "failed"), (answered(503), "unknown"), (None, "unknown")],
)
def test_only_the_control_tells_a_broken_path_from_a_wrong_candidate(
    control: HandshakeObservation | None, gives: str
) -> None:
    """503 to both is the connector's trouble; 503 to the candidate alone is the candidate's."""
    found = tried.judged(lives=(tried.live(candidate=answered(503), control=control),))
    assert tried.told(found, "request") == (gives, "connector.http_5xx")


def test_a_clock_that_is_wrong_is_told_of_beside_a_request_that_failed() -> None:
    """The one may be the cause of the other."""
    late = HttpAnswer(status=503, headers={"date": "Thu, 15 Jan 2026 20:00:00 GMT"})
    found = tried.judged(lives=(tried.live(candidate=tried.passed(http=late)),))
    assert tried.told(found, "request") == ("failed", "connector.http_5xx")
    assert [w.reason for w in found.warnings] == ["prober.clock_skew"]


def test_what_is_odd_about_a_proxy_is_told_of_beside_a_handshake_that_failed() -> None:
    """Whatever became of the rest: only a lenient client gets through that proxy."""
    leg = tried.passed(tried.CURRENT, endpoint=PROXY, strict_objection=VerifyError(code=92, depth=0))
    found = tried.judged(lives=(tried.live(candidate=alerted(44, proxy=leg)),))
    assert tried.told(found, "handshake") == ("failed", "tls.client_cert.revoked")
    assert [w.reason for w in found.warnings] == ["tls.server_cert.malformed"]


def test_a_connection_that_is_refused_is_never_the_candidates_fault() -> None:
    """Although the current identity has just passed: nobody has seen the certificate."""
    found = tried.judged(lives=(tried.live(candidate=DOWN),))
    assert tried.told(found, "handshake") == ("unknown", "tcp.refused")
    outcome = tried.check(found, "handshake").outcome
    assert isinstance(outcome, Unknown)
    assert tried.why(found, "handshake") == outcome.failure.summary
    assert tried.told(found, "issuer-accepted") == ("passed", None), "the control has shown the peer's list"


def test_a_peer_that_does_not_ask_has_not_tested_it() -> None:
    """Mutual TLS is switched off: whatever is shown there passes."""
    off = seen.tls(client_certificate_requested=False, client_certificate_sent=False, session_ticket=True)
    found = tried.judged(
        lives=(tried.live(candidate=tried.passed(tls=off), control=tried.passed(tried.CURRENT, tls=off)),)
    )
    assert tried.told(found, "handshake") == ("unknown", "tls.client_cert.not_requested")
    assert tried.told(found, "request") == ("skipped", None)
    assert tried.why(found, "request") == "without the certificate it proves nothing"
    assert "asks for no client certificate" in tried.why(found, "current-works")


def test_files_that_cannot_be_used_are_not_offered() -> None:
    """The control is made all the same: it says whether the path is up at all."""
    found = tried.judged(lives=(tried.live(candidate=None),))
    assert [tried.told(found, name)[0] for name in ("current-works", "handshake", "request")] == [
        "passed", "skipped", "skipped",
    ]  # fmt: skip
    assert tried.why(found, "handshake") == "the files cannot be used, so there is nothing to offer"


def test_a_current_identity_that_cannot_be_used_fails_its_own_check_alone() -> None:
    """A rotation that stopped half-way: the candidate is what mends it."""
    torn = seen.identity(fault=FileFault.KEY_MISMATCH, fault_path="/k", fault_detail="/k is another's")
    control = alerted(
        116, identity=torn, tls=seen.tls(116, client_certificate_sent=False, acceptable_cas=tried.ACCEPTED)
    )
    found = tried.judged(current=torn, lives=(tried.live(control=control),))
    assert tried.told(found, "current-works") == ("failed", "tls.client_key.mismatch")
    assert "takes the current identity now" not in tried.why(found, "current-works")
    assert (found.objections, found.mends) == ((), ("billing",))


@pytest.mark.parametrize(
    ("current", "says"),
    [
        (None, "there is no current identity"),
        (seen.identity(key_path=None), "the current identity has no private key here"),
        (tried.CURRENT, "it was not tried"),
    ],
)
def test_why_there_is_no_control(current: object, says: str) -> None:
    """There is none, it is only watched, or nobody tried it."""
    found = tried.judged(current=current, lives=(tried.live(control=None),))
    assert tried.told(found, "current-works") == ("skipped", None)
    assert tried.why(found, "current-works") == says


def test_an_interruption_says_nothing() -> None:
    """Ctrl-C: unknown, and the files' checks stand."""
    found = tried.judged(lives=(tried.live(control=None, candidate=None, interrupted=True),))
    outcomes = {name: tried.told(found, name)[0] for name in ("current-works", "handshake", "request", "dates")}
    assert outcomes == {"current-works": "unknown", "handshake": "unknown", "request": "unknown", "dates": "passed"}
    assert tried.why(found, "issuer-accepted") == f"{seen.ENDPOINT} was not reached"


@pytest.mark.parametrize(("kind", "outcome"), [(Failed, "failed"), (Unknown, "unknown")])
def test_on_a_path_that_is_shut_nothing_is_tried(kind: type[Failed | Unknown], outcome: str) -> None:
    """The latch stands against it, or that nobody can read it; the files' checks are made, and another path is asked."""
    why = seen.CATALOGUE.failure(
        "charge.live_mode", phase=None, confidence=Confidence.PROVEN, summary="Path billing is latched."
    )
    found = tried.judged(
        lives=(tried.live(control=None, candidate=None, shut=kind(why)), tried.live(path="other")),
    )
    told = {c.name: (word(c.outcome), c.decides) for c in found.checks if c.path == "billing"}
    assert told == {
        "current-works": ("skipped", False),
        "issuer-accepted": ("skipped", True),
        "handshake": (outcome, True),
        "request": ("skipped", True),
    }
    left = [c.outcome.because for c in found.checks if c.path == "billing" and isinstance(c.outcome, Skipped)]
    assert left == ["nothing is sent on a latched path"] * 3
    assert [word(c.outcome) for c in found.checks if c.path == "other"] == ["passed"] * 4
    assert (word(found.outcome), found.mends, found.down) == (outcome, (), ())
    assert isinstance(found.outcome, Failed | Unknown)
    assert found.outcome.failure.reason == "charge.live_mode"
    assert tried.told(found, "dates") == ("passed", None)


def test_a_peer_that_names_other_cas() -> None:
    """It refuses: then that is the reason, with both beside each other, and no more names than can be read."""
    tls = seen.tls(42, acceptable_cas=STRANGERS)
    found = tried.judged(lives=(tried.live(control=None, candidate=alerted(42, tls=tls)),))
    assert tried.told(found, "issuer-accepted") == ("failed", "tls.client_cert.unknown_ca")
    assert tried.why(found, "issuer-accepted") == (
        f"CN=billing (serial beef) in {seen.FILE} was issued by CN=Issuing, which is not among the CAs that {seen.ENDPOINT} says "
        "it accepts (CN=A, CN=B, CN=C, CN=D and 1 more)."
    )
    outcome = tried.check(found, "issuer-accepted").outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.certificate, outcome.failure.confidence) == (tried.LEAF, Confidence.INFERRED)
    four = seen.tls(42, acceptable_cas=STRANGERS[:4])
    found = tried.judged(lives=(tried.live(control=None, candidate=alerted(42, tls=four)),))
    assert tried.why(found, "issuer-accepted").endswith("(CN=A, CN=B, CN=C, CN=D).")


def test_a_peer_that_names_other_cas_and_accepts() -> None:
    """The list is a hint to clients (RFC 8446 4.2.4); acceptance is a fact."""
    tls = seen.tls(acceptable_cas=STRANGERS[:1], session_ticket=True)
    found = tried.judged(lives=(tried.live(control=None, candidate=tried.passed(tls=tls)),))
    assert tried.told(found, "issuer-accepted") == ("passed", None)
    assert "accepted all the same" in tried.why(found, "issuer-accepted")


def test_a_peer_that_names_no_cas() -> None:
    """It need not."""
    tls = seen.tls(session_ticket=True)
    found = tried.judged(lives=(tried.live(control=None, candidate=tried.passed(tls=tls)),))
    assert tried.told(found, "issuer-accepted") == ("skipped", None)
    assert tried.why(found, "issuer-accepted") == f"{seen.ENDPOINT} does not say which CAs it accepts"


def test_a_peer_that_refused_within_the_handshake_was_reached() -> None:
    """TLS 1.2: the version was agreed on, and nothing was finished."""
    tls = seen.tls(40, established=False, version="TLSv1.2")
    found = tried.judged(lives=(tried.live(control=None, candidate=alerted(40, tls=tls, phase=Phase.TLS)),))
    assert tried.why(found, "issuer-accepted") == f"{seen.ENDPOINT} does not say which CAs it accepts"


def test_the_issuer_of_a_missing_intermediate_counts() -> None:
    """What is wrong is the gap, not the CA."""
    alone = tried.candidate(tried.LEAF)
    no = alerted(48, identity=alone.identity)
    found = tried.judged(candidate=alone, lives=(tried.live(candidate=no),))
    assert tried.told(found, "issuer-accepted") == ("passed", None)
    assert found.objections[0].reason == "tls.client_cert.chain_incomplete"


def test_any_answer_will_do_where_no_health_path_is_known() -> None:
    """A 404 to `/` passes with a warning."""
    found = tried.judged(lives=(tried.live(candidate=answered(404), any_answer=True),))
    assert tried.told(found, "request") == ("passed", None)
    assert [w.reason for w in found.warnings] == ["connector.http_4xx"]


def test_where_nothing_may_be_asked_the_handshake_is_all() -> None:
    """`--no-http`, or a path that offers protocols that we do not speak."""
    quiet = tried.passed(http=None, http_path=None, phase=Phase.ACCEPT)
    found = tried.judged(lives=(tried.live(candidate=quiet),))
    assert (tried.told(found, "request"), tried.why(found, "request")) == (("passed", None), "nothing was asked for")


def test_an_identity_for_a_proxy_is_judged_by_what_the_proxy_says() -> None:
    """Its list of CAs and its refusal; what the connector says is about another identity."""
    files = tried.candidate()
    leg = tried.passed(files.identity, http=HttpAnswer(status=200), http_path="connector.internal:8443")
    beyond = tried.passed(tried.CURRENT, tls=seen.tls(44), phase=Phase.ACCEPT, ended=Ended.ERROR, http=None, proxy=leg)
    found = tried.judged(lives=(tried.live(proxied=True, candidate=beyond, control=None),))
    assert tried.told(found, "handshake") == ("unknown", "tls.client_cert.revoked"), "that is the connector's word"
    assert tried.told(found, "issuer-accepted") == ("passed", None)
    no = tried.passed(tried.CURRENT, proxy=alerted(44, identity=files.identity), **REFUSED, tls=seen.NOTHING, http=None)
    refused = tried.judged(lives=(tried.live(proxied=True, candidate=no, control=None),))
    assert tried.told(refused, "handshake") == ("failed", "tls.client_cert.revoked")


def test_an_identity_for_a_proxy_that_the_proxy_accepts() -> None:
    """The handshake that is told is the one with the proxy."""
    leg = tried.passed(endpoint=PROXY, http=HttpAnswer(status=200), http_path="connector.internal:8443")
    found = tried.judged(lives=(tried.live(proxied=True, candidate=tried.passed(tried.CURRENT, proxy=leg)),))
    assert tried.told(found, "request") == ("passed", None)
    assert tried.why(found, "handshake") == f"TLSv1.3 with {PROXY}, client certificate sent"


def test_a_connector_that_is_a_proxy_itself_is_asked_for_a_way() -> None:
    """What is shown is what was said to it."""
    through = tried.passed(tunnel_to=PROXY, http=HttpAnswer(status=200), http_path=str(PROXY))
    found = tried.judged(lives=(tried.live(candidate=through),))
    assert tried.why(found, "request") == f"CONNECT {PROXY}: HTTP 200"


def test_an_identity_for_a_connector_behind_a_proxy_is_told_of_the_connector() -> None:
    """The proxy has an identity of its own, or none."""
    leg = tried.passed(tried.CURRENT, endpoint=PROXY, http=HttpAnswer(status=200), http_path="connector.internal:8443")
    found = tried.judged(lives=(tried.live(candidate=tried.passed(proxy=leg)),))
    assert tried.why(found, "handshake") == f"TLSv1.3 with {seen.ENDPOINT}, client certificate sent"
