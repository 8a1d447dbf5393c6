"""Revocation lists to facts: their end is their nextUpdate."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from cryptography import x509

from probe.model.certificate import Certificate, CertificateRole, Source
from probe.tls.foreign import foreign_der

_NO_END: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""No well-defined end (RFC 5280 4.1.2.5): a list without nextUpdate, which OpenSSL takes for valid for ever."""


def crl_from_der(der: bytes, *, source: Source) -> Certificate:
    """The facts of a list: its issuer is its subject, its CRL number its serial. Raises ValueError where it is none."""
    with foreign_der():
        parsed = x509.load_der_x509_crl(der)
        issuer = parsed.issuer.rfc4514_string()
        return Certificate(
            role=CertificateRole.CRL,
            subject=issuer,
            issuer=issuer,
            serial=_number(parsed),
            not_before=parsed.last_update_utc,
            not_after=parsed.next_update_utc or _NO_END,
            sha256=hashlib.sha256(der).hexdigest(),
            source=source,
        )


def _number(parsed: x509.CertificateRevocationList) -> str:
    """The list's number in hex; empty where it has none, or none that can be read."""
    try:
        with foreign_der():
            return f"{parsed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number:x}"
    except ValueError:
        return ""
