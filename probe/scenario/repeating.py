"""`retry`: only for reasons that exist, and only where repeating changes nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.knowledge import Knowledge

_NEVER: Final = ("charge.live_mode",)
"""Whatever answers in live mode is not asked a second time."""
_SAFE: Final = ("GET", "HEAD")


def mistakes_of_retries(
    document: Document, steps: Mapping[Loc, Mapping[str, Any]], known: Knowledge
) -> Iterator[Mistake]:
    """All of them."""
    for loc, step in steps.items():
        reasons, at = step.get("retry"), (*loc, "retry")
        http = step.get("http")
        method = http.get("method", "GET") if isinstance(http, Mapping) else "GET"
        if reasons and method not in _SAFE:
            message = f"an `http` step that sends {quoted(str(method))} is not repeated: it could be carried out twice"
            yield Mistake.at(document.values[at], dotted(at), message, "remove `retry`")
        for index, reason in enumerate(reasons if isinstance(reasons, list) else ()):
            if isinstance(reason, str):
                yield from _reason_mistakes(document, (*at, index), reason, known)


def _reason_mistakes(document: Document, at: Loc, reason: str, known: Knowledge) -> Iterator[Mistake]:
    if reason in _NEVER:
        yield Mistake.at(document.values[at], dotted(at), f"{quoted(reason)} is never tried again", "remove it")
    if known.reasons is None or reason in known.reasons:
        return
    family = reason.removesuffix("*")
    if reason.endswith(".*") and any(one.startswith(family) for one in known.reasons):
        return
    hint = f"{suggestion(reason, sorted(known.reasons))} (`paypath explain` lists them all)"
    yield Mistake.at(document.values[at], dotted(at), f"no reason {quoted(reason)}", hint)
