"""Our own identity files cannot be used: proven before a packet is sent."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.finding import Finding, failure
from probe.classify.wording import sentence
from probe.model.failure import Confidence, Evidence, Failure
from probe.model.observation import FileFault, IdentityFacts
from probe.model.outcome import Failed, Outcome

FAULTS: Final = {
    FileFault.CERTIFICATE_MISSING: "does not exist",
    FileFault.CERTIFICATE_UNREADABLE: "cannot be read",
    FileFault.CERTIFICATE_MALFORMED: "holds no certificate in PEM",
    FileFault.CERTIFICATE_WEAK_KEY: "has a key that OpenSSL's security level refuses",
    FileFault.CERTIFICATE_WEAK_SIGNATURE: "has a signature that OpenSSL's security level refuses",
    FileFault.KEY_MISSING: "does not exist",
    FileFault.KEY_UNREADABLE: "cannot be read",
    FileFault.KEY_MALFORMED: "holds no private key in PEM",
    FileFault.KEY_MISMATCH: "does not fit the certificate; the two come from different issues",
    FileFault.KEY_ENCRYPTED: "is encrypted, and no password is configured",
    FileFault.KEY_BAD_PASSWORD: "is not decrypted by the configured password",
}
"""What is wrong with the file, to stand after its path."""


def unusable(
    identity: IdentityFacts, fault: FileFault, attempt: Attempt, without: Outcome, catalogue: Catalogue
) -> Failure:
    """The failure that the fault is; `without` is what the handshake without the certificate gave."""
    finding = Finding(
        reason=f"tls.{fault.value}",
        summary=_said(identity, fault),
        certificate=attempt.own.leaf,
        also=(
            *_halves(identity),
            *(f"tls.{other.value}" for other in identity.further_faults),
            *attempt.own.proves,
            *_also(without),
        ),
    )
    made = failure(finding, attempt, catalogue)
    seen = made.evidence
    return catalogue.failure(
        made.reason,
        phase=None,
        confidence=made.confidence,
        summary=made.summary,
        evidence=Evidence(
            verify_code=seen.verify_code,
            alert=seen.alert,
            errno=seen.errno,
            http_status=seen.http_status,
            bytes_received=seen.bytes_received,
            detail=identity.fault_detail or seen.detail,
        ),
        certificate=made.certificate,
        also=made.also,
    )


def unusable_files(identity: IdentityFacts, catalogue: Catalogue) -> Failure | None:
    """The same of the files alone; None where nothing is wrong with them."""
    fault = identity.fault
    if fault is None:
        return None
    return catalogue.failure(
        f"tls.{fault.value}",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=_said(identity, fault),
        evidence=Evidence(detail=identity.fault_detail),
        certificate=next(iter(identity.certificates), None),
        also=(*_halves(identity), *(f"tls.{other.value}" for other in identity.further_faults)),
    )


def _said(identity: IdentityFacts, fault: FileFault) -> str:
    path = identity.fault_path or _path(identity, fault)
    what = "private key" if fault.startswith("client_key.") else "client certificate"
    return sentence(f"The {what} {path} of identity {identity.name} {FAULTS[fault]}.", _half(identity))


def _path(identity: IdentityFacts, fault: FileFault) -> str:
    key = identity.key_path if fault.startswith("client_key.") else None
    return key or identity.certificate_path


def _half(identity: IdentityFacts) -> str:
    return f"A rotation stopped half-way: {identity.half_rotated}." if identity.half_rotated else ""


def _halves(identity: IdentityFacts) -> tuple[str, ...]:
    return ("certificate.half_rotated",) if identity.half_rotated else ()


def _also(without: Outcome) -> tuple[str, ...]:
    """What else is wrong; that no certificate was sent is only the consequence."""
    match without:
        case Failed(found) if not found.reason.startswith("tls.client_cert."):
            return (found.reason, *found.also)
        case _:
            return ()
