"""Several addresses of one name, each judged for itself: one that fails fails the whole, and is named."""

from collections.abc import Sequence
from dataclasses import replace

from probe.classify.judgement import Judgement
from probe.model.failure import Failure
from probe.model.outcome import Failed, Outcome, Passed, Unknown


def every(judged: Sequence[tuple[str, Judgement]]) -> Judgement:
    """The judgement on all of them. Of several that fail the first decides; the others' reasons stand in `also`."""
    addresses = tuple((address, each.outcome) for address, each in judged)
    warnings = tuple({(w.reason, w.summary): w for _, each in judged for w in each.warnings}.values())
    failed = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Failed)]
    unknown = [(address, outcome.failure) for address, outcome in addresses if isinstance(outcome, Unknown)]
    outcome: Outcome = Passed()
    if failed:
        outcome = Failed(_told(failed, len(judged)))
    elif unknown:
        outcome = Unknown(_told(unknown, len(judged)))
    return Judgement(outcome, warnings, addresses)


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
