"""What Envoy says of its upstream: in its own page, or where an operator has put that into JSON (`local_reply_config`)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from probe.classify.verdicts import LOOKED_AT
from probe.model.answer import HttpAnswer
from probe.redact.leaving import leaving

_PAGES: Final = (
    "upstream connect error or disconnect/reset before headers",
    "no healthy upstream",
    "upstream request timeout",
)
"""How the pages begin that Envoy gives for a fault of its upstream (measured on 1.40)."""
_UNEXPLAINED: Final = "connection termination"
_FLAGS: Final = re.compile(r"[A-Z]{2,6}(?:,[A-Z]{2,6})*")
_CAUSE: Final = "TLS_error"
"""How `%UPSTREAM_TRANSPORT_FAILURE_REASON%` begins; Envoy's own page ends with it."""
_LONGEST: Final = 300


def envoy_says(answer: HttpAnswer) -> str:
    """What Envoy itself says of its upstream, as a sentence with a space before it; nothing where another answered.

    Its response flags are told only where an operator has added them, in a header or in JSON; any name with `flags` in it counts.
    """
    page = _page(answer)
    if not page:
        return ""
    parts = _parts(answer)
    named = (*answer.headers.items(), *parts.items())
    flags = next((value for name, value in named if "flags" in name and _FLAGS.fullmatch(value)), "")
    cause = "" if _CAUSE in page else next((value for value in parts.values() if value.startswith(_CAUSE)), "")
    told = f" (flags {flags})" if flags else ""
    because = f", {_bounded(cause)}" if cause else ""
    return f" Envoy says{told}: {page}{because}.{envoy_hides(answer)}"


def envoy_hides(answer: HttpAnswer) -> str:
    """What may be behind the one fault of its upstream that Envoy does not explain; a sentence with a space before it, or nothing."""
    if _UNEXPLAINED not in _page(answer):
        return ""
    return " An expired client certificate of its own on the next hop looks like this."


def _page(answer: HttpAnswer) -> str:
    """Its page for a fault of its upstream, also where that is a value of a JSON object; empty where there is none."""
    texts = (answer.body[:LOOKED_AT].strip(), *_parts(answer).values())
    return next((_bounded(text) for text in texts if text.startswith(_PAGES)), "")


def _bounded(text: str) -> str:
    return leaving(text)[:_LONGEST].strip()


def _parts(answer: HttpAnswer) -> Mapping[str, str]:
    """The texts of a JSON object, by lower-case name; empty where the body is none, or longer than anybody reads."""
    try:
        found = json.loads(answer.body[:LOOKED_AT])
    except (ValueError, RecursionError):
        return {}
    return dict(_texts(found)) if isinstance(found, dict) else {}


def _texts(found: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, str):
            yield name.lower(), value.strip()
