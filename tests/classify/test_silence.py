"""A wait in vain is told as what the kernel knows of its packets, and blamed on the network only where packets were lost."""

import pytest

from probe.classify.handshake import judge_handshake
from probe.model.failure import Blame, Failure, Phase
from probe.model.network import Ended, TcpFacts
from probe.model.outcome import Failed
from probe.model.tls import TlsFacts
from tests.classify import seen


def facts(**changes: object) -> TcpFacts:
    """All went there, and nothing came back."""
    told: dict[str, object] = {"acknowledged": 517, "unacknowledged": 0, "tries_in_vain": 0, "largest_segment": 1448}
    return TcpFacts(**(told | changes))


def judged(tcp: TcpFacts | None, phase: Phase = Phase.TLS) -> Failure:
    """A wait that ran out in this phase."""
    tls = TlsFacts() if phase is Phase.TLS else seen.tls()
    ended = seen.ended(phase, Ended.TIMED_OUT, tls=tls, tcp=tcp, http_path="/healthz", bytes_received=0)
    outcome = judge_handshake(ended, seen.CATALOGUE, at=seen.NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


DROPPED = {"acknowledged": 0, "unacknowledged": 517, "tries_in_vain": 4}
LATER = {"unacknowledged": 80, "tries_in_vain": 2}

ROWS = {
    "nothing got there": (facts(**DROPPED), Blame.NETWORK, "none of our 517 bytes were acknowledged, although they were sent 5 times"),
    "one repetition is no proof": (facts(**DROPPED | {"tries_in_vain": 1}), Blame.CONNECTOR, "(0 bytes had come from it)."),
    "whatever comes then is dropped": (facts(**DROPPED), Blame.NETWORK, "packets of this connection are dropped on the way, or the machine there is gone."),
    "cut off half-way": (facts(**LATER), Blame.NETWORK, "our last 80 bytes were not acknowledged, although they were sent 3 times"),
    "a full packet did not get there": (facts(**LATER | {"unacknowledged": 1600}), Blame.NETWORK, "drop large packets (MTU)"),
    "a narrow link": (facts(**LATER | {"unacknowledged": 1600}), Blame.NETWORK, "a link on the way may be narrower than both sides believe"),
    "cut off since then": (facts(**LATER), Blame.NETWORK, "since then packets of this connection are dropped on the way, or the machine there is gone."),
    "a packet as large as any": (facts(**LATER | {"unacknowledged": 1448}), Blame.NETWORK, "drop large packets (MTU)"),
    "how large they may be is not known": (facts(**LATER | {"largest_segment": 0}), Blame.NETWORK, "our last 80 bytes were not acknowledged"),
    "later ones got there": (facts(**LATER | {"acknowledged_beyond": True}), Blame.NETWORK, "a later, smaller packet was: a link"),
    "later ones got there, and the first never": (facts(**DROPPED | {"acknowledged_beyond": True}), Blame.NETWORK, "drops large packets (MTU)"),
    "the first of theirs did not come": (facts(gap=True), Blame.NETWORK, "later packets of its answer came, and the first one never did"),
    "they have it, and are silent": (facts(), Blame.CONNECTOR, "its machine acknowledged our 517 bytes, so it is not cut off"),
    "they may wait for more, in plain text": (facts(), Blame.CONNECTOR, "or it does not speak TLS at all and waits for more"),
    "large packets of theirs may be lost": (facts(), Blame.CONNECTOR, "or its answer, in larger packets, is lost on the way (MTU)"),
    "they had begun to answer": (facts(received=90), Blame.CONNECTOR, "(0 bytes had come from it)."),
    "the kernel does not tell": (None, Blame.CONNECTOR, "(0 bytes had come from it)."),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_a_handshake(row: str) -> None:
    """The reason stays that of the phase."""
    tcp, blame, says = ROWS[row]
    failure = judged(tcp)
    assert (failure.reason, failure.blame) == ("tls.handshake_timeout", blame)
    assert says in failure.summary


def test_an_answer() -> None:
    """After the handshake alike: a flow that is dropped from then on is the network's doing."""
    failure = judged(facts(**LATER), Phase.WAIT)
    assert (failure.reason, failure.blame) == ("connector.timeout", Blame.NETWORK)
    assert "(asked for /healthz); our last 80 bytes were not acknowledged" in failure.summary
    assert judged(facts(received=1500), Phase.WAIT).blame is Blame.CONNECTOR


def test_the_numbers_are_in_the_evidence() -> None:
    """For whoever looks into it."""
    assert judged(facts(gap=True)).evidence.detail.endswith(
        "TCP: of our bytes 517 acknowledged, 0 not, after 0 repetitions in a row; 0 received in order, others out of order"
    )
    assert judged(facts(received=90)).evidence.detail.endswith("; 90 received in order")


def test_a_connection_that_was_closed_was_no_wait() -> None:
    """Whatever the kernel knows of its packets: the peer said that it had enough."""
    unasked = seen.tls(client_certificate_requested=False, client_certificate_sent=False)
    closed = seen.ended(Phase.WAIT, Ended.EOF, tls=unasked, tcp=facts(**LATER), identity=None)
    outcome = judge_handshake(closed, seen.CATALOGUE, at=seen.NOW).outcome
    assert isinstance(outcome, Failed)
    assert "acknowledged" not in outcome.failure.summary
    assert outcome.failure.blame is not Blame.NETWORK
