"""What an HTTP answer says of a client certificate: nginx's two pages, its two statuses, and what OpenSSL's verification gave."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from probe.classify.refusal_rules import Complaint
from probe.model.observation import HttpAnswer


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One row: what a server writes about its verification of our certificate, and what that means."""

    written: str
    """OpenSSL's text, as nginx's `$ssl_client_verify` gives it after `FAILED:`."""
    code: int
    """OpenSSL's number, as haproxy's `ssl_c_verify` gives it."""
    means: Complaint


DISCLOSURES: Final = (
    Disclosure("certificate has expired", 10, Complaint.EXPIRED),
    Disclosure("certificate is not yet valid", 9, Complaint.NOT_YET_VALID),
    Disclosure("certificate revoked", 23, Complaint.REVOKED),
    Disclosure("unsuitable certificate purpose", 26, Complaint.USAGE),
    Disclosure("unsupported certificate purpose", 26, Complaint.USAGE),
    Disclosure("unable to verify the first certificate", 21, Complaint.UNKNOWN_CA),
    Disclosure("unable to get local issuer certificate", 20, Complaint.UNKNOWN_CA),
    Disclosure("unable to get issuer certificate", 2, Complaint.UNKNOWN_CA),
    Disclosure("self-signed certificate in certificate chain", 19, Complaint.UNKNOWN_CA),
    Disclosure("self signed certificate in certificate chain", 19, Complaint.UNKNOWN_CA),
    Disclosure("self-signed certificate", 18, Complaint.UNKNOWN_CA),
    Disclosure("self signed certificate", 18, Complaint.UNKNOWN_CA),
    Disclosure("unable to get certificate crl", 3, Complaint.ITS_OWN_LIST),
    Disclosure("crl is not yet valid", 11, Complaint.ITS_OWN_LIST),
    Disclosure("crl has expired", 12, Complaint.ITS_OWN_LIST),
    Disclosure("different crl scope", 44, Complaint.ITS_OWN_LIST),
)
"""First match wins, in lower case; anything else after `FAILED:` is unspecified."""


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

    @property
    def complaint(self) -> Complaint:
        """What it says of a certificate that was sent all the same."""
        return self.means or Complaint.UNSPECIFIED


NGINX_MISSING: Final = "No required SSL certificate was sent"
NGINX_REFUSED: Final = "The SSL certificate error"
LOOKED_AT: Final = 4096
"""Characters of a body in which a disclosure is looked for."""
_LONGEST_VALUE: Final = 512
"""Characters of a header in which one is looked for: a verdict is short."""
_LOOKED_AT_CLOSELY: Final = 16
"""Of what may be one, the first so many: what stands around each is read, and a stranger may send thousands."""
_BAD_REQUEST: Final = 400
_NGINX_REFUSED_STATUS: Final = 495
_NGINX_MISSING_STATUS: Final = 496
_UNAUTHORIZED: Final = 401
_SERVER_ERROR: Final = 500
_DENIES: Final = frozenset({_BAD_REQUEST, _UNAUTHORIZED, 403, _NGINX_REFUSED_STATUS, _NGINX_MISSING_STATUS})
"""Statuses by which one is turned away for want of a certificate; any other answer may tell the verify result beside its own trouble."""
_ANSWERS_THE_REQUEST: Final = frozenset({402, 404, 405, 406, *range(408, 418), 422, *range(424, 430), 431})
"""Statuses that speak of the request, or of how many there are: nobody is turned away for a certificate with them (RFC 9110 15.5)."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}(?=[ ,]|$)")
"""The name of an authentication scheme (RFC 9110 11.1), and no more of the challenge."""
_FAILED: Final = re.compile(r"\bFAILED:([A-Za-z](?:[A-Za-z-]| (?![\w-]+\s*[=:])){2,80})")
"""Up to the next field, if one follows on the line."""
_FIELD: Final = (
    r"(?i:(?<![A-Za-z_-])(?:x[_-])?(?:(?:ssl|tls)[_-](?:c(?:lient)?[_-])?|client[_-])?verify)[\"']?\s*[=:]\s*[\"']?"
)
"""A field that promises the verdict on a certificate: `verify`, `ssl_c_verify`, `X-SSL-Client-Verify`; `cvc_verify` is another's."""
_ENDS_IN_FIELD: Final = re.compile(rf"{_FIELD}$")
_NONE: Final = re.compile(rf"{_FIELD}NONE\b")
_GOOD: Final = re.compile(rf"{_FIELD}(?:SUCCESS|0)\b")
_NO_WORD: Final = re.compile(r"(?:<[^<>]*>|\d|[^\w<])*")
"""Tags and punctuation. Each character has one way to match: the line is a stranger's, and must not take time that grows with its length."""
_CODE: Final = re.compile(r"(?:^|[\s\"'({,;])(?:ssl_c_|ssl_client_)?verify=(\d{1,3})\b", re.MULTILINE)
_SPEAKS_OF_TLS: Final = re.compile(r"certificate|\bcert\b|\bssl|\btls\b|\b[si]_dn\b", re.IGNORECASE)
_NAMES_ONE: Final = re.compile(r"\b[si]_dn\b", re.IGNORECASE)
_VERIFY_HEADER: Final = re.compile(r"ssl|client|tls")
_PROMISED: Final = "ssl_client_verify="
"""Before the value of a header that promises the verdict."""
_OBJECTIONS: Final = range(2, 100)
"""Numbers of OpenSSL's that say what is wrong; 0 is none, 1 is never a verdict of its verification, and a yes elsewhere."""


def may_refuse(answer: HttpAnswer) -> bool:
    """Whether anybody is turned away for a certificate with such a status, whatever the answer says."""
    return answer.status >= _BAD_REQUEST and answer.status not in _ANSWERS_THE_REQUEST


