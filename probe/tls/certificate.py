"""DER to `Certificate`: the facts that people and reports need."""

import contextlib
import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.tls.foreign import foreign_der
from probe.tls.strength import key_bits, signature_bits

_ANY_USAGE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string
_CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
_SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH.dotted_string
_PUBLIC_POLICY: Final = "2.23.140.1.2."
"""The CA/Browser Forum's policies: domain, organization, individual and extended validated (Baseline Requirements 7.1.6.1)."""

_KEPT_BYTES: Final = 16 * 1024
"""A longer certificate is parsed each time: 4096 of the longest that OpenSSL lets a peer send would fill 400 MB."""


def certificate_from_der(der: bytes, *, source: Source, leaf: CertificateRole | None = None) -> Certificate:
    """Parse one certificate. Raises ValueError where it is none.

    `leaf` is the role of a leaf whose extended key usage does not decide between client and server; by default a server for
    what came over the wire, else a client.
    """
    parse = _known if len(der) <= _KEPT_BYTES else _parsed
    return parse(der, source, leaf)


def _parsed(der: bytes, source: Source, leaf: CertificateRole | None) -> Certificate:
    with foreign_der():
        return _facts(x509.load_der_x509_certificate(der), der, source, leaf)


_known: Final = functools.lru_cache(maxsize=4096)(_parsed)
"""A chain is the same in every handshake until it is renewed; parsing costs 38 µs each."""


def _facts(parsed: x509.Certificate, der: bytes, source: Source, leaf: CertificateRole | None) -> Certificate:
    usages, names = _usages(parsed), _alternative_names(parsed)
    is_ca = _is_ca(parsed)
    self_issued = parsed.subject == parsed.issuer
    default = leaf or (CertificateRole.SERVER if source.kind is SourceKind.WIRE else CertificateRole.CLIENT)
    return Certificate(
        role=_role(usages, default, is_ca=is_ca, self_issued=self_issued),
        subject=parsed.subject.rfc4514_string(),
        issuer=parsed.issuer.rfc4514_string(),
        serial=f"{parsed.serial_number:x}",
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        sha256=hashlib.sha256(der).hexdigest(),
        san=names.san,
        dns_names=names.dns_names,
        addresses=names.addresses,
        source=source,
        extended_key_usage=usages,
        is_ca=is_ca,
        self_issued=self_issued,
        key_bits=_key_bits(parsed),
        signature_bits=signature_bits(parsed),
        public_key_sha256=_public_key_sha256(parsed),
        key_id=_key_id(parsed),
        issuer_key_id=_issuer_key_id(parsed),
        publicly_trusted=_publicly_trusted(parsed),
    )


def certificates_from_ders(ders: Iterable[bytes], *, source: Source) -> tuple[Certificate, ...]:
    """Parse a chain; what OpenSSL read and `cryptography` cannot is left out rather than the evidence lost."""
    found: list[Certificate] = []
    for der in ders:
        with contextlib.suppress(ValueError):
            found.append(certificate_from_der(der, source=source))
    return tuple(found)


def _role(usages: tuple[str, ...], default: CertificateRole, *, is_ca: bool, self_issued: bool) -> CertificateRole:
    if is_ca:
        return CertificateRole.ROOT if self_issued else CertificateRole.INTERMEDIATE
    if _ANY_USAGE in usages or (_CLIENT in usages) == (_SERVER in usages):
        return default
    return CertificateRole.CLIENT if _CLIENT in usages else CertificateRole.SERVER


def _usages(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        with foreign_der():
            extension = parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except ValueError:
        return ()
    return tuple(usage.dotted_string for usage in extension.value)


def _key_bits(parsed: x509.Certificate) -> int | None:
    try:
        with foreign_der():
            return key_bits(parsed.public_key())
    except ValueError:
        return None


def _public_key_sha256(parsed: x509.Certificate) -> str | None:
    try:
        with foreign_der():
            return public_key_sha256(parsed.public_key())
    except ValueError:
        return None


def public_key_sha256(key: PublicKeyTypes) -> str:
    """What two keys have in common only where they are one: the hash of the SubjectPublicKeyInfo."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _is_ca(parsed: x509.Certificate) -> bool:
    try:
        with foreign_der():
            return parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except ValueError:
        return False


def _key_id(parsed: x509.Certificate) -> str | None:
    try:
        with foreign_der():
            return parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    except ValueError:
        return None


def _issuer_key_id(parsed: x509.Certificate) -> str | None:
    try:
        with foreign_der():
            named = parsed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except ValueError:
        return None
    return None if named is None else named.hex()


def _publicly_trusted(parsed: x509.Certificate) -> bool:
    """Whether it names a policy of the CA/Browser Forum, or holds SCTs of its precertificate (RFC 6962 3.3)."""
    try:
        with foreign_der():
            extensions = [extension.value for extension in parsed.extensions]
    except ValueError:
        return False
    policies = [policy for value in extensions if isinstance(value, x509.CertificatePolicies) for policy in value]
    return any(isinstance(value, x509.PrecertificateSignedCertificateTimestamps) for value in extensions) or any(
        f"{policy.policy_identifier.dotted_string}.".startswith(_PUBLIC_POLICY) for policy in policies
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The alternative names, all of them as text, and by kind."""

    san: tuple[str, ...] = ()
    dns_names: tuple[str, ...] | None = ()
    addresses: tuple[str, ...] = ()


def _alternative_names(parsed: x509.Certificate) -> _Names:
    try:
        with foreign_der():
            found = [one.value for one in parsed.extensions if isinstance(one.value, x509.SubjectAlternativeName)]
    except ValueError:
        return _Names(dns_names=None)
    if not found:
        return _Names()
    names = found[0]
    kinds = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
    return _Names(
        san=tuple(str(name.value) for name in names if isinstance(name, kinds)),
        dns_names=tuple(names.get_values_for_type(x509.DNSName)),
        addresses=tuple(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    )
