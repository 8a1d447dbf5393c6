"""What a `webhook` step needs: an event and the object that it is about, or else a forgery to be refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from probe.documents.durations import parse_duration
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.knowledge import Knowledge
from probe.scenario.models import ScenarioKeys


def mistakes_of_webhooks(
    document: Document, root: Mapping[str, Any], steps: Mapping[Loc, Mapping[str, Any]], known: Knowledge
) -> Iterator[Mistake]:
    """All of them."""
    for step_at, step in steps.items():
        keys, loc = step.get("webhook"), (*step_at, "webhook")
        if not isinstance(keys, Mapping):
            continue
        if ("event" in keys) == ("refuses" in keys):
            hint = "write `event: payment_intent.succeeded` and `object`, or else `refuses: unsigned`"
            yield Mistake.at(document.keys[loc], dotted(loc), "a `webhook` step has either `event` or `refuses`", hint)
        elif "event" in keys and "object" not in keys:
            message = "`object` is missing: events of other payments come too"
            yield Mistake.at(document.keys[loc], dotted((*loc, "object")), message, 'add `object: "${saved.NAME}"`')
        event = keys.get("event")
        mend = known.event_fault(event) if known.event_fault is not None and isinstance(event, str) else None
        if mend is not None:
            at = (*loc, "event")
            yield Mistake.at(document.values[at], dotted(at), f"Stripe sends no event {quoted(event)}", mend)
        for key in ("object", "by", "within") if "refuses" in keys else ():
            if key in keys:
                message = f"`{key}` does not belong to `refuses`"
                yield Mistake.at(document.keys[*loc, key], dotted((*loc, key)), message, "remove it")
        yield from _too_long(document, (*loc, "within"), keys.get("within"), root.get("deadline"))


def _too_long(document: Document, loc: Loc, within: object, deadline: object) -> Iterator[Mistake]:
    """A wait that the run's deadline would always cut short."""
    longest = _seconds(deadline) if deadline is not None else ScenarioKeys.model_fields["deadline"].default
    wanted = _seconds(within)
    if wanted is not None and longest is not None and wanted > longest:
        message = "`within` is longer than the scenario's `deadline`"
        yield Mistake.at(document.values[loc], dotted(loc), message, "raise `deadline`, or wait less")


def _seconds(written: object) -> float | None:
    """A duration; None for what is none, which the models refuse."""
    try:
        return parse_duration(written) if isinstance(written, str) else None
    except ValueError:
        return None