def said_by(answer: HttpAnswer, *, names_ours: bool) -> Said | None:
    """What an answer that may refuse (`may_refuse`) says; None where it refuses nobody's certificate.

    `names_ours`: it says that it looked at ours. Without that a 5xx is the trouble of whoever wrote it, whatever it quotes.
    """
    text = "\n".join((*_verdicts(answer), answer.body[:LOOKED_AT]))
    disclosed = _disclosed(text) if names_ours or answer.status < _SERVER_ERROR else None
    if disclosed is not None:
        return Said(disclosed, How.DISCLOSED)
    page = _page(answer)
    if page is not None:
        return Said(None if page == NGINX_MISSING else Complaint.UNSPECIFIED, How.PAGE)
    if answer.status in _DENIES and not _challenge(answer) and _NONE.search(text):
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
    none = _NONE.search("\n".join((*_verdicts(answer), answer.body[:LOOKED_AT])))
    beside = ", and says beside it that no client certificate was sent (NONE)" if none else ""
    return f" It asks for credentials ({scheme}){beside}."


def _challenge(answer: HttpAnswer) -> str:
    """The scheme of the credentials that a 401 asks for; empty where it asks for none."""
    scheme = _SCHEME.match(answer.headers.get("www-authenticate", "")) if answer.status == _UNAUTHORIZED else None
    return scheme.group(0) if scheme else ""


def shows_a_good_one(answer: HttpAnswer, *, names_ours: bool) -> bool:
    """Whether it says that a certificate of the caller's was verified, and was good: in a header, or beside our name in the text.

    What it refuses is then another: who refuses ours at the door asks nobody behind it, and so has no good verdict to show.
    """
    headers = _verdicts(answer)
    if headers:
        return any(_GOOD.match(line) for line in headers)
    return names_ours and _GOOD.search(answer.body[:LOOKED_AT]) is not None


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
    failed = _failed("\n".join((*_verdicts(answer), answer.body[:LOOKED_AT])))
    code = _objection(answer.body[:LOOKED_AT])
    known = next((text for text in (NGINX_MISSING, NGINX_REFUSED) if text in answer.body), "")
    said = f"FAILED:{_told(failed)}" if failed else code.group(0).strip(" \"'({,;") if code else known
    return f"HTTP {answer.status} ({said})" if said else f"HTTP {answer.status}"


def _told(failed: re.Match[str]) -> str:
    """What follows `FAILED:`, up to the end of OpenSSL's text where it is one that we know."""
    said = failed.group(1).strip()
    known = next((row.written for row in DISCLOSURES if said.lower().startswith(row.written)), said)
    return said[: len(known)]


def _verdicts(answer: HttpAnswer) -> tuple[str, ...]:
    """Headers that promise the verdict, as lines of text."""
    found = (value[:_LONGEST_VALUE] for name, value in answer.headers.items() if _is_verdict(name))
    return tuple(f"{_PROMISED}{value}\n{value}" for value in islice(found, _LOOKED_AT_CLOSELY))


def _is_verdict(header: str) -> bool:
    """Whether a header's name, such as `ssl-client-verify`, promises the peer's verdict on our certificate."""
    begins = _VERIFY_HEADER.search(header)
    return begins is not None and "verify" in header[begins.end() :]


def _disclosed(text: str) -> Complaint | None:
    failed, code = _failed(text), _objection(text)
    if failed is not None:
        said = failed.group(1).strip().lower()
        return next((row.means for row in DISCLOSURES if said.startswith(row.written)), Complaint.UNSPECIFIED)
    if code is not None:
        return next((row.means for row in DISCLOSURES if row.code == int(code.group(1))), Complaint.UNSPECIFIED)
    return None


def _failed(text: str) -> re.Match[str] | None:
    """The first `FAILED:` of a certificate: an error page may say it of something else altogether, a signature or a delivery."""
    found = islice(_FAILED.finditer(text), _LOOKED_AT_CLOSELY)
    return next((said for said in found if _failed_a_certificate(said, text)), None)


def _failed_a_certificate(said: re.Match[str], text: str) -> bool:
    """Whether it is in OpenSSL's words and stands alone on its line or behind words on TLS or a verdict's name; in others, only behind that name, on a page on TLS."""
    before = text[: said.start()].rpartition("\n")[2]
    field = _ENDS_IN_FIELD.search(before) is not None
    if any(said.group(1).strip().lower().startswith(row.written) for row in DISCLOSURES):
        return field or _NO_WORD.fullmatch(before) is not None or _SPEAKS_OF_TLS.search(before) is not None
    lines = [
        line for line in text.split("\n") if not line.startswith(_PROMISED)
    ]  # what another field speaks of is not this one's
    return before == _PROMISED or (field and _SPEAKS_OF_TLS.search("\n".join(lines)) is not None)


def _objection(text: str) -> re.Match[str] | None:
    """The first number that objects to a certificate; a good verdict may stand before it."""
    codes = (code for code in _CODE.finditer(text) if int(code.group(1)) in _OBJECTIONS)
    return next((code for code in islice(codes, _LOOKED_AT_CLOSELY) if _of_a_certificate(code, text)), None)


def _of_a_certificate(code: re.Match[str], text: str) -> bool:
    """Whether a number is OpenSSL's: it begins a line, has a name or stands behind words that speak of TLS, or beside a subject."""
    before = text[: code.start(1)].rpartition("\n")[2]
    begins = before.strip() == "verify="
    return begins or _SPEAKS_OF_TLS.search(before) is not None or _NAMES_ONE.search(text) is not None
