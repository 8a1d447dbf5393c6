"""A call that failed in transport, and the handshake made right after it on the same path: which of the two names the cause."""

import dataclasses
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.answers import says_the_way
from probe.classify.judgement import Judgement
from probe.model.failure import Failure
from probe.model.outcome import Failed, Passed

GENERAL: Final = frozenset(
    {
        "tls.client_cert.rejected",
        "tls.server_cert.invalid",
        "tls.closed_by_peer",
        "tls.reset_by_peer",
        "tls.handshake_timeout",
        "tls.failed",
    }
)
"""Reasons within `tls.*` that name no cause: a handshake may say more."""

_CAUSES: Final = ("tls.client_cert.", "tls.client_key.", "tls.server_cert.", "tls.crl.", "tls.local_config")
"""What stands as long as nobody changes it: true of the call too, whatever it saw of it."""

_OURS: Final = ("tls.client_cert.", "tls.client_key.")
_WAY: Final = ("dns.", "tcp.", "tls.")


def reconcile(call: Failure, handshake: Judgement, catalogue: Catalogue) -> Failure:
    """The failure to report: the handshake's where it explains the call, else the call's, each naming the other in `also`."""
    said = call.evidence.observed_code
    match handshake.outcome:
        case Failed(shaken) if _explains(shaken, call):
            joined = _joined(shaken, call, catalogue)
            if said is None or not is_cause(shaken.reason):
                return joined
            evidence = dataclasses.replace(
                joined.evidence,
                observed_code=said,
                http_status=joined.evidence.http_status or call.evidence.http_status,
            )
            shows = "the handshake shows why" if says_the_way(said, catalogue) else "a handshake right after it fails"
            summary = f"The connector says {said}; {shows}. {joined.summary}"
            return dataclasses.replace(joined, evidence=evidence, summary=summary)
        case Failed(shaken):
            return with_also(call, (shaken.reason, *shaken.also), catalogue)
        case Passed() if said is not None:
            summary = f"{call.summary} The connector says {said}; a handshake on the same path right after it passes."
            told = dataclasses.replace(call, summary=summary)
            return with_also(told, tuple(warning.reason for warning in handshake.warnings), catalogue)
        case _:
            return with_also(call, tuple(warning.reason for warning in handshake.warnings), catalogue)


def names_cause(judgement: Judgement) -> bool:
    """Whether it failed for what stands as long as nobody changes it."""
    return isinstance(judgement.outcome, Failed) and is_cause(judgement.outcome.failure.reason)


def _explains(shaken: Failure, call: Failure) -> bool:
    """A lasting cause explains any call that has no lasting cause of its own; a passing one only a call that got no further."""
    if shaken.reason == call.reason:
        return True
    if is_cause(call.reason):
        # A call does not know our own files: what it says of our certificate, the handshake says better.
        return call.reason.startswith(_OURS) and shaken.reason.startswith(_OURS) and is_cause(shaken.reason)
    if is_cause(shaken.reason):
        return True
    unsaid = call.reason.endswith(".failed") or call.reason == "stripe.api_connection_error"
    vague = unsaid or call.reason in GENERAL or call.reason.startswith("tcp.")
    return vague and shaken.reason.startswith(_WAY) and not shaken.reason.endswith(".failed")


def is_cause(reason: str) -> bool:
    """Whether the reason names what stands as long as nobody changes it."""
    return reason.startswith(_CAUSES) and reason not in GENERAL


def _joined(shaken: Failure, call: Failure, catalogue: Catalogue) -> Failure:
    """The handshake's failure, with what only the call has: the request's own error."""
    detail = " | call: ".join(text for text in (shaken.evidence.detail, call.evidence.detail) if text)
    evidence = dataclasses.replace(shaken.evidence, detail=detail, stripe=call.evidence.stripe)
    joined = dataclasses.replace(shaken, evidence=evidence)
    return with_also(joined, (*shaken.also, call.reason, *call.also), catalogue)


def with_also(failure: Failure, others: tuple[str, ...], catalogue: Catalogue) -> Failure:
    """The failure with more in `also`, each once and never its own reason."""
    also = dict.fromkeys(catalogue.entry(other).reason for other in (*failure.also, *others))
    return dataclasses.replace(failure, also=tuple(other for other in also if other != failure.reason))
