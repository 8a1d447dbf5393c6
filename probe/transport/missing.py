"""The intermediates that a peer did not send, where we have them ourselves: told from a CA that nobody here knows."""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.identity import LoadedIdentity
from probe.tls.certificate import certificates_from_ders
from probe.tls.completing import completing, linked
from probe.tls.stream import TlsStream

WEAK_LEAF: Final = 66
"""OpenSSL looks at the strength of the peer's key before it builds a chain (X509_V_ERR_EE_KEY_TOO_SMALL)."""
NO_ISSUER: Final = frozenset({2, 20, 21})
"""Verify codes of OpenSSL for a chain whose last certificate has no issuer (X509_V_ERR_UNABLE_TO_…)."""


def missing(stream: TlsStream, identity: LoadedIdentity | None) -> tuple[Certificate, ...]:
    """What would have completed the chain that `stream` was shown, out of the file of our own identity."""
    trusted = stream.tls.context.get_ca_certs(binary_form=True)
    found = completing(stream.evidence.presented, trusted=trusted, known=_ders(identity))
    path = "" if identity is None else identity.facts.certificate_path
    return certificates_from_ders(found, source=Source(SourceKind.FILE, path))


def unlinked(stream: TlsStream) -> bool:
    """Whether the chain does not lead to our trust. To be asked only where all of that is in memory, and not in a directory."""
    return not linked(stream.evidence.presented, stream.tls.context.get_ca_certs(binary_form=True))


def _ders(identity: LoadedIdentity | None) -> list[bytes]:
    """The certificates of our own file; none where it cannot be read."""
    if identity is None or identity.certificate_pem is None:
        return []
    try:
        return [c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(identity.certificate_pem)]
    except ValueError:
        return []
