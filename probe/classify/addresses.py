"""Several addresses of one name, each judged for itself: one that fails fails the whole, and is named."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.finding import failure
from probe.classify.judgement import Judgement
from probe.classify.network import judge_network
from probe.model.failure import Failure, Phase
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown


def every(judged: Sequence[tuple[str, Judgement]], untried: Sequence[Failure] = ()) -> Judgement:
    """The judgement on all of them, with a warning of those that were not tried.

    Of several that fail the first decides; the others' reasons stand in `also`.
    """
    addresses = tuple((address, each.outcome) for address, each in judged)
    told = (*untried, *(warning for _, each in judged for warning in each.warnings))
    warnings = tuple({(w.reason, w.summary): w for w in told}.values())
    failed = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Failed)]
    unknown = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Unknown)]
    outcome: Outcome = Passed()
    if failed:
        outcome = Failed(_told(failed, len(judged)))
    elif unknown:
        outcome = Unknown(_told(unknown, len(judged)))
    return Judgement(outcome, warnings, addresses)


def untried(seen: HandshakeObservation, catalogue: Catalogue, *, at: datetime) -> Iterator[Failure]:
    """Addresses that nobody could name: that is neither up nor down, and no word of theirs stands among the others."""
    lost = seen.unresolved
    if lost is None:
        return
    lookup = Attempt(endpoint=lost.endpoint, at=at, phase=Phase.DNS, ended=lost.ended, causes=lost.causes, hop=seen.hop)
    whose = f"the {lost.record} records of {lost.endpoint.host} could not be looked up"
    yield from (
        failure(replace(found, summary=f"Not every address was tried: {whose}. {found.summary}"), lookup, catalogue)
        for found in (judge_network(lookup),)
        if found is not None
    )


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
