"""Several addresses of one name, each judged for itself: one that fails fails the whole, and is named; all pass only where all were tried."""

from collections.abc import Sequence
from dataclasses import replace

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.finding import failure
from probe.classify.judgement import Judgement
from probe.classify.network import judge_network
from probe.model.failure import Failure, Phase, Severity
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown


def every(judged: Sequence[tuple[str, Judgement]], untried: Failure | None = None) -> Judgement:
    """The judgement on all of them; `untried`: why there may be others, which is neither up nor down.

    Of several that fail the first decides; the others' reasons stand in `also`.
    """
    addresses = tuple((address, each.outcome) for address, each in judged)
    warnings = tuple({(w.reason, w.summary): w for _, each in judged for w in each.warnings}.values())
    failed = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Failed)]
    unknown = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Unknown)]
    if failed or unknown:
        told = _told(failed or unknown, len(judged))
        outcome: Outcome = Failed(told) if failed else Unknown(told)
        return Judgement(outcome, (*(() if untried is None else (untried,)), *warnings), addresses)
    return Judgement(Passed() if untried is None else Unknown(untried), warnings, addresses)


def untried(seen: HandshakeObservation, catalogue: Catalogue) -> Failure | None:
    """That there may be addresses which nobody could name: a ticket, since those that are known were tried."""
    lost = seen.unresolved
    if lost is None:
        return None
    lookup = Attempt(
        endpoint=lost.endpoint,
        at=seen.started_at,
        phase=Phase.DNS,
        ended=lost.ended,
        causes=lost.causes,
        hop=seen.hop,
    )
    says = f"Not every address was tried: the {lost.record} records of {lost.endpoint.host} could not be looked up."
    found = (replace(one, summary=f"{says} {one.summary}") for one in (judge_network(lookup),) if one is not None)
    return next((replace(failure(one, lookup, catalogue), severity=Severity.TICKET) for one in found), None)


def _told(bad: Sequence[tuple[str, Failure]], of: int) -> Failure:
    """The first failure, saying which addresses fail, and how many there are."""
    _, first = bad[0]
    which = ", ".join(f"{address} ({failure.reason})" for address, failure in bad)
    others = dict.fromkeys((*first.also, *(reason for _, f in bad[1:] for reason in (f.reason, *f.also))))
    return replace(
        first,
        summary=f"{len(bad)} of {of} address{'' if of == 1 else 'es'} of the connector failed: {which}. {first.summary}",
        also=tuple(reason for reason in others if reason != first.reason),
    )
