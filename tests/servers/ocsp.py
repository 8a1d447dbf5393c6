"""OCSP responses to staple, made on the spot."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.lab.pki import Authority, Issued

_DER = serialization.Encoding.DER
RESPONDER_USAGE = ExtendedKeyUsageOID.OCSP_SIGNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the responder says, and who signs it."""

    revoked_at: datetime | None = None
    unknown: bool = False
    age: timedelta = timedelta(hours=1)
    """Of `thisUpdate`; negative: it lies ahead."""
    lasts: timedelta | None = timedelta(days=7)
    """From now until `nextUpdate`; None: no `nextUpdate`."""
    signer: Issued | None = None
    """A responder of its own, whose certificate is enclosed; None: the issuer."""


def response(leaf: Issued, authority: Authority, now: datetime, answer: Answer = Answer()) -> bytes:
    """An OCSP response in DER about `leaf`, by its issuer or the answer's signer."""
    status = ocsp.OCSPCertStatus.REVOKED if answer.revoked_at else ocsp.OCSPCertStatus.GOOD
    signer = answer.signer or authority.issued
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate,
            issuer=authority.issued.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 - RFC 6960: what every responder names certificates by
            cert_status=ocsp.OCSPCertStatus.UNKNOWN if answer.unknown else status,
            this_update=now - answer.age,
            next_update=None if answer.lasts is None else now + answer.lasts,
            revocation_time=answer.revoked_at,
            revocation_reason=x509.ReasonFlags.key_compromise if answer.revoked_at else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, signer.certificate)
    )
    if answer.signer is not None:
        builder = builder.certificates([answer.signer.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(_DER)


def refusal() -> bytes:
    """A response that holds no answer: `tryLater`."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(_DER)
