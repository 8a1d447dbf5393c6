"""What is told of a certificate makes `openssl req` ask for one with the same subject and names."""

import ipaddress
import pathlib
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from probe.certificates.likeness import Likeness, likeness_of
from probe.lab.pki import PrivateKey
from probe.model.clock import SystemClock

NOW = SystemClock().now()
EC = ec.generate_private_key(ec.SECP256R1())


def certificate(
    subject: x509.Name, names: list[x509.GeneralName] | None = None, key: PrivateKey | ed25519.Ed25519PrivateKey = EC
) -> bytes:
    """A certificate of that subject, as PEM."""
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 5, NOW, NOW)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.PEM)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A name of single values."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def likeness(pem: bytes) -> Likeness:
    """It can be read."""
    found = likeness_of(pem)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "subject",
    [
        name((NameOID.COMMON_NAME, "billing-service")),
        name(
            (NameOID.COUNTRY_NAME, "DE"),
            (NameOID.ORGANIZATION_NAME, "A/B + C, \\ \"D\" 'E' $F"),
            (NameOID.USER_ID, "7"),
        ),
        name((NameOID.ORGANIZATION_NAME, "Zahlstelle Köln"), (NameOID.COMMON_NAME, "a=b;c#d<e>f`g")),
        x509.Name(
            [
                x509.RelativeDistinguishedName(
                    [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.USER_ID, "b")]
                )
            ]
        ),
        x509.Name([]),
    ],
)
def test_the_subject(subject: x509.Name, tmp_path: pathlib.Path) -> None:
    """Order, signs that mean something to a shell or to openssl, and letters beyond ASCII come back as they were."""
    alike = likeness(certificate(subject))
    assert alike.subject is not None
    more = ["-multivalue-rdn"] if alike.multiple else []
    words = ["openssl", "req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", str(tmp_path / "key"), "-utf8", *more]
    made = subprocess.run([*words, "-subj", alike.subject], check=True, capture_output=True)
    assert x509.load_pem_x509_csr(made.stdout).subject == subject


def test_the_alternative_names() -> None:
    """Each kind in its spelling; what openssl would misread is admitted."""
    plain = [x509.DNSName("billing.internal"), x509.IPAddress(ipaddress.ip_address("10.0.0.7"))]
    uri = x509.UniformResourceIdentifier("spiffe://corp/billing")
    subject = name((NameOID.COMMON_NAME, "billing"))
    found = likeness(certificate(subject, [*plain, uri, x509.RFC822Name("ops@corp.example")]))
    wanted = "DNS:billing.internal,IP:10.0.0.7,URI:spiffe://corp/billing,email:ops@corp.example"
    assert (found.alternative_names, found.plain) == (wanted, True)
    assert not likeness(certificate(subject, [x509.UniformResourceIdentifier("urn:a,b")])).plain
    assert not likeness(certificate(subject, [x509.UniformResourceIdentifier("urn:$HOME")])).plain
    assert not likeness(certificate(subject, [*plain, x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))])).plain
    assert likeness(certificate(subject)).alternative_names == ""


@pytest.mark.parametrize(
    ("key", "options"),
    [
        (EC, ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
        (ec.generate_private_key(ec.SECP384R1()), ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")),
        (ec.generate_private_key(ec.SECP256K1()), ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
        (rsa.generate_private_key(65537, 1024), ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")),  # noqa: S505 - a weak one is what is tested
        (ed25519.Ed25519PrivateKey.generate(), ("-algorithm", "ED25519")),
    ],
)
def test_the_kind_of_key(key: PrivateKey, options: tuple[str, ...]) -> None:
    """The same kind and size, but never a size that is refused today."""
    found = likeness(certificate(name((NameOID.COMMON_NAME, "x")), key=key))
    assert found.key_options == options


def test_what_cannot_be_told() -> None:
    """A subject with an attribute that openssl has no name for, and bytes that are no certificate."""
    odd = likeness(certificate(name((x509.ObjectIdentifier("1.2.3.4"), "x"), (NameOID.COMMON_NAME, "billing"))))
    assert (odd.subject, odd.common_name) == (None, "billing")
    assert likeness_of(b"nothing") is None
