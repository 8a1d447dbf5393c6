"""What Stripe's answer says, as plain values, whatever the SDK made of it."""

import json
from collections.abc import Mapping
from typing import Final, cast

from probe.billing.progress import Answer
from probe.checks.livemode import says_live
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.redact.text import Redactor

_KEPT: Final = 64 * 1024
"""Bytes of a body that an observation keeps."""


def http_answer(answer: Answer | None, redactor: Redactor) -> HttpAnswer | None:
    """The raw answer, bounded and redacted."""
    if answer is None:
        return None
    headers = cast("Mapping[str, str]", redactor.value(answer.headers))
    body = redactor.text(answer.body[:_KEPT].decode("utf-8", "replace"))
    live = says_live(answer.body.decode("utf-8", "replace"))
    return HttpAnswer(status=answer.status, headers=headers, body=body, live=live)


def error_facts(answer: Answer | None, redactor: Redactor) -> StripeErrorFacts | None:
    """Stripe's error object; None where the answer holds none."""
    found = _error_object(answer)
    if found is None:
        return None
    intent, setup = found.get("payment_intent"), found.get("setup_intent")
    about: Mapping[str, object] = intent if isinstance(intent, Mapping) else {}
    came = about or (setup if isinstance(setup, Mapping) else {})
    livemode = about.get("livemode")
    return StripeErrorFacts(
        type=_text(found.get("type"), redactor),
        code=_text(found.get("code"), redactor),
        decline_code=_text(found.get("decline_code"), redactor),
        message=_text(found.get("message"), redactor) or "",
        param=_text(found.get("param"), redactor),
        payment_intent=_text(about.get("id"), redactor),
        livemode=livemode if isinstance(livemode, bool) else None,
        about=cast("Mapping[str, object]", redactor.value(came)) if came else None,
    )


def response_object(returned: object, redactor: Redactor) -> Mapping[str, object] | None:
    """What the SDK returned as plain values; None where that is no object (a JSON list passes the SDK unchallenged)."""
    to_dict = getattr(returned, "to_dict", None)
    try:
        plain = to_dict() if callable(to_dict) else None
    except RecursionError:  # nested deeper than Stripe ever would
        return None
    return cast("Mapping[str, object]", redactor.value(plain)) if isinstance(plain, Mapping) else None


def _error_object(answer: Answer | None) -> Mapping[str, object] | None:
    """`error` of a body that is a JSON object."""
    if answer is None or not answer.complete or answer.status < 400:  # noqa: PLR2004 - RFC 9110 15.5
        return None
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else None


def _text(value: object, redactor: Redactor) -> str | None:
    """`value` where it is text, redacted."""
    return redactor.text(value) if isinstance(value, str) else None
