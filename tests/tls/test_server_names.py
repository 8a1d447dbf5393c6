"""What we say of a certificate's names, held to OpenSSL itself: a handshake for each row, in memory, as the probe makes it."""

import pathlib
import ssl
from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from probe.classify.server_names import answers_to, covers
from probe.model.certificate import Source, SourceKind
from probe.model.clock import SystemClock
from probe.tls.certificate import certificate_from_der

DNS, URI, MAIL, IP = (
    x509.DNSName,
    x509.UniformResourceIdentifier,
    x509.RFC822Name,
    lambda text: x509.IPAddress(ip_address(text)),
)
HOST, ADDRESS = "a.connector.test", "127.0.0.1"

ROWS = [
    (HOST, [], HOST),
    (HOST, [], "b.connector.test"),
    ("*.connector.test", [], HOST),
    ("*.connector.test", [], "connector.test"),
    ("*.connector.test", [], "x.a.connector.test"),
    ("127.0.0.1", [], ADDRESS),
    ("x", [DNS("127.0.0.1")], ADDRESS),
    ("x", [IP("127.0.0.1")], ADDRESS),
    ("x", [IP("::1")], "0:0:0:0:0:0:0:1"),
    ("x", [DNS("::1")], "::1"),
    ("x", [DNS("*.0.0.1")], ADDRESS),
    (HOST, [DNS("127.0.0.1")], HOST),
    (HOST, [IP("127.0.0.1")], HOST),
    (HOST, [URI("urn:uuid:1f0e")], HOST),
    (HOST, [URI("spiffe://td/x")], HOST),
    (HOST, [URI(HOST)], HOST),
    ("x", [URI(HOST)], HOST),
    ("x", [URI(f"urn:{HOST}"), DNS(HOST)], HOST),
    ("x", [URI("127.0.0.1")], ADDRESS),
    (HOST, [MAIL("ops@connector.test")], HOST),
    (HOST, [DNS("other.test")], HOST),
    (HOST, [DNS("other.test"), URI("urn:x")], HOST),
    ("x", [DNS(HOST.upper())], HOST),
    ("x", [DNS(HOST)], HOST.upper()),
    ("x", [DNS(f"{HOST}.")], HOST),
    ("x", [DNS(HOST)], f"{HOST}."),
    ("x", [DNS("*.connector.test")], HOST),
    ("x", [DNS("*.connector.test")], "x_y.connector.test"),
    ("x", [DNS("*.connector.test")], "xn--bcher-kva.connector.test"),
    ("x", [DNS("*.test")], "connector.test"),
    ("x", [DNS("*")], "connector"),
    ("x", [DNS("a*.connector.test")], "ab.connector.test"),
    ("x", [DNS("a.*.test")], HOST),
    ("x", [DNS("*.*.test")], HOST),
    ("x", [DNS("*.-connector.test")], "a.-connector.test"),
    ("x", [DNS("*.con_nector.test")], "a.con_nector.test"),
    ("x", [DNS("xn--bcher-kva.test")], "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test"),
    ("x", [DNS(".connector.test")], HOST),
    ("x", [DNS("")], HOST),
    (f"{HOST},CN=y", [], HOST),
    (f"y,CN={HOST}", [], HOST),
    (f"y,CN={HOST}", [], f"y,CN={HOST}".lower()),
]


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    """One for all."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(("common", "names", "asked"), ROWS)
def test_each_name_as_openssl_has_it(
    common: str, names: list[x509.GeneralName], asked: str, key: ec.EllipticCurvePrivateKey, tmp_path: pathlib.Path
) -> None:
    """`also` accuses a name exactly where a verification would."""
    certificate = _signed(common, names, key)
    ours = certificate_from_der(
        certificate.public_bytes(serialization.Encoding.DER), source=Source(SourceKind.WIRE, "x:1")
    )
    accepted = _accepts(certificate, key, asked, tmp_path)
    assert answers_to(ours, asked) is accepted
    assert accepted or not covers(ours, asked)


def _signed(common: str, names: list[x509.GeneralName], key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = SystemClock().now()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256())


def _accepts(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, asked: str, directory: pathlib.Path
) -> bool:
    """Whether a handshake that trusts it passes for this name; any other verify error fails the test."""
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (directory / "both.pem").write_bytes(pem + key.private_bytes(serialization.Encoding.PEM, form, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(directory / "both.pem")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=pem.decode())
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near, far = client.wrap_bio(down, up, server_hostname=asked), server.wrap_bio(up, down, server_side=True)
    wrong = [code for _ in range(3) for end in (near, far) if (code := _step(end))]
    assert {*wrong} <= {62, 64}
    assert wrong or near.getpeercert()
    return not wrong


def _step(end: ssl.SSLObject) -> int:
    """The verify code that it fails with, or 0."""
    try:
        end.do_handshake()
    except ssl.SSLCertVerificationError as error:
        return error.verify_code
    except (ssl.SSLWantReadError, ssl.SSLError):  # the other end hears of a refusal as an alert
        return 0
    return 0
