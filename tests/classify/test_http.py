"""One HTTP request: transport only."""

import pytest

from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Hop, Phase
from probe.model.network import Ended
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify.seen import CATALOGUE, NOTHING, NOW, cause, request


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_any_whole_answer_passes(status: int) -> None:
    """What it should be is for expectations to say."""
    assert judge_http(request(answer=HttpAnswer(status=status)), CATALOGUE, at=NOW) == Judgement(Passed())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phase": Phase.WAIT, "ended": Ended.TIMED_OUT}, "connector.timeout"),
        ({"phase": Phase.WAIT, "ended": Ended.EOF}, "connector.closed_after_handshake"),
        ({"phase": Phase.RECEIVE, "ended": Ended.EOF}, "connector.protocol_error"),
        ({"phase": Phase.DNS, "ended": Ended.TIMED_OUT, "tls": NOTHING}, "dns.timeout"),
        ({"phase": Phase.TLS, "ended": Ended.TIMED_OUT, "tls": NOTHING}, "tls.handshake_timeout"),
        (
            {"phase": Phase.TLS, "ended": Ended.ERROR, "tls": NOTHING, "causes": (cause(verify_code=18),)},
            "tls.server_cert.self_signed",
        ),
    ],
)
def test_no_whole_answer_is_judged_like_a_handshake(changes: dict[str, object], reason: str) -> None:
    """By phase, by the same tables."""
    outcome = judge_http(request(answer=None, **changes), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == reason


def test_what_our_machine_lacks_is_unknown() -> None:
    """EMFILE says nothing about the path."""
    seen = request(answer=None, phase=Phase.TCP, ended=Ended.ERROR, tls=NOTHING, causes=(cause(errno=24),))
    assert isinstance(judge_http(seen, CATALOGUE, at=NOW).outcome, Unknown)


def test_what_the_answer_calls_it_stands_in_the_evidence() -> None:
    """The connector's own number, in the usual place or where the configuration says; and what was asked stands in the sentence."""
    usual = request(answer=HttpAnswer(status=495, body='{"code": 5023}'))
    other = request(answer=HttpAnswer(status=495, body='{"its": {"own": 5023}}'))
    for seen, place in ((usual, None), (other, "its.own")):
        outcome = judge_http(seen, CATALOGUE, at=NOW, error_code_at=place).outcome
        assert isinstance(outcome, Failed)
        assert (outcome.failure.reason, outcome.failure.evidence.observed_code) == ("tls.client_cert.rejected", 5023)
    late = request(answer=None, phase=Phase.WAIT, ended=Ended.TIMED_OUT, path="/status")
    outcome = judge_http(late, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.summary.endswith("(asked for /status).")


def test_a_clock_that_disagrees_is_told_with_its_endpoint() -> None:
    """Beside an answer that is well."""
    late = HttpAnswer(status=200, headers={"date": "Thu, 15 Jan 2026 11:00:00 GMT"})
    (warning,) = judge_http(request(answer=late), CATALOGUE, at=NOW).warnings
    assert (warning.reason, "connector.internal:8443" in warning.summary) == ("prober.clock_skew", True)


def test_what_our_machine_lacks_is_told() -> None:
    """With its reason."""
    seen = request(answer=None, phase=Phase.TCP, ended=Ended.ERROR, tls=NOTHING, causes=(cause(errno=24),))
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.failure.reason == "prober.failed"


def test_a_request_behind_the_connector_is_told_of_what_stands_there() -> None:
    """The hop is the observation's own, whatever the tables say."""
    seen = request(answer=None, phase=Phase.WAIT, ended=Ended.TIMED_OUT, hop=Hop.CONNECTOR_STRIPE)
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.hop, outcome.failure.blame) == (Hop.CONNECTOR_STRIPE, Blame.STRIPE)
