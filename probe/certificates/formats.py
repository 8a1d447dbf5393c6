"""The bytes of a file to what it holds, whatever its format; its name says nothing."""

import dataclasses
import shlex
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from probe.certificates.contents import Contents, Found
from probe.certificates.crls import crl_from_der
from probe.certificates.der import SEQUENCE, length_of
from probe.certificates.kubeconfig import is_kubeconfig, read_kubeconfig
from probe.certificates.parse import certificate_from_der
from probe.certificates.pem import BEGIN, read_pem
from probe.certificates.pkcs7 import is_pkcs7, read_pkcs7
from probe.certificates.pkcs12 import is_pkcs12, read_pkcs12
from probe.certificates.secret_numbers import learn_key
from probe.model.certificate import Certificate, Source
from probe.model.secret import Secret
from probe.tls.certificate import public_key_sha256

HEAD: Final = 64 * 1024
"""By so many bytes a long file is known for what it is not."""

_JAVA: Final = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
"""JKS and JCEKS; newer Java key stores are PKCS#12."""
_NOTHING: Final = "it holds no certificate: neither PEM, DER, PKCS#7 nor PKCS#12, no revocation list and no kubeconfig"
_JAVA_KEYSTORE: Final = (
    "it is a Java keystore (JKS), which cannot be read here: `keytool -importkeystore -srckeystore {0} -destkeystore {0}.p12"
    " -deststoretype PKCS12` makes one that can; watch that in its place, with its `password_file`"
)


def refused_by_head(head: bytes, size: int) -> str | None:
    """Why a file of `size` bytes that begins so is not worth reading any further; None where it may be."""
    if head.startswith(bytes([SEQUENCE])):
        length = length_of(head)
        return None if length is not None and length <= size else "it is cut off, or not DER"
    return None if BEGIN in head or head.startswith(_JAVA) else _NOTHING


def read_contents(data: bytes, *, source: Source, password: Secret | None = None) -> Contents:
    """Everything in it. Never raises; time is linear in its length, and bounded where a password is tried."""
    if not data.strip():
        return Contents(faults=("it is empty",))
    if data.startswith(bytes([SEQUENCE])):
        return _read_der(data, source, password)
    if data.startswith(_JAVA):
        return Contents(faults=(_JAVA_KEYSTORE.format(shlex.quote(source.location)),), store=True)
    if BEGIN in data:
        read = read_pem(data, source=source, password=password)
        return read if read.found or read.faults or read.other else Contents(faults=(_NOTHING,))
    return read_kubeconfig(data, source=source) if is_kubeconfig(data) else Contents(faults=(_NOTHING,))


def _read_der(der: bytes, source: Source, password: Secret | None) -> Contents:
    length = length_of(der)
    if length is not None and length > len(der):
        return Contents(faults=(f"it is cut off: {len(der)} of {length} bytes are there",))
    if is_pkcs7(der):
        return read_pkcs7(der, source=source)
    if is_pkcs12(der):
        return dataclasses.replace(read_pkcs12(der, source=source, password=password), store=True)
    if (certificate := _certificate(der, source)) is not None:
        return Contents((Found(certificate),))
    try:
        return Contents((Found(crl_from_der(der, source=source)),))
    except ValueError:
        return _key(der)


def _certificate(der: bytes, source: Source) -> Certificate | None:
    try:
        return certificate_from_der(der, source=source)
    except ValueError:
        return None


def _key(der: bytes) -> Contents:
    """A private key alone; else nothing that is known."""
    other = "it holds a private key, and no certificate"
    try:
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except TypeError:  # it is encrypted
        return Contents(other=other)
    except (ValueError, UnsupportedAlgorithm):
        return Contents(faults=(_NOTHING,))
    learn_key(key)
    return Contents(keys=frozenset({public_key_sha256(key.public_key())}), other=other)
