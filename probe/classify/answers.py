"""Rules for HTTP answers that the connector itself gave: refusals of our certificate, and what remains by status."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.alerts import missing
from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.classify.refusal import judge_refusal
from probe.classify.refusal_rules import Complaint
from probe.model.failure import Confidence
from probe.model.observation import HttpAnswer
from probe.redact.leaving import leaving


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

NGINX_MISSING: Final = "No required SSL certificate was sent"
NGINX_REFUSED: Final = "The SSL certificate error"
_BAD_REQUEST: Final = 400
_NGINX_REFUSED_STATUS: Final = 495
_NGINX_MISSING_STATUS: Final = 496
_FAILED: Final = re.compile(r"\bFAILED:([A-Za-z][A-Za-z -]{2,80})")
_NONE: Final = re.compile(r"verify[\"']?\s*[=:]\s*[\"']?NONE\b", re.IGNORECASE)
_CODE: Final = re.compile(r"(?:^|[\s\"'({,;])(?:ssl_c_)?verify=(\d{1,3})\b", re.MULTILINE)
_SPEAKS_OF_TLS: Final = re.compile(r"certificate|\bcert\b|\bssl|\btls\b|\b[si]_dn\b", re.IGNORECASE)
_VERIFY_HEADER: Final = re.compile(r"ssl|client|tls")

_OBJECTIONS: Final = range(2, 100)
"""Numbers of OpenSSL's that say what is wrong; 0 is none, 1 is never a verdict of its verification, and a yes elsewhere."""
_LOOKED_AT: Final = 4096
"""Characters of a body in which a disclosure is looked for."""


def refusal(attempt: Attempt, answer: HttpAnswer) -> Finding | None:
    """The answer's refusal of our client certificate; None where it says nothing of the kind."""
    if answer.status < _BAD_REQUEST:
        return None
    complaint = _complaint(answer)
    if complaint is None:
        return None
    if _of_a_hop_behind(attempt, answer, complaint):
        return None
    if complaint == NGINX_MISSING and not attempt.tls.client_certificate_sent:
        return missing(attempt, f"answered {_quoted(answer)}", Confidence.PEER_HTTP)
    means = complaint if isinstance(complaint, Complaint) else Complaint.UNSPECIFIED
    if not may_be_of_a_hop_behind(attempt, answer):
        return judge_refusal(attempt, means, said=f"refused it with {_quoted(answer)}", word=Confidence.PEER_HTTP)
    # Neither our own dates nor the words prove anything where those may be about another certificate.
    found = judge_refusal(attempt, means, said=f"answered {_quoted(answer)}", word=Confidence.INFERRED)
    return replace(found, summary=f"{found.summary}{_MAY_BE_BEHIND}", confidence=Confidence.INFERRED)


def _of_a_hop_behind(attempt: Attempt, answer: HttpAnswer, complaint: Complaint | str) -> bool:
    """Whether the answer speaks of a certificate that was not ours.

    Nobody asked us for one, what it refuses was never sent, or it is a page of nginx's that somebody else has passed on.
    """
    if attempt.tls.client_certificate_requested is False or (
        _is_nginxs(answer) and _connection(answer) == "keep-alive"
    ):
        return True
    return attempt.own.known and not attempt.tls.client_certificate_sent and complaint != NGINX_MISSING


def may_be_of_a_hop_behind(attempt: Attempt, answer: HttpAnswer) -> bool:
    """Whether a refusal may as well be about the connector's own certificate: nothing shows that who wrote it has seen ours.

    After its two pages nginx closes the connection, whatever was asked for, and says so (measured, 1.22); who passes one on does not.
    """
    complaint = _complaint(answer) if answer.status >= _BAD_REQUEST else None
    if complaint is None or _of_a_hop_behind(attempt, answer, complaint):
        return False
    unseen = complaint == NGINX_MISSING and attempt.tls.client_certificate_sent
    return unseen or (_is_nginxs(answer) and _connection(answer) != "close")


def _is_nginxs(answer: HttpAnswer) -> bool:
    """Whether it is one of the two pages that nginx writes by itself."""
    return answer.status == _BAD_REQUEST and (NGINX_MISSING in answer.body or NGINX_REFUSED in answer.body)


def _connection(answer: HttpAnswer) -> str:
    return answer.headers.get("connection", "").lower()


def of_a_hop_behind(attempt: Attempt, answer: HttpAnswer) -> bool:
    """Whether the answer says that somebody behind the connector refuses a client certificate, or misses one."""
    if answer.status < _BAD_REQUEST:
        return False
    complaint = _complaint(answer)
    return complaint is not None and _of_a_hop_behind(attempt, answer, complaint)


