"""PEM files to facts, and what is said about files that are none."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from probe.certificates.parse import MalformedPemError, certificate_from_der, certificates_from_pem
from probe.lab.pki import CLIENT_AUTH, SERVER_AUTH, Authority, self_signed
from probe.model.certificate import CertificateRole, Source, SourceKind
from probe.model.clock import SystemClock

FILE = Source(SourceKind.FILE, "tls.crt")
WIRE = Source(SourceKind.WIRE, "localhost:443")


@pytest.fixture(scope="module")
def root() -> Authority:
    """An authority."""
    return Authority.root("Root", now=SystemClock().now().replace(microsecond=0))


def test_the_facts_of_a_chain(root: Authority) -> None:
    """Every certificate in the file's order, with what people ask about it."""
    issued = root.intermediate("Issuing").issue("billing", san=["a.example", "127.0.0.1"])
    leaf, issuing = certificates_from_pem(issued.certificate_pem, source=FILE)
    assert (leaf.subject, leaf.issuer, leaf.role) == ("CN=billing", "CN=Issuing", CertificateRole.CLIENT)
    assert leaf.serial == f"{issued.certificate.serial_number:x}"
    assert leaf.not_after == issued.certificate.not_valid_after_utc
    assert leaf.san == ("a.example", "127.0.0.1")
    assert leaf.extended_key_usage == ("1.3.6.1.5.5.7.3.2",)
    assert leaf.source == FILE
    assert not leaf.is_ca
    assert (issuing.role, issuing.is_ca, issuing.self_issued) == (CertificateRole.INTERMEDIATE, True, False)


@pytest.mark.parametrize(
    ("usages", "source", "role"),
    [
        ([CLIENT_AUTH], WIRE, CertificateRole.CLIENT),
        ([SERVER_AUTH], FILE, CertificateRole.SERVER),
        ([CLIENT_AUTH, SERVER_AUTH], FILE, CertificateRole.CLIENT),
        ([CLIENT_AUTH, SERVER_AUTH], WIRE, CertificateRole.SERVER),
        ([], WIRE, CertificateRole.SERVER),
    ],
)
def test_roles_of_leaves(
    root: Authority, usages: list[x509.ObjectIdentifier], source: Source, role: CertificateRole
) -> None:
    """The usage decides; where it does not, the place where the certificate was seen does."""
    pem = root.issue("leaf", usages=usages).certificate_pem
    assert certificates_from_pem(pem, source=source)[0].role is role


def test_roles_of_authorities(root: Authority) -> None:
    """A self-issued CA is a root; a self-signed leaf is not."""
    assert certificates_from_pem(root.certificate_pem, source=FILE)[0].role is CertificateRole.ROOT
    alone = certificates_from_pem(self_signed("x", now=SystemClock().now()).certificate_pem, source=WIRE)[0]
    assert (alone.role, alone.self_issued) == (CertificateRole.SERVER, True)


def test_other_blocks_are_passed_over(root: Authority) -> None:
    """A key and text in the same file do not hide the certificate."""
    issued = root.issue("both")
    data = issued.key_pem + b"Bag Attributes: x\n" + issued.certificate_pem.replace(b"\n", b"\r\n")
    assert [c.subject for c in certificates_from_pem(data, source=FILE)] == ["CN=both"]


def test_what_is_no_certificate_file(root: Authority) -> None:
    """Each fault has its own words."""
    issued = root.issue("x")
    pem = issued.certificate_pem
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"
    faults = {
        b"": "empty",
        b" \n": "empty",
        b"hello": "no PEM certificate",
        pem[:200]: "cut off",
        pem + pem[:100]: "certificate 2 is cut off",
        begin + b"not base64!" + end: "not valid base64",
        begin + b"aGVsbG8=" + end: "not an X.509 certificate",
        pem + begin + b"aGVsbG8=" + end: "certificate 2 is not an X.509",
        issued.certificate.public_bytes(serialization.Encoding.DER): "DER",
        pkcs12.serialize_key_and_certificates(None, issued.key, issued.certificate, None, NoEncryption()): "PKCS#12",
        issued.key_pem: "holds a PRIVATE KEY, and no CERTIFICATE",
    }
    for data, words in faults.items():
        with pytest.raises(MalformedPemError, match=words):
            certificates_from_pem(data, source=FILE)


def test_what_openssl_reads_all_the_same(root: Authority) -> None:
    """A block in words, one whose END line is missing before the next one, and OpenSSL's own kind in the first place."""
    issued = root.issue("x")
    pem = issued.certificate_pem
    trusted = pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
    for data in (
        b"see -----BEGIN CERTIFICATE-----\n" + pem,
        pem.split(b"-----END")[0] + pem,
        trusted,
        trusted + trusted,
    ):
        assert [one.subject for one in certificates_from_pem(data, source=FILE)] == ["CN=x"]
    assert len(certificates_from_pem(trusted + root.certificate_pem, source=FILE)) == 2


def test_der_that_is_none() -> None:
    """Bytes that are no certificate are a ValueError."""
    with pytest.raises(ValueError):
        certificate_from_der(b"0\x00", source=WIRE)
