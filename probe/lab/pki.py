"""Certificates made on the spot: the lab's own CA, and every wrong certificate that a test needs.

Nothing here is ever read from disk, and no key made here leaves the directory that it is written to.
"""

import ipaddress
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key and what stands above it."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()
    """Issuers to send along, nearest first; without the root."""

    @property
    def certificate_pem(self) -> bytes:
        """The leaf, then its chain: what goes into a `tls.crt`."""
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (self.certificate, *self.chain))

    @property
    def key_pem(self) -> bytes:
        """PKCS#8, unencrypted: what goes into a `tls.key`."""
        return self.encrypted_key_pem(None)

    def encrypted_key_pem(self, password: bytes | None) -> bytes:
        """PKCS#8, encrypted where a password is given."""
        encryption: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        )
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def write(self, certificate: pathlib.Path, key: pathlib.Path) -> None:
        """Write both files, the key readable by its owner alone."""
        certificate.write_bytes(self.certificate_pem)
        key.touch(mode=0o600)
        key.chmod(0o600)  # also where it was there before, with another mode
        key.write_bytes(self.key_pem)


class Authority:
    """A certificate authority: a root, or an intermediate below another authority."""

    def __init__(self, issued: Issued, *, parent: "Authority | None", now: datetime) -> None:
        """Use `Authority.root` or `intermediate` instead."""
        self.issued = issued
        self._parent = parent
        self._now = now

    @classmethod
    def root(cls, name: str, *, now: datetime, lifetime: timedelta = timedelta(days=3650)) -> "Authority":
        """Make a self-signed root, valid since an hour before `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _ca_builder(name, name, key, now - timedelta(hours=1), now + lifetime).sign(key, hashes.SHA256())
        return cls(Issued(certificate, key), parent=None, now=now)

    def intermediate(
        self, name: str, *, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> "Authority":
        """Make an authority below this one."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _ca_builder(
            name,
            None,
            key,
            not_before or self._now - timedelta(hours=1),
            not_after or self._now + timedelta(days=1825),
        ).issuer_name(self.issued.certificate.subject)
        signed = _with_authority_key(builder, self.issued).sign(self.issued.key, hashes.SHA256())
        return Authority(Issued(signed, key, self._chain()), parent=self, now=self._now)

    def issue(
        self,
        common_name: str,
        *,
        san: Sequence[str | x509.GeneralName] = (),
        usages: Sequence[x509.ObjectIdentifier] = (CLIENT_AUTH,),
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        rsa_bits: int | None = None,
        send_chain: bool = True,
        issuer_url: str | None = None,
    ) -> Issued:
        """Issue a leaf, valid for 90 days since an hour before now unless told otherwise; EC P-256, or RSA of `rsa_bits`.

        `issuer_url` is where it says that its issuer's certificate can be had (`caIssuers`).
        """
        key: PrivateKey = (
            rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(common_name))
            .issuer_name(self.issued.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before or self._now - timedelta(hours=1))
            .not_valid_after(not_after or self._now + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
        if san:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(n) for n in san]), critical=False
            )
        if issuer_url is not None:
            builder = builder.add_extension(_issuer_at(issuer_url), critical=False)
        certificate = _with_authority_key(builder, self.issued).sign(self.issued.key, hashes.SHA256())
        return Issued(certificate, key, self._chain() if send_chain else ())

    def crl(
        self,
        revoked: Sequence[x509.Certificate] = (),
        *,
        last_update: datetime | None = None,
        next_update: datetime | None = None,
    ) -> bytes:
        """A PEM revocation list that names `revoked`, current unless told otherwise."""
        last_update = last_update or self._now - timedelta(hours=1)
        if next_update is not None:
            last_update = min(last_update, next_update - timedelta(hours=1))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issued.certificate.subject)
            .last_update(last_update)
            .next_update(next_update or self._now + timedelta(days=30))
        )
        for certificate in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(self._now - timedelta(minutes=30))
                .build()
            )
        return builder.sign(self.issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    @property
    def certificate_pem(self) -> bytes:
        """This authority's own certificate: what goes into a trust bundle."""
        return self.issued.certificate.public_bytes(serialization.Encoding.PEM)

    def _chain(self) -> tuple[x509.Certificate, ...]:
        """What a leaf issued here sends along."""
        return () if self._parent is None else (self.issued.certificate, *self.issued.chain)


def self_signed(common_name: str, *, now: datetime, san: Sequence[str | x509.GeneralName] = ()) -> Issued:
    """A leaf that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=90))
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(n) for n in san]), critical=False)
    return Issued(builder.sign(key, hashes.SHA256()), key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(text: str | x509.GeneralName) -> x509.GeneralName:
    if isinstance(text, x509.GeneralName):
        return text
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _issuer_at(url: str) -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)])


def _ca_builder(
    name: str, issuer: str | None, key: PrivateKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder if issuer is None else builder.issuer_name(_name(issuer))


def _with_authority_key(builder: x509.CertificateBuilder, issuer: Issued) -> x509.CertificateBuilder:
    """Add the authority key identifier: X509_STRICT (Python 3.13's default) refuses leaves without one."""
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.certificate.public_key())  # type: ignore[arg-type]
    return builder.add_extension(identifier, critical=False)
