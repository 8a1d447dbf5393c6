"""Rules for a fatal TLS alert from the peer, by its IANA number and by what had been said before it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.classify.refusal import dates_explain, judge_refusal
from probe.classify.refusal_rules import Complaint
from probe.model.failure import Confidence


class When(StrEnum):
    """What had been said before the alert."""

    SENT = "sent"
    """Our certificate was sent (or, in a call without a record, may have been)."""
    SENT_OUT_OF_DATE = "sent_out_of_date"
    """It was sent, and our own dates explain a refusal."""
    UNSENT = "unsent"
    """One was asked for, and none was sent."""
    UNSENT_OR_UNKNOWN = "unsent_or_unknown"
    ASKED = "asked"
    UNANSWERED = "unanswered"
    """The peer had not even answered our ClientHello."""
    ALWAYS = "always"


MISSING: Final = "tls.client_cert.missing"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One row: an alert, and what it means in that situation."""

    number: int
    when: When
    gives: Complaint | str
    """A complaint about our certificate, or a reason."""


RULES: Final = (
    AlertRule(116, When.UNSENT_OR_UNKNOWN, MISSING),
    AlertRule(40, When.UNSENT, MISSING),  # TLS 1.2 has no certificate_required
    AlertRule(41, When.UNSENT, MISSING),
    AlertRule(42, When.UNSENT, MISSING),  # Go
    AlertRule(42, When.SENT, Complaint.UNSPECIFIED),
    AlertRule(43, When.SENT, Complaint.USAGE),
    AlertRule(44, When.SENT, Complaint.REVOKED),
    AlertRule(45, When.SENT, Complaint.EXPIRED),
    AlertRule(46, When.SENT, Complaint.UNSPECIFIED),
    AlertRule(48, When.SENT, Complaint.UNKNOWN_CA),
    AlertRule(113, When.SENT, Complaint.STATUS),
    AlertRule(114, When.SENT, Complaint.PINNED),  # Envoy's `verify_certificate_hash` and `verify_certificate_spki`
    AlertRule(49, When.ASKED, Complaint.DENIED),
    AlertRule(40, When.SENT_OUT_OF_DATE, Complaint.UNSPECIFIED),
    AlertRule(40, When.UNANSWERED, "tls.no_shared_cipher_or_params"),
    AlertRule(71, When.UNANSWERED, "tls.no_shared_cipher_or_params"),
    AlertRule(70, When.ALWAYS, "tls.protocol_version"),
    AlertRule(80, When.ALWAYS, "tls.peer_internal_error"),
    AlertRule(112, When.ALWAYS, "tls.sni_refused"),
    AlertRule(120, When.ALWAYS, "tls.alpn_mismatch"),
)
"""First match wins; an alert without a row is `tls.alert.NAME`, one that IANA has not assigned `tls.failed`."""

_NO_SUCH_SITE: Final = "tls.sni_refused"
_NAMED_NONE: Final = "it serves no site to whom names none, and none was named: {address} is an address, which is no server name (RFC 6066)"
_MEANS: Final = {
    "tls.no_shared_cipher_or_params": "it accepts no cipher, group or signature algorithm that we offered",
    "tls.protocol_version": "it supports no TLS version that we offered",
    "tls.peer_internal_error": "a fault of its own",
    _NO_SUCH_SITE: "it serves no site by the name {name}",
    "tls.alpn_mismatch": "it speaks no application protocol that we offered",
}
_NONE_CAME: Final = "it says that it got no client certificate, although ours was sent: see its log"
_AFTER_OURS: Final = {
    # Measured, Apache 2.4.
    "tls.peer_internal_error": "a fault of its own, or a limit: Apache says so too where our chain is longer than its `SSLVerifyDepth`",
    "tls.alert.handshake_failure": "it does not say why; it may have refused our client certificate, which was sent before: see its log",
    "tls.alert.no_certificate": _NONE_CAME,
    "tls.alert.certificate_required": _NONE_CAME,
    "tls.alert.decrypt_error": (
        "it could not verify a signature: that of our handshake or, as OpenSSL says so too, that on our client "
        "certificate, where it knows a CA of the issuer's name with another key: see its log"
    ),
}
"""What else it may mean right after our certificate."""


def judge_alert(attempt: Attempt, number: int, catalogue: Catalogue) -> Finding:
    """What the peer's last fatal alert means here."""
    entry = catalogue.alert(number)
    name = entry.reason.removeprefix("tls.alert.") if entry else "unassigned"
    what = "it" if attempt.tls.client_certificate_sent or not attempt.own.known else "us"
    said = f"refused {what} with the TLS alert {name} ({number})"
    rule = next((r for r in RULES if r.number == number and _holds(r.when, attempt)), None)
    if rule is not None and isinstance(rule.gives, Complaint):
        return judge_refusal(attempt, rule.gives, said=said, word=Confidence.PEER_ALERT)
    reason = rule.gives if rule else entry.reason if entry else "tls.failed"
    if reason == MISSING:
        return missing(attempt, f"answered with the TLS alert {name} ({number})", Confidence.PEER_ALERT)
    meanings = _MEANS | (_AFTER_OURS if attempt.tls.client_certificate_sent else {})
    means = meanings.get(reason, "see its log").format(name=attempt.endpoint.server_name)
    if reason == _NO_SUCH_SITE and not attempt.names_a_site:
        means = _NAMED_NONE.format(address=attempt.endpoint.server_name)
    return Finding(
        reason=reason,
        summary=f"The connector {attempt.endpoint} ended the TLS handshake with the alert {name} ({number}): {means}.",
        confidence=Confidence.PEER_ALERT,
    )


def missing(attempt: Attempt, said: str, word: Confidence) -> Finding:
    """A certificate was asked for and none was sent. Files that cannot be used are a failure of their own."""
    own = attempt.own
    if not own.known:
        why = "none was sent"
    elif own.name is None:
        why = "there is none here to show: no identity is configured"
    elif own.watched:
        why = f"identity {own.name} has no private key, so none could be sent"
    else:
        why = f"the one of identity {own.name} in {own.file} was not sent, because it fits nothing that the peer asked for"
    return Finding(
        reason=MISSING,
        summary=f"The connector {attempt.endpoint} asks for a client certificate and {why}; it {said}.",
        confidence=word,
        certificate=own.leaf,
    )


def _holds(when: When, attempt: Attempt) -> bool:
    tls = attempt.tls
    unrecorded = not tls.alerts and tls.version is None
    unknown = not attempt.own.known and unrecorded and tls.client_certificate_requested is None
    sent = tls.client_certificate_sent or unknown
    unsent = tls.client_certificate_requested is True and not tls.client_certificate_sent and attempt.answered
    return {
        When.SENT: sent,
        When.SENT_OUT_OF_DATE: sent and dates_explain(attempt),
        When.UNSENT: unsent,
        When.UNSENT_OR_UNKNOWN: unsent or unknown,
        When.ASKED: tls.client_certificate_requested is True,
        When.UNANSWERED: tls.version is None and not attempt.presented and not tls.established,
        When.ALWAYS: True,
    }[when]
