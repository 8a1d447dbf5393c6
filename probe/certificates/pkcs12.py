"""PKCS#12 files (RFC 7292): `.p12`, `.pfx`, and the newer Java keystores."""

import contextlib
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from probe.certificates.contents import Contents, Found
from probe.certificates.der import INTEGER, elements, first
from probe.certificates.derivation import too_dear_pkcs12
from probe.certificates.parse import certificate_from_der
from probe.certificates.secret_numbers import learn_key
from probe.model.certificate import Source
from probe.model.secret import Secret
from probe.tls.foreign import foreign_der

_VERSION: Final = b"\x03"
_LONGEST: Final = 1 << 20
"""Bytes: all public CAs together need a quarter of it."""


def is_pkcs12(der: bytes) -> bool:
    """Whether it begins as such a file does: a sequence that begins with version 3."""
    start = next(elements(first(der[:_LONGEST])), None)
    return start is not None and (start.tag, start.content) == (INTEGER, _VERSION)


def read_pkcs12(der: bytes, *, source: Source, password: Secret | None) -> Contents:
    """Its certificates: first the one that the key belongs to. Never raises."""
    if len(der) > _LONGEST:
        return Contents(faults=(f"it is a PKCS#12 file of more than {_LONGEST} bytes",))
    if (dear := too_dear_pkcs12(der)) is not None:
        return Contents(faults=(dear,))
    try:
        with foreign_der():
            opened = _opened(der, password)
    except ValueError as error:
        return Contents(faults=(_refusal(error, password),))
    learn_key(opened.key)
    own = [opened.cert.certificate] if opened.cert else []
    parsed = [*own, *(one.certificate for one in opened.additional_certs)]
    try:
        facts = [certificate_from_der(one.public_bytes(serialization.Encoding.DER), source=source) for one in parsed]
    except ValueError:
        return Contents(faults=("a certificate in the PKCS#12 file cannot be read",))
    keyed = opened.cert is not None and opened.key is not None
    found = tuple(Found(one, key_beside=keyed and place == 0) for place, one in enumerate(facts))
    return Contents(found, other=None if found else "it is a PKCS#12 file without a certificate")


def _opened(der: bytes, password: Secret | None) -> pkcs12.PKCS12KeyAndCertificates:
    """With the password, or else as a file that has none, which some programs write as an empty one."""
    tried = (None, b"") if password is None else (password.reveal().encode(), None)
    try:
        return pkcs12.load_pkcs12(der, tried[0])
    except ValueError as error:
        with contextlib.suppress(ValueError):
            return pkcs12.load_pkcs12(der, tried[1])
        raise error from None


def _refusal(error: ValueError, password: Secret | None) -> str:
    if isinstance(error.__cause__, UnsupportedAlgorithm):
        return "the encryption of the PKCS#12 file is not supported here"
    if "password" not in str(error).lower():
        return "it is a damaged PKCS#12 file"
    if password is None:
        return "it is a PKCS#12 file with a password, and none is configured: name it with `password_file` in `certificates.watch`"
    return "the configured password does not open the PKCS#12 file"
