"""A new certificate and key that somebody wants to roll out: what their files hold, with every link of the chain checked."""

import dataclasses
import shlex
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from probe.certificates.identity import LoadedIdentity
from probe.certificates.parse import ders_from_pem
from probe.certificates.secret_numbers import learn_key
from probe.model.certificate import Certificate
from probe.model.preflight import CandidateFacts
from probe.tls.foreign import foreign_der

_LONGEST: Final = 8
"""Certificates of a chain that are followed; a loop of cross-signed ones ends there."""
_DER: Final = b"\x30"
_PKCS12: Final = b"\x02\x01\x03"
"""The version that every PKCS#12 file begins with, inside of its outermost sequence (RFC 7292 4)."""
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_JKS: Final = bytes.fromhex("feedfeed")
_HEAD: Final = 32
_KEY_LABELS: Final = (b"PRIVATE KEY-----",)
_CERTIFICATE_LABELS: Final = (b"-----BEGIN CERTIFICATE-----", b"-----BEGIN X509 CERTIFICATE-----")


def examine_candidate(loaded: LoadedIdentity) -> CandidateFacts:
    """The facts of the two files, from the very bytes that were checked. Blocking: an RSA key takes some 50 ms before."""
    facts = CandidateFacts(identity=loaded.facts, swapped=_swapped(loaded), format=_foreign(loaded))
    leaf, *others = loaded.facts.certificates or (None,)
    if leaf is None or loaded.certificate_pem is None:
        return facts
    try:
        with foreign_der():
            parsed = [x509.load_der_x509_certificate(der) for der in ders_from_pem(loaded.certificate_pem)]
            signs = _signs(parsed[0])
    except ValueError:  # what cryptography cannot read, the checks of the certificate itself have told
        return facts
    chain, impostor = _chain(dict(zip(loaded.facts.certificates, parsed, strict=False)), leaf, others)
    return dataclasses.replace(facts, chain=chain, impostor=impostor, signs=signs)


def _chain(
    parsed: dict[Certificate, x509.Certificate], leaf: Certificate, others: list[Certificate]
) -> tuple[tuple[Certificate, ...], Certificate | None]:
    """From the leaf upward through those of `others` that signed; and one that only bears the next issuer's name, if any."""
    chain = [leaf]
    while not chain[-1].self_issued and len(chain) < _LONGEST:
        named = [c for c in others if c.subject == chain[-1].issuer and c not in chain]
        above = next((c for c in named if _issued(parsed[chain[-1]], parsed[c])), None)
        if above is None:
            return tuple(chain), next(iter(named), None)
        chain.append(above)
    return tuple(chain), None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        with foreign_der():
            certificate.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _signs(leaf: x509.Certificate) -> bool:
    try:
        return leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True


def _swapped(loaded: LoadedIdentity) -> bool:
    """Each file holds only what the other one should."""
    certificate, key = loaded.certificate_pem or b"", loaded.key_pem or b""
    return _holds_key(certificate) and not _holds_certificate(certificate) and _holds_certificate(key)


def _holds_key(data: bytes) -> bool:
    return any(label in data for label in _KEY_LABELS)


def _holds_certificate(data: bytes) -> bool:
    return any(label in data for label in _CERTIFICATE_LABELS)


def _foreign(loaded: LoadedIdentity) -> str | None:
    """What the first of the two files is that holds no PEM, and how it becomes PEM."""
    facts = loaded.facts
    pairs = ((facts.certificate_path, loaded.certificate_pem), (facts.key_path, loaded.key_pem))
    found = (_format(data, path) for path, data in pairs if data is not None and path is not None)
    return next((text for text in found if text is not None), None)


def _format(data: bytes, path: str) -> str | None:
    head = data[:_HEAD]
    if data.startswith(_JKS):
        into = "keytool -importkeystore -srckeystore {0} -destkeystore NEW.p12 -deststoretype PKCS12"
        return _text(path, "a Java key store", into)
    if b"-----BEGIN PKCS7-----" in data:
        return _text(path, "PKCS#7", "openssl pkcs7 -in {0} -print_certs -out NEW.crt")
    if not data.startswith(_DER):
        return None
    if _PKCS12 in head[:8]:
        into = "openssl pkcs12 -in {0} -nokeys -out NEW.crt` and `openssl pkcs12 -in {0} -nocerts -nodes -out NEW.key"
        return _text(path, "PKCS#12", into)
    if _SIGNED_DATA in head:
        return _text(path, "PKCS#7 in DER", "openssl pkcs7 -inform DER -in {0} -print_certs -out NEW.crt")
    return _der(data, path)


def _der(data: bytes, path: str) -> str:
    try:
        with foreign_der():
            x509.load_der_x509_certificate(data)
    except ValueError:
        pass
    else:
        return _text(path, "a certificate in DER", "openssl x509 -inform DER -in {0} -out NEW.crt")
    try:
        learn_key(serialization.load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True))
    except (ValueError, UnsupportedAlgorithm):
        return f"{path} is binary (DER) and holds neither a certificate nor a key that can be read"
    except TypeError:  # encrypted
        pass
    return _text(path, "a private key in DER", "openssl pkey -inform DER -in {0} -out NEW.key")


def _text(path: str, what: str, command: str) -> str:
    return f"{path} is {what}, and PEM is needed: `{command.format(shlex.quote(path))}`"
