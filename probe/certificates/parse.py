"""PEM files to `Certificate`, with the reason where they are none."""

import re
from collections.abc import Iterator
from typing import Final

from probe.certificates.der import elements
from probe.model.certificate import Certificate, CertificateRole, Source
from probe.tls.armor import CERTIFICATE, ArmorError, Block, overlooked, read_blocks
from probe.tls.certificate import certificate_from_der, certificates_from_ders

__all__ = [
    "MalformedPemError",
    "certificate_from_der",
    "certificates_from_ders",
    "certificates_from_pem",
    "ders_from_pem",
    "unreadable_chain",
]

_LABEL: Final = re.compile(rb"-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,39})-----")
_CERTIFICATE: Final = (b"CERTIFICATE", b"X509 CERTIFICATE")
_TRUSTED: Final = b"TRUSTED CERTIFICATE"
"""OpenSSL's own: the certificate, and behind it what it is trusted for. It reads one where it is the first."""
_DER_SEQUENCE: Final = b"\x30"
_PKCS12: Final = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL)
"""A sequence of any length that begins with its version (RFC 7292 4); a certificate begins with another sequence."""


class MalformedPemError(ValueError):
    """The bytes are no PEM certificates; the message says what they are instead."""


def certificates_from_pem(
    data: bytes, *, source: Source, leaf: CertificateRole | None = None
) -> tuple[Certificate, ...]:
    """Every certificate that OpenSSL loads from a PEM file, in its order; other blocks (a key in the same file) are passed over.

    Raises MalformedPemError where there is none, or where OpenSSL or we cannot read all of it.
    """
    return tuple(
        _certificate(der, number, source=source, leaf=leaf) for number, der in enumerate(ders_from_pem(data), start=1)
    )


def ders_from_pem(data: bytes) -> tuple[bytes, ...]:
    """The DER of each, not looked at. Raises MalformedPemError."""
    ders: list[bytes] = []
    try:
        for block in read_blocks(data):
            ders += _certificate_of(block, first=not ders)
    except ArmorError as error:
        which = f"certificate {len(ders) + 1}" if error.label in (*_CERTIFICATE, _TRUSTED) else "another block of it"
        raise MalformedPemError(f"{which} {error}") from error
    if not ders:
        raise MalformedPemError(_instead(data))
    return tuple(ders)


def unreadable_chain(data: bytes) -> str | None:
    """Why OpenSSL reads no certificate and its issuers, as far as that is no matter of what they hold; None where it does."""
    try:
        ders_from_pem(data)
    except MalformedPemError as error:
        return str(error)
    return None


def _certificate_of(block: Block, *, first: bool) -> Iterator[bytes]:
    """Of a later one OpenSSL does not look at what stands behind it in its block; of the first it does, unless that is what belongs there."""
    if block.label not in _CERTIFICATE and not (first and block.label == _TRUSTED):
        return
    block.check_header()
    if first and block.label in _CERTIFICATE:
        yield block.der
    else:
        yield next((element.whole for element in elements(block.der)), b"")


def _certificate(der: bytes, number: int, *, source: Source, leaf: CertificateRole | None) -> Certificate:
    try:
        return certificate_from_der(der, source=source, leaf=leaf)
    except ValueError as error:
        raise MalformedPemError(f"certificate {number} is not an X.509 certificate") from error


def _instead(data: bytes) -> str:
    """What a file without a certificate block is."""
    if not data.strip():
        return "the file is empty"
    if _PKCS12.match(data):
        return "the file is PKCS#12 (.p12, .pfx); PEM is needed: openssl pkcs12 -in FILE -nodes -out FILE.pem"
    if data.startswith(_DER_SEQUENCE):
        return "the file is DER (binary); PEM is needed: openssl x509 -inform DER -in FILE -out FILE.pem"
    if (why := overlooked(data, CERTIFICATE)) is not None:
        return f"OpenSSL finds no certificate in it: {why}"
    if label := _LABEL.search(data):
        return f"the file holds a {label[1].decode()}, and no CERTIFICATE"
    return "the file holds no PEM certificate"
