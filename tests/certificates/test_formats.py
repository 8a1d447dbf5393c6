"""Every format of a certificate file, and every kind of a broken one, as the inventory tells them."""

import base64
import os
import pathlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from probe.model.certificate import CertificateRole
from probe.model.path import Watch
from probe.model.secret import Secret
from tests.certificates.stock import DAY, NOW, Stock, der, only, places, subjects

PEM = serialization.Encoding.PEM


def test_pem_with_text_around(stock: Stock) -> None:
    """Several certificates, comments and bag attributes between them, in whatever line ends."""
    issued = stock.issuing.issue("leaf")
    text = b"Bag Attributes\n  friendlyName: x\n" + issued.certificate_pem.replace(b"\n", b"\r\n") + b"# the end\n"
    entries = stock.watched(stock.write("chain.pem", text))
    assert subjects(entries) == ["CN=leaf", "CN=Issuing"]
    assert [entry.name for entry in entries] == [f"{stock.directory}/chain.pem"] * 2
    assert places(entries[0]) == [("watched", f"{stock.directory}/chain.pem")]
    assert (entries[0].path, entries[0].ours, entries[0].relied_on) == (None, False, None)
    assert entries[0].seen[0].at == NOW


def test_openssl_trusted_certificates(stock: Stock) -> None:
    """`openssl x509 -trustout` puts what it is trusted for behind the certificate."""
    trusted = base64.encodebytes(der(stock.root) + bytes.fromhex("300c300a06082b06010505070301"))
    block = b"-----BEGIN TRUSTED CERTIFICATE-----\n" + trusted + b"-----END TRUSTED CERTIFICATE-----\n"
    assert subjects(stock.watched(stock.write("ca.pem", block))) == ["CN=Root"]


def test_der(stock: Stock) -> None:
    """Whatever the file is called."""
    assert subjects(stock.watched(stock.write("leaf.txt", der(stock.server)))) == ["CN=connector.test"]


def bag(stock: Stock, *, encoding: serialization.Encoding) -> bytes:
    """`.p7b`, as `openssl crl2pkcs7` and Windows make it."""
    leaf = stock.issuing.issue("leaf", send_chain=False)
    return pkcs7.serialize_certificates([leaf.certificate, stock.issuing.issued.certificate], encoding)


@pytest.mark.parametrize("encoding", [PEM, serialization.Encoding.DER])
def test_pkcs7(stock: Stock, encoding: serialization.Encoding) -> None:
    """A bag of certificates, in PEM and DER; also in a directory, where it must not be passed over."""
    stock.write("certs/chain.p7b", bag(stock, encoding=encoding))
    assert sorted(subjects(stock.watched(stock.directory / "certs"))) == ["CN=Issuing", "CN=leaf"]


def test_pkcs7_as_openssl_makes_it(stock: Stock) -> None:
    """With a list, and with its certificates in an order that is not DER's."""
    listed, chain = stock.write("a.crl", stock.root.crl()), stock.write("a.crt", stock.server.certificate_pem)
    made = ["openssl", "crl2pkcs7", "-in", str(listed), "-certfile", str(chain), "-out", str(stock.directory / "a.p7b")]
    subprocess.run(made, check=True)
    found = stock.watched(stock.directory / "a.p7b")
    assert subjects(found) == ["CN=connector.test", "CN=Issuing", "CN=Root"]
    assert found[2].certificate is not None
    assert found[2].certificate.role is CertificateRole.CRL


