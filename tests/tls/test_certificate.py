"""DER to facts: what tells a certificate of a public CA from all others. The rest is tested through PEM files."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from probe.lab.pki import Authority, Issued
from probe.model.certificate import Source, SourceKind
from probe.model.clock import SystemClock
from probe.tls.certificate import certificate_from_der

_SCT = bytes(33) + bytes(8) + bytes(2) + b"\x04\x03" + b"\x00\x04abcd"
"""Version 1, log id, timestamp, no extensions, ECDSA with SHA-256, a signature (RFC 6962 3.2)."""
_SCT_LIST = len(_SCT).to_bytes(2, "big") + _SCT
_EMBEDDED = (len(_SCT_LIST)).to_bytes(2, "big") + _SCT_LIST


@pytest.fixture(scope="module")
def issued() -> Issued:
    """A certificate of a private CA."""
    return Authority.root("Root", now=SystemClock().now().replace(microsecond=0)).issue("leaf", san=["a.example"])


def _policies(*oids: str) -> x509.ExtensionType:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])


def _scts(content: bytes) -> x509.ExtensionType:
    octets = b"\x04" + bytes([len(content)]) + content
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), octets)


@pytest.mark.parametrize(
    ("extension", "public"),
    [
        (None, False),
        (_policies("2.23.140.1.2.1"), True),
        (_policies("1.3.6.1.4.1.44947.1.1.1", "2.23.140.1.2.2"), True),
        (_policies("2.23.140.1.2"), True),
        (_policies("2.23.140.1.20.1", "1.2.23.140.1.2.1"), False),
        (_scts(_EMBEDDED), True),
        (_scts(b"\x00\x09garbage"), False),
    ],
    ids=["none", "domain validated", "organization validated", "the arc itself", "other arcs", "SCTs", "broken SCTs"],
)
def test_publicly_trusted(issued: Issued, extension: x509.ExtensionType | None, public: bool) -> None:  # noqa: FBT001 - a table's column
    """A policy of the CA/Browser Forum or embedded SCTs say so; nothing else does, and nothing broken raises."""
    old = issued.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=False)
    der = builder.sign(issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    found = certificate_from_der(der, source=Source(SourceKind.FILE, "tls.crt"))
    assert found.publicly_trusted is public


def test_the_keys_that_it_and_its_issuer_have(issued: Issued) -> None:
    """Both identifiers, which are one where the one has issued the other."""
    leaf, above = issued.certificate, Authority.root("Root", now=SystemClock().now()).issued.certificate
    source = Source(SourceKind.FILE, "tls.crt")
    known = certificate_from_der(leaf.public_bytes(serialization.Encoding.DER), source=source)
    root = certificate_from_der(above.public_bytes(serialization.Encoding.DER), source=source)
    wanted = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert wanted is not None
    assert (known.issuer_key_id, root.issuer_key_id) == (wanted.hex(), None)
    assert None not in {known.key_id, root.key_id}
    assert known.issuer_key_id != root.key_id  # another root of the same name
