"""The judgement on one HTTP request: transport only. What the answer should be is for expectations to say."""

from datetime import datetime

from probe.catalogue.catalogue import Catalogue
from probe.classify.answers import observed_code, refusal
from probe.classify.attempt import from_call
from probe.classify.clocks import clock_skew
from probe.classify.finding import failure
from probe.classify.judgement import Judgement
from probe.classify.way import judge_way
from probe.model.observation import HttpObservation
from probe.model.outcome import Failed, Passed, Unknown


def judge_http(
    observation: HttpObservation, catalogue: Catalogue, *, at: datetime, error_code_at: str | None = None
) -> Judgement:
    """Whether a whole answer came that does not refuse our client certificate. `error_code_at`: see `observed_code`."""
    attempt = from_call(observation, at)
    finding = judge_way(attempt, catalogue)
    if finding is None and attempt.http is not None:
        finding = refusal(attempt, attempt.http)
    seen = observation
    clocks = tuple(clock_skew(seen.endpoint, seen.answer, catalogue, started_at=seen.started_at, timings=seen.timings))
    if finding is None:
        return Judgement(Passed(), clocks)
    made = failure(finding, attempt, catalogue, observed_code=observed_code(attempt.http, catalogue, at=error_code_at))
    return Judgement(Unknown(made) if finding.ours else Failed(made), clocks)
