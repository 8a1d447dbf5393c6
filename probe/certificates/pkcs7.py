"""PKCS#7 files (RFC 2315, RFC 5652), `.p7b` and `.p7c`: bags of certificates and revocation lists, as Windows CAs hand them out."""

from collections.abc import Callable
from typing import Final

from probe.certificates.contents import Contents, Found
from probe.certificates.crls import crl_from_der
from probe.certificates.der import IDENTIFIER, elements, first
from probe.certificates.parse import certificate_from_der
from probe.model.certificate import Certificate, Source

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_CERTIFICATES: Final = 0xA0
_LISTS: Final = 0xA1
_HEAD: Final = 64
"""Bytes within which such a file is known."""


def is_pkcs7(der: bytes) -> bool:
    """Whether it begins as such a file does: a sequence that begins with the name of signed data."""
    start = next(elements(first(der[:_HEAD])), None)
    return start is not None and (start.tag, start.content) == (IDENTIFIER, _SIGNED_DATA)


def read_pkcs7(der: bytes, *, source: Source) -> Contents:
    """Its certificates and lists, in their order. Never raises. Signatures are nobody's concern here: such files seldom have any."""
    content = list(elements(first(der)))[1:]
    found: list[Found] = []
    faults: list[str] = []
    for part in elements(first(content[0].content)) if content else ():
        if part.tag in {_CERTIFICATES, _LISTS}:
            parse: Callable[..., Certificate] = certificate_from_der if part.tag == _CERTIFICATES else crl_from_der
            for number, one in enumerate(elements(part.content), start=1):
                try:
                    found.append(Found(parse(one.whole, source=source)))
                except ValueError:
                    what = "certificate" if part.tag == _CERTIFICATES else "revocation list"
                    faults.append(f"{what} {number} of the PKCS#7 file cannot be read")
    if not found and not faults:
        faults.append("it is a PKCS#7 file without a certificate, or not DER: openssl pkcs7 -print_certs tells")
    return Contents(tuple(found), tuple(faults))
