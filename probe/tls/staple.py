"""Read a stapled OCSP response, and check whether it is the issuer's own word (RFC 6960)."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.model.staple import Staple, StapleSignature, StapleStatus
from probe.tls.foreign import foreign_der, read_der

_STATUS: Final = {
    ocsp.OCSPCertStatus.GOOD: StapleStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED: StapleStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: StapleStatus.UNKNOWN,
}


def read_staple(response: bytes, leaf: bytes, chain: Iterable[bytes], *, at: datetime) -> Staple:
    """The response as facts; `leaf` is the peer's own certificate in DER, `chain` whatever may be its issuer. Never raises.

    `at` decides whether a responder's own certificate is in date.
    """
    try:
        with foreign_der():
            read = ocsp.load_der_ocsp_response(response)
            if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                return Staple(response=read.response_status.name.lower(), size=len(response))
            certificate = read_der(leaf)
            issuer = _issuer(certificate, _parsed(chain))
            found = _successful(read, certificate, issuer, size=len(response), at=at)
            return replace(found, sha256=hashlib.sha256(response).hexdigest())
    except ValueError:
        return Staple(response="malformed", size=len(response))


def demands_staple(leaf: bytes) -> bool:
    """Whether the certificate is to be refused without a staple (`status_request` of RFC 7633, "must-staple")."""
    try:
        with foreign_der():
            found = x509.load_der_x509_certificate(leaf).extensions.get_extension_for_class(x509.TLSFeature)
    except ValueError:
        return False
    return x509.TLSFeatureType.status_request in found.value


def _successful(
    read: ocsp.OCSPResponse,
    leaf: x509.Certificate,
    issuer: x509.Certificate | None,
    *,
    size: int,
    at: datetime,
) -> Staple:
    signature = StapleSignature.UNCHECKED if issuer is None else _signature(read, issuer, at)
    name, key_hash = read.responder_name, read.responder_key_hash
    responder = name.rfc4514_string() if name is not None else (key_hash or b"").hex()
    said = next((one for one in read.responses if _is_about(one, leaf, issuer)), None)
    if said is None:
        return Staple(
            response="successful",
            size=size,
            produced_at=read.produced_at_utc,
            responder=responder,
            signature=signature,
        )
    reason = said.revocation_reason
    return Staple(
        response="successful",
        size=size,
        status=_STATUS[said.certificate_status],
        this_update=said.this_update_utc,
        next_update=said.next_update_utc,
        produced_at=read.produced_at_utc,
        revoked_at=said.revocation_time_utc,
        revocation_reason=None if reason is None else reason.name,
        responder=responder,
        signature=signature,
    )


def _is_about(said: ocsp.OCSPSingleResponse, leaf: x509.Certificate, issuer: x509.Certificate | None) -> bool:
    """Whether it speaks of this certificate: serial number, issuer's name, and issuer's key where we know it."""
    if said.serial_number != leaf.serial_number:
        return False
    name = hashes.Hash(said.hash_algorithm)
    name.update(leaf.issuer.public_bytes())
    if name.finalize() != said.issuer_name_hash:
        return False
    if issuer is None:
        return True
    key = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key())
    return not isinstance(said.hash_algorithm, hashes.SHA1) or key.digest == said.issuer_key_hash


def _parsed(ders: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for der in ders:
        try:
            yield read_der(der)
        except ValueError:
            continue  # OpenSSL may read what cryptography refuses; it cannot be checked with then


def _issuer(leaf: x509.Certificate, chain: Iterable[x509.Certificate]) -> x509.Certificate | None:
    return next((c for c in chain if c.subject == leaf.issuer and _issued(c, leaf)), None)


def _issued(issuer: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _signature(read: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> StapleSignature:
    """By the issuer itself, or by one whom it has named a responder (RFC 6960 4.2.2.2)."""
    found = [_signed_by(read, signer) for signer in (issuer, *_delegates(read.certificates, issuer, at))]
    if any(found):
        return StapleSignature.VERIFIED
    return StapleSignature.UNCHECKED if None in found else StapleSignature.INVALID


def _delegates(
    enclosed: Sequence[x509.Certificate], issuer: x509.Certificate, at: datetime
) -> Iterator[x509.Certificate]:
    for certificate in enclosed:
        in_date = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
        if in_date and _may_answer(certificate) and _issued(issuer, certificate):
            yield certificate


def _may_answer(certificate: x509.Certificate) -> bool:
    try:
        with foreign_der():
            usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except ValueError:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _signed_by(read: ocsp.OCSPResponse, signer: x509.Certificate) -> bool | None:
    """Whether the signer's key made the signature; None where we cannot tell: RSA-PSS, an algorithm not known here."""
    key, signed, signature = signer.public_key(), read.tbs_response_bytes, read.signature
    try:
        algorithm = read.signature_hash_algorithm
        match key:
            case rsa.RSAPublicKey() if algorithm is not None:
                key.verify(signature, signed, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey() if algorithm is not None:
                key.verify(signature, signed, ec.ECDSA(algorithm))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, signed)
            case _:
                return None
    except InvalidSignature:
        return None if read.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSASSA_PSS else False
    except UnsupportedAlgorithm:
        return None
    return True