def _complaint(answer: HttpAnswer) -> Complaint | str | None:
    """What the answer says: a complaint, `NGINX_MISSING`, or None."""
    headers = "\n".join(f"verify={v}\n{v}" for k, v in answer.headers.items() if _is_verdict(k))
    text = f"{headers}\n{answer.body[:_LOOKED_AT]}"
    disclosed = _disclosed(text)
    if disclosed is not None:
        return disclosed
    if answer.status == _NGINX_MISSING_STATUS or _NONE.search(text):
        return NGINX_MISSING
    if answer.status == _BAD_REQUEST and NGINX_MISSING in text:
        return NGINX_MISSING
    if answer.status == _NGINX_REFUSED_STATUS or (answer.status == _BAD_REQUEST and NGINX_REFUSED in text):
        return Complaint.UNSPECIFIED
    return None


def _is_verdict(header: str) -> bool:
    """Whether a header's name, such as `ssl-client-verify`, promises the peer's verdict on our certificate."""
    begins = _VERIFY_HEADER.search(header)
    return begins is not None and "verify" in header[begins.end() :]


def _disclosed(text: str) -> Complaint | None:
    failed, code = _FAILED.search(text), _CODE.search(text)
    if failed is not None:
        said = failed.group(1).strip().lower()
        about = next((row.means for row in DISCLOSURES if said.startswith(row.written)), None)
        # An error page may say FAILED: of something else altogether.
        return about or (Complaint.UNSPECIFIED if "verify" in text.lower() else None)
    if code is not None and int(code.group(1)) in _OBJECTIONS and _of_a_certificate(code, text):
        return next((row.means for row in DISCLOSURES if row.code == int(code.group(1))), Complaint.UNSPECIFIED)
    return None


def _of_a_certificate(code: re.Match[str], text: str) -> bool:
    """Whether a number is OpenSSL's: it begins a line, carries haproxy's own name, or the page speaks of certificates."""
    begins = text[: code.start()].rpartition("\n")[2].strip() == "" and code.group(0).lstrip().startswith(
        ("verify", "ssl_c")
    )
    return begins or "ssl_c_" in code.group(0) or _SPEAKS_OF_TLS.search(text) is not None


def _quoted(answer: HttpAnswer) -> str:
    """`HTTP 400 (The SSL certificate error)`: the part that says it, never a whole page."""
    failed = _FAILED.search(" ".join((*answer.headers.values(), answer.body[:_LOOKED_AT])))
    code = _CODE.search(answer.body[:_LOOKED_AT])
    known = next((text for text in (NGINX_MISSING, NGINX_REFUSED) if text in answer.body), "")
    said = failed.group(0).strip() if failed else code.group(0).strip(" \"'({,;") if code else known
    return f"HTTP {answer.status} ({said})" if said else f"HTTP {answer.status}"


@dataclass(frozen=True, slots=True)
class StatusRule:
    """One row: statuses from `low` on."""

    low: int
    gives: str
    says: str


STATUS_RULES: Final = (
    StatusRule(500, "connector.http_5xx", "answered {asked} with an error of its own: HTTP {status}"),
    StatusRule(400, "connector.http_4xx", "refuses {asked} with HTTP {status}"),
    StatusRule(300, "connector.unexpected_answer", "answered {asked} with a redirect: HTTP {status}"),
    StatusRule(200, "connector.protocol_error", "answered {asked} with HTTP {status}, but not with what belongs there"),
    StatusRule(0, "connector.unexpected_answer", "answered {asked} with HTTP {status}"),
)
"""The first whose `low` the status reaches."""


_BEHIND: Final = (
    "{quoted} came back from the connector {endpoint} for {asked}, and {why}: "
    "it is the connector's own client certificate that is refused, or missing, behind it."
)
_NOT_SENT: Final = "no client certificate of ours was sent"
_PASSED_ON: Final = "who wrote it would have closed the connection, which stays open"
_IDENTITY_REFUSED: Final = "connector.identity_refused"
_MAY_BE_BEHIND: Final = " Somebody behind the connector may have written that, of the connector's own certificate."


