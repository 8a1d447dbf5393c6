"""Where a certificate says that its issuer's certificate can be had, and what is found there (RFC 5280 4.2.2.1)."""

import contextlib
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from probe.tls.foreign import foreign_der, read_der

_MOST_URLS: Final = 2
_LONGEST_URL: Final = 2048
_MOST_FOUND: Final = 16
"""Certificates of one answer that are looked at."""


def issuer_urls(der: bytes) -> tuple[str, ...]:
    """The first `http:` addresses of `caIssuers`, at most two; others (`ldap:`, `https:`) are not asked."""
    try:
        with foreign_der():
            parsed = x509.load_der_x509_certificate(der)
            named = parsed.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except ValueError:
        return ()
    places = (one.access_location for one in named if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS)
    urls = (place.value for place in places if isinstance(place, x509.UniformResourceIdentifier))
    return tuple(url for url in urls if url.lower().startswith("http://") and len(url) <= _LONGEST_URL)[:_MOST_URLS]


def certificates_in(body: bytes) -> tuple[bytes, ...]:
    """DER of the certificates in an answer: one in DER, a bundle in PKCS#7, or (against the RFC, and common) PEM."""
    for read in (_der, pkcs7.load_der_pkcs7_certificates, x509.load_pem_x509_certificates):
        with contextlib.suppress(ValueError), foreign_der():
            return tuple(found.public_bytes(Encoding.DER) for found in read(body)[:_MOST_FOUND])
    return ()


def _der(body: bytes) -> list[x509.Certificate]:
    return [read_der(body)]
