"""Rules for HTTP answers that the connector itself gave: refusals of our certificate, and what remains by status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.alerts import missing
from probe.classify.attempt import Attempt
from probe.classify.disclosures import (
    How,
    Said,
    asks_for_credentials,
    is_nginxs_own_page,
    quoted,
    shows_a_bad_one,
    shows_none,
)
from probe.classify.envoy import envoy_says
from probe.classify.finding import Finding
from probe.classify.passed_on import page_passed_on
from probe.classify.refusal import judge_refusal
from probe.classify.refusal_rules import BY_DATE, Complaint, Fact, RefusalRule
from probe.classify.refusal_words import not_ours, summary
from probe.classify.subjects import another
from probe.classify.unshown import perhaps_for_want_of_one, wanted
from probe.classify.whose import Whose, fault_in, of_nobody, refusal_in
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence
from probe.redact.leaving import leaving

_GENERAL: Final = RefusalRule(
    Complaint.UNSPECIFIED,
    Fact.ANYTHING,
    "tls.client_cert.rejected",
    Confidence.INFERRED,
    "whose certificate that is about cannot be seen from here",
)
_BY_THE_LEAF: Final = frozenset({"tls.client_cert.expired", "tls.client_cert.not_yet_valid"})
_BY_OUR_FILES: Final = BY_DATE | {"tls.client_cert.wrong_eku", "tls.client_cert.chain_incomplete"}
"""Reasons that stand on our own files, whoever has written the answer."""
_EITHER: Final = " Either the connector itself has written that, of ours, or somebody behind it has, of the connector's own certificate."
_SENT_ALL_THE_SAME: Final = " It says that none was sent, and ours was: nginx says so of one, too, that a rule of its own turns away (`return 496`)."
_GOOD_TOO: Final = " It shows a good verdict on a client certificate beside it."
_WANTS: Final = (
    " Either the connector itself wants ours, or somebody behind it has written that, and misses the connector's own."
)
_SHOWS_NONE: Final = (
    " Either the connector itself wants ours, or it refuses for another cause and says that beside it, or somebody behind it "
    "misses the connector's own."
)
_NO_SITE: Final = (
    " It asked for none in the handshake, which named no site (no SNI). Either the site of the request wants ours, or somebody "
    "behind the connector has written that, of the connector's own."
)


def refusal(attempt: Attempt, answer: HttpAnswer) -> Finding | None:
    """The answer's refusal of our client certificate; None where it says nothing of the kind, or speaks of another."""
    read = refusal_in(attempt, answer)
    if read is None:
        found = wanted(attempt, answer)
        return found and replace(found, summary=f"{found.summary}{_WANTS}")
    if read[1] is Whose.BEHIND:
        return None
    said, about = read
    asked, sent = attempt.tls.client_certificate_requested, attempt.tls.client_certificate_sent
    if not sent and (asked or (asked is None and said.means is None)):
        return _missed(attempt, answer, said, about)
    if about is Whose.OURS:
        return _judged(attempt, answer, said.complaint, Confidence.PEER_HTTP)
    if about is Whose.UNCLEAR:
        return _contradictory(attempt, answer)
    return _of_either(attempt, answer, said, about)


def fault_found(attempt: Attempt, answer: HttpAnswer) -> Finding | None:
    """What an answer that refuses nobody shows against our certificate all the same, or perhaps ours."""
    if not attempt.tls.client_certificate_sent or not shows_a_bad_one(answer):
        return None  # a healthy probe need not look for subjects in its answer
    read = fault_in(attempt, answer)
    if read is None or read[1] is Whose.BEHIND or read[0].loose:
        return None
    said, about = read
    if about is Whose.UNCLEAR:
        return _contradictory(attempt, answer)
    word = Confidence.PEER_HTTP if about is Whose.OURS else Confidence.INFERRED
    found = judge_refusal(attempt, said.complaint, said=f"answered {quoted(answer)}", word=word)
    return found if about is Whose.OURS else _as_told(found, ended=False)


def may_be_of_a_hop_behind(attempt: Attempt, answer: HttpAnswer) -> bool:
    """Whether a refusal may as well be about the connector's own certificate: nothing shows that who wrote it has seen ours."""
    found = refusal(attempt, answer)
    return found is not None and found.summary.endswith((_EITHER, _WANTS, _SHOWS_NONE, _NO_SITE))


def of_a_hop_behind(attempt: Attempt, answer: HttpAnswer) -> bool:
    """Whether the answer says that somebody behind the connector refuses a client certificate, or misses one."""
    read = refusal_in(attempt, answer)
    return read is not None and read[1] is Whose.BEHIND


def _judged(attempt: Attempt, answer: HttpAnswer, complaint: Complaint, word: Confidence) -> Finding:
    return judge_refusal(attempt, complaint, said=f"refused it with {quoted(answer)}", word=word)


def _missed(attempt: Attempt, answer: HttpAnswer, said: Said, about: Whose) -> Finding:
    """We were asked for a certificate, and sent none: that explains the answer, if who wrote it is who asked.

    A connector that makes do without one, and closes each connection, passes on the page of a gateway that misses the connector's
    own: to the byte what nginx itself would have said (measured, 1.22). Without the end of one, as haproxy passes it on, nginx's
    page blames nobody.
    """
    own = about is Whose.ENDED and said.means is None
    found = missing(attempt, f"answered {quoted(answer)}", Confidence.PEER_HTTP if own else Confidence.INFERRED)
    doubt = _SHOWS_NONE if said.how is How.DISCLOSED else _WANTS
    passed_on = said.how is How.PAGE and about is not Whose.ENDED
    return replace(found, summary=f"{found.summary}{doubt}", blame=Blame.UNKNOWN if passed_on else None)