def by_status(attempt: Attempt, answer: HttpAnswer, catalogue: Catalogue) -> Finding:
    """What the status of an answer means that was not the wanted one."""
    rule = next((r for r in STATUS_RULES if answer.status >= r.low), STATUS_RULES[-1])
    own_code = observed_code(answer, catalogue, at=attempt.error_code_at)
    said = f" It calls that {own_code}." if own_code is not None else ""
    said += envoy_says(answer) + _apache_wanted(attempt, answer)
    asked = attempt.http_path or "our request"
    if of_a_hop_behind(attempt, answer):
        why = _PASSED_ON if attempt.tls.client_certificate_sent else _NOT_SENT
        told = _BEHIND.format(quoted=_quoted(answer), endpoint=attempt.endpoint, asked=asked, why=why)
        return Finding(
            reason=_IDENTITY_REFUSED, summary=f"{told}{said}", confidence=Confidence.PEER_HTTP, also=(rule.gives,)
        )
    words = {"asked": asked, "status": answer.status}
    return Finding(
        reason=rule.gives,
        summary=f"The connector {attempt.endpoint} {rule.says.format(**words)}.{said}",
        confidence=Confidence.PEER_HTTP,
    )


_FORBIDDEN: Final = 403
_LATE: Final = (
    " Apache answers so where it wants a client certificate for this path alone (`SSLVerifyClient` in a `<Location>` or "
    "`<Directory>`): under TLS 1.3 it asks for it after the handshake, and only clients that offer that, as neither the probe "
    "nor most libraries do. Where that is meant, let it require one for the whole host, or speak TLS 1.2."
)
"""Post-handshake authentication (RFC 8446 4.6.2); under TLS 1.2 Apache renegotiates instead (both measured, 2.4)."""


def _apache_wanted(attempt: Attempt, answer: HttpAnswer) -> str:
    """What may be behind a 403 of Apache's to whom it has not asked for a certificate; a sentence with a space before it, or nothing."""
    unasked = attempt.tls.version == "TLSv1.3" and attempt.tls.client_certificate_requested is False
    by_apache = answer.headers.get("server", "").startswith("Apache")
    return _LATE if unasked and by_apache and answer.status == _FORBIDDEN else ""


_ENVOY_PAGES: Final = (
    "upstream connect error or disconnect/reset before headers",
    "no healthy upstream",
    "upstream request timeout",
)
"""How the pages begin that Envoy gives for a fault of its upstream (measured on 1.40)."""
_ENVOY_UNEXPLAINED: Final = "connection termination"
_FLAGS: Final = re.compile(r"[A-Z]{2,6}(?:,[A-Z]{2,6})*")
_LONGEST_PAGE: Final = 300


def envoy_says(answer: HttpAnswer) -> str:
    """What Envoy itself says of its upstream, as a sentence with a space before it; nothing where another answered.

    Its response flags are told only by a header that an operator has added; any name with `flags` in it counts.
    """
    page = leaving(answer.body[:_LOOKED_AT])[:_LONGEST_PAGE].strip()
    flags = next((v for k, v in answer.headers.items() if "flags" in k and _FLAGS.fullmatch(v)), "")
    if not page.startswith(_ENVOY_PAGES):
        return ""
    told = f" (flags {flags})" if flags else ""
    return f" Envoy says{told}: {page}.{envoy_hides(answer)}"


def envoy_hides(answer: HttpAnswer) -> str:
    """What may be behind the one fault of its upstream that Envoy does not explain; a sentence with a space before it, or nothing."""
    page = answer.body[:_LONGEST_PAGE].strip()
    unexplained = page.startswith(_ENVOY_PAGES) and _ENVOY_UNEXPLAINED in page
    return " An expired client certificate of its own on the next hop looks like this." if unexplained else ""


_WAY: Final = ("dns.", "tcp.", "tls.", "connector.timeout")
_LONGEST_INDEX: Final = 9


def observed_code(answer: HttpAnswer | None, catalogue: Catalogue, *, at: str | None = None) -> int | None:
    """The customer-facing code that the connector's own JSON answer carries: at the dotted place `at`, else in the usual ones.

    Those are `code`, `error_code`, `error` and `error.code`.
    """
    try:
        body = json.loads(answer.body) if answer else None
    except (ValueError, RecursionError):
        return None
    places = ("code", "error_code", "error.code", "error") if at is None else (at,)
    values = [_at(body, place) for place in places]
    known = {str(entry.code) for entry in catalogue.entries}
    found = (str(value) for value in values if isinstance(value, str | int))  # a list may nest too deep to be written
    return next((int(value) for value in found if value in known), None)


def says_the_way(code: int | None, catalogue: Catalogue) -> bool:
    """Whether the code stands for the way to the connector: a name, a connection, TLS, no answer in time. 5023, where none is configured."""
    return code is not None and any(e.code == code and e.reason.startswith(_WAY) for e in catalogue.entries)


def _at(body: object, place: str) -> object:
    """What stands at a dotted place; None where nothing does."""
    for step in place.split("."):
        if isinstance(body, Mapping):
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal() and len(step) < _LONGEST_INDEX and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body
