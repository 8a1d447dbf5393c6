"""What a second connection saw, as the key `diagnostics` of a result."""

from datetime import datetime

from probe.classify.diagnosis import remarks
from probe.model.observation import HandshakeObservation
from probe.model.staple import Staple
from probe.model.tls import SoughtIssuer, VerifyError
from probe.report.words import moment

_DIGITS = 6


def diagnostics_to_dict(observation: HandshakeObservation) -> dict[str, object] | None:
    """Plain values; None where no second connection was made."""
    facts = observation.diagnostics
    if facts is None:
        return None
    return {
        "address": facts.address,
        "started_at": moment(facts.started_at),
        "duration_s": round(facts.duration_s, _DIGITS),
        "ended": facts.ended.value,
        "engine": facts.engine,
        "tls_version": facts.tls_version,
        "leaf_sha256": facts.presented[0].sha256 if facts.presented else None,
        "verify_errors": [_error(error) for error in facts.verify_errors],
        "must_staple": facts.must_staple,
        "ocsp_staple": _staple(facts.staple) if facts.staple else None,
        "acceptable_cas": list(facts.acceptable_cas),
        "issuers": [_issuer(sought) for sought in facts.issuers],
        "remarks": [{"mark": remark.mark.value, "text": remark.text} for remark in remarks(observation)],
    }


def _issuer(sought: SoughtIssuer) -> dict[str, object]:
    found = sought.certificate
    return {
        "below": sought.below,
        "url": sought.url,
        "subject": found.subject if found else None,
        "serial": found.serial if found else None,
        "problem": sought.problem or None,
    }


def _error(error: VerifyError) -> dict[str, object]:
    about = error.certificate
    return {
        "code": error.code,
        "depth": error.depth,
        "subject": about.subject if about else None,
        "serial": about.serial if about else None,
    }


def _staple(staple: Staple) -> dict[str, object]:
    return {
        "response": staple.response,
        "status": staple.status.value if staple.status else None,
        "this_update": _moment(staple.this_update),
        "next_update": _moment(staple.next_update),
        "produced_at": _moment(staple.produced_at),
        "revoked_at": _moment(staple.revoked_at),
        "revocation_reason": staple.revocation_reason,
        "responder": staple.responder,
        "signature": staple.signature.value,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