def _of_either(attempt: Attempt, answer: HttpAnswer, said: Said, about: Whose) -> Finding:
    """A refusal that names nobody: a specific reason only where it gives one itself, or our own files do and it ends as nginx's own does.

    By its dates a certificate of ours explains any refusal; what else is wrong with it, only one that was not passed on for certain.
    """
    complaint, nginxs = said.complaint, said.how is How.STATUS or is_nginxs_own_page(answer)
    ended = about is Whose.ENDED and nginxs  # a text anybody may write, and close
    asked = attempt.tls.client_certificate_requested is not False
    word = Confidence.PEER_HTTP if ended and asked else Confidence.INFERRED
    found = judge_refusal(attempt, complaint, said=f"answered {quoted(answer)}", word=word)
    if ended and found.reason in _BY_THE_LEAF:
        return _judged(attempt, answer, complaint, Confidence.INFERRED)
    if said.how is How.DISCLOSED and said.means is not None and about is not Whose.PASSED:
        return _as_told(found, ended=ended)
    told = _BY_OUR_FILES if ended else _BY_THE_LEAF
    foreign = ended and found.reason == "tls.client_cert.unknown_ca" and not_ours(attempt)
    if found.reason != _GENERAL.gives and found.reason not in told and not foreign:
        found = _in_general(attempt, answer)
    general = found.reason == _GENERAL.gives and said.means is not None
    either = _EITHER if asked else _NO_SITE
    untrue = said.means is None and attempt.tls.client_certificate_sent
    return replace(
        found,
        summary=f"{found.summary}{_SENT_ALL_THE_SAME if untrue else ''}{either}",
        confidence=word if general else Confidence.INFERRED,
        blame=Blame.UNKNOWN if general and said.how is How.DISCLOSED else found.blame,
    )


def _contradictory(attempt: Attempt, answer: HttpAnswer) -> Finding:
    """A refusal of ours, or of nobody by name, beside a good verdict: who has written which of the two cannot be told."""
    found = _in_general(attempt, answer)
    return replace(
        found, summary=f"{found.summary}{_GOOD_TOO}{_EITHER}", confidence=Confidence.INFERRED, blame=Blame.UNKNOWN
    )


def _as_told(found: Finding, *, ended: bool) -> Finding:
    """What a verdict says that may be on another's certificate: nothing is proven then, and without the end of nginx's own only what our own files show is to blame."""
    sure = ended and found.confidence is not Confidence.PROVEN
    return replace(
        found,
        summary=f"{found.summary}{_EITHER}",
        confidence=found.confidence if sure else Confidence.INFERRED,
        blame=found.blame if ended or found.reason in _BY_OUR_FILES else Blame.UNKNOWN,
    )


def _in_general(attempt: Attempt, answer: HttpAnswer) -> Finding:
    """The general reason, with what our own files prove beside it. How sure that is, is still to be said."""
    leaf = attempt.own.leaf
    return Finding(
        reason=_GENERAL.gives,
        summary=summary(attempt, _GENERAL, leaf, f"answered {quoted(answer)}", ""),
        certificate=leaf,
        also=attempt.own.proves,
        blame=Blame.UNKNOWN if not_ours(attempt) or attempt.own.expired is not None else None,
    )


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
_MISSED: Final = "it says that none was sent (NONE), and ours was"
_MISSED_BY_PAGE: Final = "it says that none was sent, and ours was; somebody has passed it on"
_NAMED: Final = "it names another certificate than ours ({subject})"
_LONGEST_NAME: Final = 300
_IDENTITY_REFUSED: Final = "connector.identity_refused"


def by_status(attempt: Attempt, answer: HttpAnswer, catalogue: Catalogue) -> Finding:
    """What the status of an answer means that was not the wanted one."""
    rule = next(r for r in STATUS_RULES if answer.status >= r.low)
    own_code = observed_code(answer, catalogue, at=attempt.error_code_at)
    said = f" It calls that {own_code}." if own_code is not None else ""
    said += asks_for_credentials(answer) + envoy_says(answer) + _apache_wanted(attempt, answer)
    asked = attempt.http_path or "our request"
    if of_a_hop_behind(attempt, answer):
        why = _not_ours(attempt, answer)
        told = _BEHIND.format(quoted=quoted(answer), endpoint=attempt.endpoint, asked=asked, why=why)
        return Finding(
            reason=_IDENTITY_REFUSED, summary=f"{told}{said}", confidence=Confidence.PEER_HTTP, also=(rule.gives,)
        )
    words = {"asked": asked, "status": answer.status}
    return Finding(
        reason=rule.gives,
        summary=f"The connector {attempt.endpoint} {rule.says.format(**words)}.{said}{perhaps_for_want_of_one(attempt, answer)}",
        confidence=Confidence.PEER_HTTP,
    )


def _not_ours(attempt: Attempt, answer: HttpAnswer) -> str:
    """What shows that an answer speaks of another certificate."""
    leaf = attempt.own.leaf
    if not attempt.tls.client_certificate_sent:
        return _NOT_SENT
    theirs = another(leaf, answer, of_nobody(attempt)) if leaf is not None else None
    if theirs is not None:
        return _NAMED.format(subject=leaving(theirs)[:_LONGEST_NAME])
    if shows_none(answer):
        return _MISSED
    return _PASSED_ON if page_passed_on(answer) else _MISSED_BY_PAGE


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
