"""PEM files of any mixture: certificates, revocation lists and keys, with text around them."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from probe.certificates.contents import Contents, Found
from probe.certificates.crls import crl_from_der
from probe.certificates.der import elements
from probe.certificates.keys import KeyFileError, load_key
from probe.certificates.parse import certificate_from_der
from probe.certificates.pkcs7 import read_pkcs7
from probe.model.certificate import Certificate, CertificateRole, Source
from probe.model.secret import Secret
from probe.tls.armor import CERTIFICATE, LIST, ArmorError, Block, overlooked, read_blocks
from probe.tls.certificate import public_key_sha256

BEGIN: Final = b"-----BEGIN "
CERTIFICATE_LABELS: Final = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")

_OPENING: Final = re.compile(rb"-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,39})-----")
_CRL: Final = b"X509 CRL"
_BAGS: Final = (b"PKCS7", b"CMS")
_TRUSTED: Final = b"TRUSTED CERTIFICATE"
"""OpenSSL's own: the certificate, and behind it what it is trusted for."""
_KEY: Final = b"PRIVATE KEY"
_LEAVES: Final = (CertificateRole.CLIENT, CertificateRole.SERVER)
_MOST_KEYS: Final = 4
"""A password is tried on no more of them."""

_LONGEST_LOOKED_AT: Final = 1 << 20
"""Bytes. A bundle of all public CAs has a fifth; the lines of a large revocation list, which a program writes, take too long."""

_Block = tuple[bytes, bytes | None]
"""Label and base64; None where the block has no end."""


def read_pem(data: bytes, *, source: Source, password: Secret | None) -> Contents:
    """Everything in a PEM text. Never raises."""
    blocks = list(_blocks(data))
    found: list[Found] = []
    faults: list[str] = []
    for number, (label, body) in enumerate((block for block in blocks if _wanted(block)), start=1):
        one = _one(label, body, f"{label.decode()} {number}".replace("TRUSTED ", "").replace("X509 ", ""), source)
        if isinstance(one, str):
            faults.append(one)
        else:
            found += one.found
            faults += one.faults
    keys = _keys(blocks, password)
    other = None if found or faults else _instead(blocks)
    return Contents(
        tuple(_with_keys(found, keys)),
        tuple(faults),
        keys=frozenset(key for key in keys if key is not None),
        passed_over=_passed_over(data, len(found)),
        other=other,
    )


def _passed_over(data: bytes, found: int) -> str | None:
    """Why OpenSSL reads fewer than were found, by the lines of the file alone."""
    if len(data) > _LONGEST_LOOKED_AT:
        return None
    try:
        seen = sum(_seen(block) for block in read_blocks(data))
    except ArmorError as error:
        return f"a block of it {error}"
    return overlooked(data, CERTIFICATE) or overlooked(data, LIST) if seen < found else None


def _seen(block: Block) -> bool:
    block.check_header()
    return block.opens(CERTIFICATE) or block.opens(LIST)


def _wanted(block: _Block) -> bool:
    return block[0] in CERTIFICATE_LABELS or block[0] in {_CRL, *_BAGS}


def _blocks(data: bytes) -> Iterator[_Block]:
    """Every block. Time is linear in the file, also where no block has an end."""
    _, *rest = _OPENING.split(data)
    for label, part in zip(rest[::2], rest[1::2], strict=True):
        body, end, _ = part.partition(b"-----END " + label + b"-----")
        yield label, body if end else None


def _one(label: bytes, body: bytes | None, name: str, source: Source) -> Contents | str:
    """One certificate or list, or a bag of them; or what is wrong with it."""
    if body is None:
        return f"{name.lower()} is cut off: its END {label.decode()} line is missing"
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return f"{name.lower()} is not valid base64"
    if label in _BAGS:
        return read_pkcs7(der, source=source)
    if label == _TRUSTED:
        der = next((element.whole for element in elements(der)), b"")
    parse: Callable[..., Certificate] = crl_from_der if label == _CRL else certificate_from_der
    try:
        return Contents((Found(parse(der, source=source)),))
    except ValueError:
        return f"{name.lower()} is not {'a revocation list' if label == _CRL else 'an X.509 certificate'}"


def _keys(blocks: Sequence[_Block], password: Secret | None) -> frozenset[str | None]:
    """The public half of every private key; None stands for one that could not be opened."""
    bodies = [(label, body) for label, body in blocks if label.endswith(_KEY) and body is not None]
    return frozenset(_public_half(_again(label, body), password) for label, body in bodies[:_MOST_KEYS])


def _again(label: bytes, body: bytes) -> bytes:
    return BEGIN + label + b"-----" + body + b"-----END " + label + b"-----\n"


def _public_half(pem: bytes, password: Secret | None) -> str | None:
    try:
        return public_key_sha256(load_key(pem, password).public_key())
    except (KeyFileError, ValueError):
        return None


def _with_keys(found: Sequence[Found], keys: frozenset[str | None]) -> Iterator[Found]:
    """Each with whether its key is here; of a key that could not be opened, the first leaf is taken to be its certificate."""
    sealed = None in keys and not any(one.fits(keys) for one in found)
    for one in found:
        beside = one.fits(keys) or (sealed and one.certificate.role in _LEAVES)
        sealed = sealed and not beside
        yield Found(one.certificate, key_beside=beside)


def _instead(blocks: Sequence[_Block]) -> str:
    """What a PEM file without a certificate holds."""
    labels = list(dict.fromkeys(label.decode() for label, _ in blocks))
    named = " and ".join(filter(None, [", ".join(labels[:-1]), *labels[-1:]])) if labels else ""
    return f"it holds a {named}, and no certificate" if named else ""
