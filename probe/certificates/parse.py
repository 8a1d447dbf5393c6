"""PEM files to `Certificate`, with the reason where they are none."""

import base64
import binascii
import re
from typing import Final

from probe.model.certificate import Certificate, CertificateRole, Source
from probe.tls.certificate import certificate_from_der, certificates_from_ders

__all__ = ["MalformedPemError", "certificate_from_der", "certificates_from_ders", "certificates_from_pem"]

_LABEL: Final = re.compile(rb"-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,39})-----")
_OPENING: Final = re.compile(rb"-----BEGIN ((?:X509 )?CERTIFICATE)-----")
_DER_SEQUENCE: Final = b"\x30"
_PKCS12: Final = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL)
"""A sequence of any length that begins with its version (RFC 7292 4); a certificate begins with another sequence."""


class MalformedPemError(ValueError):
    """The bytes are no PEM certificates; the message says what they are instead."""


def certificates_from_pem(
    data: bytes, *, source: Source, leaf: CertificateRole | None = None
) -> tuple[Certificate, ...]:
    """Every certificate of a PEM file in its order; other blocks (a key in the same file) are passed over.

    Raises MalformedPemError where there is none, or where one of them cannot be read.
    """
    blocks = _blocks(data)
    if not blocks:
        raise MalformedPemError(_instead(data))
    return tuple(_certificate(body, number, source=source, leaf=leaf) for number, body in enumerate(blocks, start=1))


def _blocks(data: bytes) -> list[bytes]:
    """The base64 of each certificate. Time is linear in the file, also where no block has an end."""
    _, *rest = _OPENING.split(data)
    labels, parts = rest[::2], rest[1::2]
    blocks: list[bytes] = []
    for number, (label, part) in enumerate(zip(labels, parts, strict=True), start=1):
        body, end, _ = part.partition(b"-----END " + label + b"-----")
        if not end:
            raise MalformedPemError(f"certificate {number} is cut off: its END CERTIFICATE line is missing")
        blocks.append(body)
    return blocks


def _certificate(body: bytes, number: int, *, source: Source, leaf: CertificateRole | None) -> Certificate:
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise MalformedPemError(f"certificate {number} is not valid base64") from error
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
    if label := _LABEL.search(data):
        return f"the file holds a {label[1].decode()}, and no CERTIFICATE"
    return "the file holds no PEM certificate"
