"""What an HTTP answer says of a client certificate: nginx's two pages, its two statuses, and what OpenSSL's verification gave."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.classify.refusal_rules import Complaint
from probe.classify.verdicts import LOOKED_AT, Kind, Verdict, in_headers, in_text
from probe.model.answer import HttpAnswer


class How(StrEnum):
    """By what an answer says it."""

    PAGE = "page"
    """One of the two pages that nginx writes by itself, and nothing beside it that says more."""
    STATUS = "status"
    """495 or 496."""
    DISCLOSED = "disclosed"
    """What the verification gave, in a header or in the text."""


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal of somebody's client certificate. Whose, it does not say."""

    means: Complaint | None
    """None: that no certificate was sent."""
    how: How
    loose: bool = False
    """`Verdict.loose`."""

    @property
    def complaint(self) -> Complaint:
        """What it says of a certificate that was sent all the same."""
        return self.means or Complaint.UNSPECIFIED


NGINX_MISSING: Final = "No required SSL certificate was sent"
NGINX_REFUSED: Final = "The SSL certificate error"
_OF_EITHER: Final = frozenset({"ssl_", "tls_"})
"""What the name of a field begins with (`Verdict.stem`) that tells of the client's certificate or of the server's."""
_BAD_REQUEST: Final = 400
_NGINX_REFUSED_STATUS: Final = 495
_NGINX_MISSING_STATUS: Final = 496
_UNAUTHORIZED: Final = 401
_SERVER_ERROR: Final = 500
_DENIES: Final = frozenset({_BAD_REQUEST, _UNAUTHORIZED, 403, _NGINX_REFUSED_STATUS, _NGINX_MISSING_STATUS})
"""Statuses by which one is turned away for want of a certificate; any other answer may tell the verify result beside its own trouble."""
_ANSWERS_THE_REQUEST: Final = frozenset({402, 404, 405, 406, *range(408, 418), 422, *range(424, 430), 431})
"""Statuses that speak of the request, or of how many there are: nobody is turned away for a certificate with them (RFC 9110 15.5)."""
_A_CERTIFICATE: Final = re.compile(r"certificate|client[ _-]cert", re.IGNORECASE)
_IS_WANTED: Final = re.compile(
    r"required|requires|missing|needed|\bno\b|not (?:sent|presented|provided|supplied)", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}(?=[ ,]|$)")
"""The name of an authentication scheme (RFC 9110 11.1), and no more of the challenge."""


def may_refuse(answer: HttpAnswer) -> bool:
    """Whether anybody is turned away for a certificate with such a status, whatever the answer says."""
    return answer.status >= _BAD_REQUEST and answer.status not in _ANSWERS_THE_REQUEST


def turns_away(answer: HttpAnswer) -> bool:
    """Whether one is turned away with such an answer for want of a certificate: who asks for credentials misses those."""
    return answer.status in _DENIES and not _challenge(answer)


def said_by(answer: HttpAnswer, *, names_ours: bool) -> Said | None:
    """What an answer that may refuse (`may_refuse`) says; None where it refuses nobody's certificate.

    `names_ours`: it says that it looked at ours. Without that, and without a field of servers' own, a 5xx is the trouble of whoever wrote it,
    whatever it quotes.
    """
    bad, trouble = _bad(answer), answer.status >= _SERVER_ERROR
    if bad is not None and not (trouble and (bad.loose or not names_ours)):
        return Said(bad.means, How.DISCLOSED, loose=bad.loose)
    page = _page(answer)
    if page is not None:
        return Said(None if page == NGINX_MISSING else Complaint.UNSPECIFIED, How.PAGE)
    if turns_away(answer) and shows_none(answer):
        return Said(None, How.DISCLOSED)
    if answer.status in {_NGINX_REFUSED_STATUS, _NGINX_MISSING_STATUS}:
        return Said(None if answer.status == _NGINX_MISSING_STATUS else Complaint.UNSPECIFIED, How.STATUS)
    return None


def asks_for_credentials(answer: HttpAnswer) -> str:
    """What a 401 asks for, and that it mentions no certificate was sent; a sentence with a space before it, or nothing.

    Who asks for credentials misses those (RFC 9110 15.5.2): that it shows `NONE` beside it is no cause.
    """
    scheme = _challenge(answer)
    if not scheme:
        return ""
    beside = ", and says beside it that no client certificate was sent (NONE)" if shows_none(answer) else ""
    return f" It asks for credentials ({scheme}){beside}."


def _challenge(answer: HttpAnswer) -> str:
    """The scheme of the credentials that a 401 asks for; empty where it asks for none."""
    scheme = _SCHEME.match(answer.headers.get("www-authenticate", "")) if answer.status == _UNAUTHORIZED else None
    return scheme.group(0) if scheme else ""


def shows_a_good_one(shown: Iterable[Verdict]) -> bool:
    """Whether one of them says, in a field that servers call so, that a client certificate was verified and was good: ours, or the connector's own."""
    return any(verdict.kind is Kind.GOOD and not verdict.loose for verdict in shown)


def shows_a_bad_one(answer: HttpAnswer) -> bool:
    """Whether it shows a verdict against a client certificate, in a field that servers call so, whatever its status.

    `ssl_verify` of a text may as well be on the server's certificate of a dependency, of which a health page tells.
    """
    shown = (*in_headers(answer), *in_text(answer))
    return any(verdict.kind is Kind.BAD and not verdict.loose and verdict.stem not in _OF_EITHER for verdict in shown)


def _page(answer: HttpAnswer) -> str | None:
    """Which of nginx's two pages it is."""
    if answer.status != _BAD_REQUEST:
        return None
    return next((page for page in (NGINX_MISSING, NGINX_REFUSED) if page in answer.body[:LOOKED_AT]), None)


def is_nginxs_own_page(answer: HttpAnswer) -> bool:
    """Whether it is the page as nginx writes it, and not its words alone, which anybody may say."""
    page = _page(answer)
    return page is not None and f"<center>{page}</center>" in answer.body[:LOOKED_AT]


def quoted(answer: HttpAnswer) -> str:
    """`HTTP 400 (The SSL certificate error)`: the part that says it, never a whole page."""
    bad = _bad(answer)
    known = next((text for text in (NGINX_MISSING, NGINX_REFUSED) if text in answer.body), "")
    said = bad.written if bad is not None else known
    return f"HTTP {answer.status} ({said})" if said else f"HTTP {answer.status}"


def _bad(answer: HttpAnswer) -> Verdict | None:
    """The first that objects to a certificate; a good one may stand before it."""
    shown = (*in_headers(answer), *in_text(answer))
    return next((verdict for verdict in shown if verdict.kind is Kind.BAD), None)


def demands_one(answer: HttpAnswer) -> bool:
    """Whether its words miss a client certificate: `NONE` alone may stand beside any other trouble."""
    text = answer.body[:LOOKED_AT]
    return _A_CERTIFICATE.search(text) is not None and _IS_WANTED.search(text) is not None


def shows_none(answer: HttpAnswer) -> bool:
    """Whether it says that no certificate was sent."""
    return any(verdict.kind is Kind.NONE for verdict in (*in_headers(answer), *in_text(answer)))