def test_broken_pkcs7(stock: Stock) -> None:
    """Each certificate that cannot be read is told, and one without any."""
    whole = bag(stock, encoding=serialization.Encoding.DER)
    first = der(stock.issuing)
    assert first in whole
    (leaf, broken) = stock.watched(stock.write("a.p7b", whole.replace(first, first[:20] + bytes(len(first) - 20))))
    assert subjects([leaf]) == ["CN=leaf"]
    assert "of the PKCS#7 file cannot be read" in (broken.unreadable or "")
    (empty,) = stock.watched(stock.write("b.p7b", bytes.fromhex("300b06092a864886f70d010702")))
    assert "a PKCS#7 file without a certificate" in (empty.unreadable or "")
    (empty,) = stock.watched(stock.write("c.p7b", b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"))
    assert "a PKCS#7 file without a certificate" in (empty.unreadable or "")


def test_revocation_lists(stock: Stock) -> None:
    """In PEM and DER: the issuer is the subject, nextUpdate the end."""
    pem = stock.issuing.crl(next_update=NOW + 5 * DAY)
    binary = x509.load_pem_x509_crl(stock.root.crl()).public_bytes(serialization.Encoding.DER)
    entries = stock.watched(stock.write("a.crl", pem), stock.write("b.crl", binary))
    found = only(entries, "CN=Issuing").certificate
    assert found is not None
    assert (found.role, found.issuer, found.not_after) == (CertificateRole.CRL, "CN=Issuing", NOW + 5 * DAY)
    assert only(entries, "CN=Root").certificate is not None


def test_a_revocation_list_without_an_end(stock: Stock) -> None:
    """It never ends (RFC 5280 4.1.2.5 writes that as the year 9999); its number is its serial."""
    issuer = stock.root.issued
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + DAY)
        .add_extension(x509.CRLNumber(0x2A), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    whole = made.public_bytes(serialization.Encoding.DER)
    times = NOW.strftime("%y%m%d%H%M%SZ"), (NOW + DAY).strftime("%y%m%d%H%M%SZ")
    this, following = (b"\x17\x0d" + text.encode() for text in times)
    assert whole.count(this + following) == 1
    cut = _shorter(whole.replace(this + following, this), len(following))
    (entry,) = stock.watched(stock.write("list.crl", cut))
    assert entry.certificate is not None
    assert entry.certificate.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert entry.certificate.serial == "2a"


def _shorter(whole: bytes, by: int) -> bytes:
    """Set the lengths of the list and of its signed part anew: the signature is nobody's concern here."""
    assert (whole[:2], whole[3]) == (b"\x30\x81", 0x30)
    return whole[:2] + bytes([whole[2] - by, 0x30, whole[4] - by]) + whole[5:]


def test_a_key_in_the_same_file(stock: Stock) -> None:
    """Makes the leaf ours; an issuer beside it is not, and neither is a leaf of another key."""
    mine, other = stock.issuing.issue("mine"), stock.issuing.issue("other", send_chain=False)
    entries = stock.watched(stock.write("both.pem", other.certificate_pem + mine.key_pem + mine.certificate_pem))
    assert {subject: entry.ours for subject, entry in zip(subjects(entries), entries, strict=True)} == {
        "CN=other": False,
        "CN=mine": True,
        "CN=Issuing": False,
    }


@pytest.mark.parametrize("password", [None, "pw", "wrong"])
def test_a_sealed_key_in_the_same_file(stock: Stock, password: str | None) -> None:
    """Whether or not it can be opened, the first leaf is the one that it belongs to."""
    mine = stock.issuing.issue("mine")
    file = stock.write("both.pem", mine.certificate_pem + mine.encrypted_key_pem(b"pw"))
    entries = stock.watched(Watch(files=str(file), password=Secret(password) if password else None))
    assert [entry.ours for entry in entries] == [True, False]


def _block(label: bytes, content: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, base64.encodebytes(content), label)


def _key_der(stock: Stock, password: bytes | None = None) -> bytes:
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return stock.server.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, sealed)


BROKEN: list[tuple[str, Callable[[Stock], bytes], str]] = [
    ("empty", lambda _: b"", "it is empty"),
    ("blank", lambda _: b" \n\n", "it is empty"),
    ("garbage", lambda _: bytes(range(1, 200)), "it holds no certificate: neither PEM, DER, PKCS#7 nor PKCS#12"),
    ("text", lambda _: b"hello", "it holds no certificate"),
    (
        "cut off",
        lambda s: s.server.certificate_pem[:200],
        "certificate 1 is cut off: its END CERTIFICATE line is missing",
    ),
    ("no base64", lambda s: s.root.certificate_pem.replace(b"M", b"!"), "certificate 1 is not valid base64"),
    ("no certificate", lambda _: _block(b"CERTIFICATE", b"hello"), "certificate 1 is not an X.509 certificate"),
    ("no list", lambda _: _block(b"X509 CRL", b"hello"), "crl 1 is not a revocation list"),
    ("DER cut off", lambda s: der(s.server)[:-5], "it is cut off: "),
    ("DER of nothing", lambda _: b"\x30\x03\x02\x01\x05", "it holds no certificate"),
    ("a key", lambda s: s.server.key_pem, "it holds a PRIVATE KEY, and no certificate"),
    (
        "two keys",
        lambda s: s.server.key_pem + _block(b"EC PARAMETERS", b"x"),
        "a PRIVATE KEY and EC PARAMETERS, and no",
    ),
    ("a key in DER", _key_der, "it holds a private key, and no certificate"),
    ("a sealed key in DER", lambda s: _key_der(s, b"pw"), "it holds a private key, and no certificate"),
    ("JKS", lambda _: b"\xfe\xed\xfe\xed\x00\x00\x00\x02", "it is a Java keystore (JKS), which cannot be read here"),
]


@pytest.mark.parametrize(("content", "said"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_file_is_one_entry(stock: Stock, content: Callable[[Stock], bytes], said: str) -> None:
    """With its path and what is wrong; never an exception, never nothing."""
    file = stock.write("broken.pem", content(stock))
    (entry,) = stock.watched(file)
    assert entry.certificate is None
    assert entry.unreadable is not None
    assert entry.unreadable.startswith(f"{file}: ")
    assert said in entry.unreadable
    assert (entry.name, places(entry)) == (str(file), [("watched", str(file))])


def test_what_can_be_read_beside_what_cannot(stock: Stock) -> None:
    """A broken certificate does not hide the others of its file."""
    entries = stock.watched(stock.write("chain.pem", stock.server.certificate_pem[:-40]))
    assert subjects(entries) == [
        "CN=connector.test",
        f"{stock.directory}/chain.pem: certificate 2 is cut off: its END CERTIFICATE line is missing",
    ]


@pytest.mark.parametrize("head", [b"\x00", b"\x30\x82\x01\x00"])
def test_a_large_file_is_known_by_its_beginning(stock: Stock, head: bytes) -> None:
    """Gigabytes of a log are not read to the end."""
    file = stock.write("large", head)
    os.truncate(file, 1 << 40)
    (entry,) = stock.watched(file)
    assert entry.unreadable == f"{file}: it is larger than {64 << 20} bytes"
    os.truncate(file, 1 << 20)
    (entry,) = stock.watched(file)
    assert entry.unreadable is not None
    assert "it holds no certificate" in entry.unreadable


def test_a_large_bundle_is_read(stock: Stock) -> None:
    """Hundreds of CAs, as a system's bundle has them."""
    text = b"".join(b"# %d\n" % number + stock.root.certificate_pem for number in range(300))
    assert len(text) > 1 << 17
    assert subjects(stock.watched(stock.write("bundle.pem", text))) == ["CN=Root"]


def test_what_is_no_regular_file(stock: Stock) -> None:
    """A named pipe keeps nobody waiting; a link to itself and a missing file are told."""
    os.mkfifo(stock.directory / "pipe")
    (stock.directory / "loop").symlink_to("loop")
    (stock.directory / "lost").symlink_to("nowhere")
    missing = pathlib.Path(stock.directory / "none.pem")
    said = {
        entry.name.rpartition("/")[2]: entry.unreadable or ""
        for entry in stock.watched(
            stock.directory / "pipe",
            stock.directory / "loop",
            stock.directory / "lost",
            missing,
            missing / "below",
            "/dev/null",
        )
    }
    assert said["pipe"].endswith("pipe: it is a named pipe, not a regular file")
    assert "symbolic links" in said["loop"]
    assert said["lost"].endswith("lost: it is a link that leads nowhere")
    assert said["none.pem"] == f"{missing}: it does not exist"
    assert said["below"].endswith("below: it does not exist")
    assert said["null"] == "/dev/null: it is a device, not a regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_what_may_not_be_read(stock: Stock) -> None:
    """Is told with the system's words."""
    file = stock.write("secret.pem", stock.server.certificate_pem)
    file.chmod(0)
    (entry,) = stock.watched(file)
    assert entry.unreadable == f"{file}: it cannot be read: Permission denied"


def test_a_name_that_is_none(stock: Stock) -> None:
    """A NUL is no traceback."""
    (entry,) = stock.watched("/etc/\0")
    assert entry.unreadable is not None
    assert "that is no file name" in entry.unreadable
