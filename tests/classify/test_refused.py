"""A pass without our client certificate: being refused is what is wanted."""

import dataclasses

import pytest

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.refused import judge_refused
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation, HttpObservation
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify import seen

CATALOGUE = load()


def shaken(observation: HandshakeObservation) -> Judgement:
    """As the runner judges a handshake without a certificate."""
    return judge_refused(judge_handshake(observation, CATALOGUE, at=seen.NOW, any_answer=True), observation, CATALOGUE)


def asked(observation: HttpObservation) -> Judgement:
    """As the runner judges a request without a certificate."""
    return judge_refused(judge_http(observation, CATALOGUE, at=seen.NOW), observation, CATALOGUE)


def reason(judgement: Judgement) -> str:
    """Why it failed, or could not be told."""
    assert isinstance(judgement.outcome, Failed | Unknown), judgement
    return judgement.outcome.failure.reason


BARE = seen.tls(client_certificate_requested=True, client_certificate_sent=False)
"""Asked for a certificate, and sent none."""


@pytest.mark.parametrize(
    "observation",
    [
        *(
            seen.ended(phase, Ended.ERROR, identity=None, tls=dataclasses.replace(BARE, alerts=(seen.alert(number),)))
            for phase, number in ((Phase.ACCEPT, 116), (Phase.ACCEPT, 42), (Phase.TLS, 40), (Phase.TLS, 49))
        ),
        seen.ended(Phase.ACCEPT, Ended.EOF, identity=None, tls=BARE),
        seen.ended(Phase.ACCEPT, Ended.RESET, identity=None, tls=BARE),
        seen.ended(
            Phase.WAIT, Ended.EOF, identity=None, tls=dataclasses.replace(BARE, session_ticket=True), http_path="/"
        ),
        seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=401)),
        seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=403)),
        seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=496)),
    ],
)
def test_refusals(observation: HandshakeObservation) -> None:
    """By an alert, by hanging up on whoever was asked for a certificate, or over HTTP."""
    assert shaken(observation).outcome == Passed()


@pytest.mark.parametrize("status", [200, 204, 302, 404])
def test_getting_through(status: int) -> None:
    """Any other answer comes from behind the door that should be shut."""
    judgement = shaken(seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=status)))
    assert isinstance(judgement.outcome, Failed)
    failure = judgement.outcome.failure
    assert (failure.reason, failure.confidence) == ("connector.not_refused", Confidence.PROVEN)
    assert failure.phase is Phase.RECEIVE
    assert failure.evidence.http_status == status
    assert f"answered HTTP {status}, although no client certificate was shown" in failure.summary


def test_a_handshake_alone_that_got_through() -> None:
    """Where nothing was asked, the finished handshake is what is told."""
    judgement = shaken(seen.handshake(identity=None, tls=BARE, http=None, http_path=None))
    assert isinstance(judgement.outcome, Failed)
    assert "finished the handshake, although" in judgement.outcome.failure.summary


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (seen.ended(Phase.TCP, Ended.ERROR, causes=(seen.cause("ConnectionRefusedError", errno=111),)), "tcp.refused"),
        (seen.ended(Phase.TLS, Ended.TIMED_OUT, identity=None), "tls.handshake_timeout"),
        (seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=502)), "connector.http_5xx"),
    ],
)
def test_what_else_is_broken_is_no_refusal(observation: HandshakeObservation, expected: str) -> None:
    """A connector that is down has refused nobody."""
    assert reason(shaken(observation)) == expected


def test_hanging_up_without_having_asked_proves_nothing() -> None:
    """A server that closes on everybody is broken, not strict."""
    never_asked = seen.tls(client_certificate_requested=False)
    closed = seen.ended(Phase.WAIT, Ended.EOF, identity=None, tls=never_asked)
    assert reason(shaken(closed)) == "connector.closed_after_handshake"


def test_requests() -> None:
    """An `http` step is judged the same way."""
    assert asked(seen.request(answer=HttpAnswer(status=403))).outcome == Passed()
    assert reason(asked(seen.request(answer=HttpAnswer(status=200)))) == "connector.not_refused"


def test_the_refusal_of_a_proxy_is_not_the_connectors() -> None:
    """Whoever turns us away on the way to it has not shown that the connector would."""
    leg = seen.ended(Phase.ACCEPT, Ended.ERROR, identity=None, tls=dataclasses.replace(BARE, alerts=(seen.alert(116),)))
    turned_away = seen.ended(Phase.TCP, Ended.ERROR, identity=None, proxy=leg)
    assert reason(shaken(turned_away)) == "tls.client_cert.missing"


REFUSES = seen.ended(
    Phase.ACCEPT, Ended.ERROR, identity=None, tls=dataclasses.replace(BARE, alerts=(seen.alert(116),)), http_path="/"
)
LETS_IN = seen.handshake(identity=None, tls=BARE, http_path="/", http=HttpAnswer(status=200))
DOWN = seen.ended(
    Phase.TCP,
    Ended.ERROR,
    causes=(seen.cause("ConnectionRefusedError", errno=111),),
    tls=dataclasses.replace(BARE, client_certificate_requested=None),
)


@pytest.mark.parametrize(
    ("passes", "wanted"),
    [
        ((REFUSES, REFUSES), None),
        ((REFUSES, LETS_IN), "connector.not_refused"),
        ((LETS_IN, REFUSES), "connector.not_refused"),
        ((REFUSES, DOWN), "tcp.refused"),
        ((DOWN, REFUSES), "tcp.refused"),
    ],
)
def test_each_address_for_itself(passes: tuple[HandshakeObservation, ...], wanted: str | None) -> None:
    """One that lets strangers in is not hidden by one that refuses them, and one that refuses is no failure beside a dead one."""
    judged = shaken(dataclasses.replace(passes[0], addresses=passes))
    assert (None if judged.outcome == Passed() else reason(judged)) == wanted
    if isinstance(judged.outcome, Failed):
        assert judged.outcome.failure.summary.startswith("1 of 2 addresses of the connector failed: ")
