"""Our clock against the peer's `Date`."""

from datetime import UTC, datetime, timedelta

import pytest

from probe.classify.clocks import peer_date
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Hop, Phase
from probe.model.network import PhaseTiming
from probe.model.outcome import Failed, Passed
from probe.model.path import KeyFrom
from tests.classify.seen import CATALOGUE, ENDPOINT, NOW, call, handshake, request

TIMINGS = (
    PhaseTiming(phase=Phase.TLS, offset_s=0.0, duration_s=10.0),
    PhaseTiming(phase=Phase.SEND, offset_s=10.0, duration_s=0.5),
    PhaseTiming(phase=Phase.WAIT, offset_s=10.5, duration_s=29.5),
)
"""Asked 10 s after the start, read 40 s after it."""


def _dated(seconds: float, status: int = 200, **headers: str) -> HttpAnswer:
    """An answer whose Date is that far from the start."""
    at = NOW + timedelta(seconds=seconds)
    return HttpAnswer(status=status, headers={"date": f"{at:%a, %d %b %Y %H:%M:%S} GMT", **headers})


def _judge(answer: HttpAnswer, timings: tuple[PhaseTiming, ...] = TIMINGS) -> Judgement:
    return judge_handshake(handshake(http=answer, timings=timings), CATALOGUE, at=NOW)


@pytest.mark.parametrize("seconds", [-51, -50, 0, 10, 25, 40, 100])
def test_a_date_within_a_minute_of_the_exchange_is_no_skew(seconds: int) -> None:
    """The time that the answer was under way counts for it, and so does the second that Date is cut off to."""
    assert _judge(_dated(seconds)) == Judgement(Passed())


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(-52, "is 1 minute behind"), (-3600, "1 hour behind"), (101, "1 minute ahead of"), (86440, "24 hours ahead of")],
)
def test_a_date_further_away_is_a_warning_on_a_run_that_passed(seconds: int, says: str) -> None:
    """Issue: clock skew at our side is noticed and said. Whose clock is wrong, two clocks cannot tell."""
    judgement = _judge(_dated(seconds))
    assert judgement.outcome == Passed()
    (warning,) = judgement.warnings
    assert (warning.reason, warning.confidence) == ("prober.clock_skew", Confidence.PEER_HTTP)
    assert (warning.code, warning.hop, warning.blame) == (5029, Hop.NONE, Blame.UNKNOWN)
    assert (warning.phase, says in warning.summary) == (Phase.RECEIVE, True)
    assert "here it was 2026-01-15T14:30:40Z" in warning.evidence.detail


def test_without_timings_the_start_is_the_moment() -> None:
    """Observations that were put together elsewhere."""
    assert _judge(_dated(60), ()).warnings == ()
    assert [w.reason for w in _judge(_dated(61), ()).warnings] == ["prober.clock_skew"]


def test_it_is_said_beside_a_failure_too() -> None:
    """Who looks for the cause of an outage by date needs it most."""
    judgement = _judge(_dated(7200, status=503))
    assert isinstance(judgement.outcome, Failed)
    assert [w.reason for w in judgement.warnings] == ["prober.clock_skew"]


def test_requests_and_calls_notice_it_as_well() -> None:
    """Every answer that is dated."""
    late, broken = _dated(7200), _dated(7200, status=503)
    told = [
        judge_http(request(answer=late), CATALOGUE, at=NOW),
        judge_http(request(answer=_dated(7200, status=495)), CATALOGUE, at=NOW),
        judge_stripe(call(http=late), CATALOGUE, key_from=KeyFrom.PROBE),
        judge_stripe(call(http=broken, response=None), CATALOGUE, key_from=KeyFrom.PROBE),
    ]
    assert [type(each.outcome) for each in told] == [Passed, Failed, Passed, Failed]
    assert [[w.reason for w in each.warnings] for each in told] == [["prober.clock_skew"]] * 4
    assert all(each.warnings[0].summary.startswith(f"The clock of {ENDPOINT} is 2 hours ahead of") for each in told)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "Sat, 31 Feb 2026 00:00:00 GMT",
        "Thu, 15 Jan 2026 23:59:60 GMT",
        "Thursday, 15-Jan-26 14:30:00",
        "Thursday, 15-Jan-2026 14:30:00 GMT",
        "Thu Jan 15 14:30:00 2026 GMT",
        "Thu Jan 5 14:30:00 2026",
        "Thu, 15 Jan 2026 14:30:00 +0000",
        "Thu, 15 Jan 2026 14:30:00 GMT, Thu, 15 Jan 2026 14:30:00 GMT",
    ],
)
def test_what_is_no_date_is_not_guessed_at(date: str) -> None:
    """A peer may send anything; RFC 9110 5.6.7 knows three forms."""
    assert peer_date(HttpAnswer(status=200, headers={"date": date})) is None


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Thursday, 15-Jan-26 14:30:00 GMT", NOW),
        ("Thu Jan 15 14:30:00 2026", NOW),
        ("Monday, 31-Dec-68 00:00:00 GMT", datetime(2068, 12, 31, tzinfo=UTC)),
        ("Wednesday, 01-Jan-69 00:00:00 GMT", datetime(1969, 1, 1, tzinfo=UTC)),
    ],
)
def test_each_form_of_a_date_is_read(date: str, moment: datetime) -> None:
    """RFC 9110 5.6.7: its three examples; whoever reads must know the two of old as well."""
    assert peer_date(HttpAnswer(status=200, headers={"date": date})) == moment


def test_a_clock_is_told_by_a_date_of_old_too() -> None:
    """An hour behind, in the form of RFC 850 and of asctime."""
    for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"):
        late = HttpAnswer(status=200, headers={"date": (NOW - timedelta(hours=2)).strftime(form)})
        assert [warning.reason for warning in _judge(late).warnings] == ["prober.clock_skew"]


def test_an_answer_out_of_a_cache_tells_no_clock() -> None:
    """RFC 9111 5.1: with `Age`, `Date` is the moment at which the origin wrote it."""
    assert peer_date(_dated(0, age="0")) == NOW
    assert peer_date(_dated(0, age="120")) is None
    assert peer_date(None) is None
