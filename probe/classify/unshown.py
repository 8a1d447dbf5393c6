"""We were asked for a client certificate, sent none, and are turned away in HTTP: whether that is why, or may be.

A server that makes do without a certificate in the handshake looks at it later, and refuses in words of its operator's (nginx with
`ssl_verify_client optional`, haproxy with `verify optional`, Apache's `SSLRequire`, IIS, Tomcat, Kong, Tyk, Node), or in none.
"""

import re
from typing import Final

from probe.classify.alerts import missing
from probe.classify.attempt import Attempt
from probe.classify.disclosures import turns_away
from probe.classify.finding import Finding
from probe.classify.verdicts import LOOKED_AT
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence
from probe.redact.leaving import leaving

_ONE: Final = r"(?:client|tls|ssl|mtls|peer|x\.?509)[ _-](?:(?:tls|ssl|authentication)[ _-])?cert(?:ificate)?s?\b"
_IS_WANTED: Final = (
    r"(?:\bno\b|(?<!not )\brequire[sd]?\b|\bmissing\b|(?<!not )\bneed(?:s|ed)?\b|\bwithout\b|\bmust (?:present|provide|send)\b|"
    r"\bnot (?:sent|presented|provided|supplied|found)\b)"
)
_BETWEEN: Final = r"[^.;<>{}\n]{0,40}"
_WANTS_ONE: Final = re.compile(rf"{_IS_WANTED}{_BETWEEN}\b{_ONE}|\b{_ONE}{_BETWEEN}{_IS_WANTED}", re.IGNORECASE)
"""`Client certificate required`, `No required SSL certificate was sent`, `No client certificate chain in this request`."""
_MAY_BE_WHY: Final = (
    " It had asked for a client certificate in the handshake, and none was sent: that may be why, as a server that makes do "
    "without one there can still refuse for want of it here."
)


def unshown(attempt: Attempt) -> bool:
    """Whether a certificate was asked for, and none was sent."""
    return attempt.tls.client_certificate_requested is True and not attempt.tls.client_certificate_sent


def wanted(attempt: Attempt, answer: HttpAnswer) -> Finding | None:
    """The refusal that an answer is whose own words want a client certificate; None where they do not, or one was sent."""
    found = _WANTS_ONE.search(answer.body[:LOOKED_AT]) if unshown(attempt) and turns_away(answer) else None
    if found is None:
        return None
    return missing(attempt, f"answered HTTP {answer.status} ({leaving(found.group())})", Confidence.INFERRED)


def perhaps_for_want_of_one(attempt: Attempt, answer: HttpAnswer) -> str:
    """What may be behind an answer that turns us away without a word on why; a sentence with a space before it, or nothing."""
    return _MAY_BE_WHY if unshown(attempt) and turns_away(answer) else ""
