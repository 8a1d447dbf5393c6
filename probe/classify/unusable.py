"""Our own identity files cannot be used: proven before a packet is sent."""

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.file_faults import fault_words
from probe.classify.finding import Finding, failure
from probe.classify.wording import sentence
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Evidence, Failure
from probe.model.identity import FileFault, IdentityFacts
from probe.model.outcome import Failed, Outcome


def unusable(
    identity: IdentityFacts, fault: FileFault, attempt: Attempt, without: Outcome, catalogue: Catalogue
) -> Failure:
    """The failure that the fault is; `without` is what the handshake without the certificate gave."""
    finding = Finding(
        reason=f"tls.{fault.value}",
        summary=_said(identity, fault),
        certificate=_about(identity, attempt.own.leaf),
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
        hop=made.hop,
        blame=made.blame,
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
        certificate=_about(identity, next(iter(identity.certificates), None)),
        also=(*_halves(identity), *(f"tls.{other.value}" for other in identity.further_faults)),
    )


def _about(identity: IdentityFacts, leaf: Certificate | None) -> Certificate | None:
    """The certificate that is spoken of: the one that the key fits, where it stands in the wrong place."""
    return leaf if identity.fits is None else identity.certificates[identity.fits - 1]


def _said(identity: IdentityFacts, fault: FileFault) -> str:
    path = identity.fault_path or _path(identity, fault)
    what = "private key" if fault.startswith("client_key.") else "client certificate"
    return sentence(f"The {what} {path} of identity {identity.name} {fault_words(identity, fault)}.", _half(identity))


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
