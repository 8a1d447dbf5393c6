"""What a new certificate must have in common with the current one, in the spelling of those who issue it.

Connectors authorise by subject and names as well as by issuer: a new certificate with other ones is refused though it is good.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from probe.tls.foreign import foreign_der

_SHORT: Final[Mapping[str, str]] = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
"""OIDs to the names that `openssl req -subj` knows."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9.*:/@_~%+=?&-]+")
"""What `-addext` takes as it is: it reads its value as a line of a configuration file, with signs that mean something."""
_MEANT: Final = re.compile(r"([/+\\])")
_ESCAPED: Final = r"\\\1"
"""Before the signs that `-subj` itself reads."""
_OPENSSL_CURVES: Final[Mapping[str, str]] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_LEAST_RSA: Final = 2048
_ORDINARY_KEY: Final = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Subject, names and kind of key of a certificate."""

    subject: str | None
    """As `openssl req -subj` takes it, in the order of the certificate: `/O=Billing/CN=billing-service`; None: it cannot."""
    common_name: str | None
    organizations: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    plain: bool = True
    """Whether the names above are all there are, in signs that mean nothing to `openssl req -addext`."""
    multiple: bool = False
    """Whether a part of the subject has several values."""
    key_options: tuple[str, ...] = _ORDINARY_KEY
    """Of `openssl genpkey`, for a key of the same kind, and never a weaker one than is accepted today."""

    @property
    def alternative_names(self) -> str:
        """As `subjectAltName` takes them: `DNS:…,IP:…,URI:…,email:…`; empty where there are none."""
        kinds = (("DNS", self.dns), ("IP", self.addresses), ("URI", self.uris), ("email", self.emails))
        return ",".join(f"{kind}:{name}" for kind, names in kinds for name in names)


def likeness_of(pem: bytes) -> Likeness | None:
    """Of the first certificate of a PEM file; None where it holds none that can be read."""
    try:
        with foreign_der():
            leaf = x509.load_pem_x509_certificate(pem)
            return _likeness(leaf)
    except ValueError:
        return None


def _likeness(leaf: x509.Certificate) -> Likeness:
    names = _alternative_names(leaf)
    dns, uris, emails = (
        tuple(names.get_values_for_type(kind))
        for kind in (x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name)
    )
    addresses = tuple(str(address) for address in names.get_values_for_type(x509.IPAddress))
    told = (*dns, *addresses, *uris, *emails)
    return Likeness(
        subject=_subject(leaf.subject),
        common_name=next(iter(_values(leaf.subject, "2.5.4.3")), None),
        organizations=_values(leaf.subject, "2.5.4.10"),
        dns=dns,
        addresses=addresses,
        uris=uris,
        emails=emails,
        plain=len(told) == len(list(names)) and all(_PLAIN.fullmatch(name) for name in told),
        multiple=any(len(list(part)) > 1 for part in leaf.subject.rdns),
        key_options=_key_options(leaf),
    )


def _alternative_names(leaf: x509.Certificate) -> x509.SubjectAlternativeName | x509.GeneralNames:
    try:
        return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.GeneralNames([])


def _values(subject: x509.Name, oid: str) -> tuple[str, ...]:
    return tuple(str(part.value) for part in subject.get_attributes_for_oid(x509.ObjectIdentifier(oid)))


def _subject(subject: x509.Name) -> str | None:
    """`/C=DE/O=Billing/CN=a+UID=b`."""
    parts = [[_attribute(attribute) for attribute in part] for part in subject.rdns]
    whole = ["+".join(part) for part in _whole(parts)]
    return "/" + "/".join(whole) if len(whole) == len(parts) else None


def _whole(parts: Iterable[list[str | None]]) -> Iterable[list[str]]:
    """The parts that openssl can be told."""
    for part in parts:
        known = [attribute for attribute in part if attribute is not None]
        if len(known) == len(part):
            yield known


def _attribute(attribute: x509.NameAttribute[str | bytes]) -> str | None:
    name = _SHORT.get(attribute.oid.dotted_string)
    value = attribute.value
    if name is None or not isinstance(value, str) or not value.isprintable() or not value:
        return None
    return f"{name}={_MEANT.sub(_ESCAPED, value)}"


def _key_options(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        key: CertificatePublicKeyTypes = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return _ORDINARY_KEY
    match key:
        case rsa.RSAPublicKey():
            return ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{max(key.key_size, _LEAST_RSA)}")
        case ec.EllipticCurvePublicKey() if key.curve.name in _OPENSSL_CURVES:
            return ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{_OPENSSL_CURVES[key.curve.name]}")
        case ed25519.Ed25519PublicKey():
            return ("-algorithm", "ED25519")
        case ed448.Ed448PublicKey():
            return ("-algorithm", "ED448")
        case _:
            return _ORDINARY_KEY
