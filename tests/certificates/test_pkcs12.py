"""PKCS#12 files, as the inventory tells them."""

import pathlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from probe.lab.pki import Issued
from probe.model.path import Watch
from probe.model.secret import Secret
from tests.certificates.stock import Stock, subjects

PASSWORD = "pw"
SEALED = serialization.BestAvailableEncryption(b"pw")


def packed(issued: Issued, encryption: serialization.KeySerializationEncryption = SEALED) -> bytes:
    """What `openssl pkcs12 -export` writes."""
    return pkcs12.serialize_key_and_certificates(b"name", issued.key, issued.certificate, issued.chain, encryption)


def watch(file: pathlib.Path, password: str | None = PASSWORD) -> Watch:
    """A watch with a password."""
    return Watch(files=str(file), password=Secret(password) if password is not None else None)


def test_a_key_and_its_chain(stock: Stock) -> None:
    """The leaf is ours because its key is in the file; its issuer is not."""
    entries = stock.watched(watch(stock.write("mine.p12", packed(stock.issuing.issue("mine")))))
    assert subjects(entries) == ["CN=mine", "CN=Issuing"]
    assert [entry.ours for entry in entries] == [True, False]


def test_older_ciphers(stock: Stock) -> None:
    """Triple DES under a SHA-1 checksum, as Windows and older Java write it."""
    legacy = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what older programs write
        .build(b"pw")
    )
    content = packed(stock.issuing.issue("mine"), legacy)
    assert subjects(stock.watched(watch(stock.write("mine.pfx", content)))) == ["CN=mine", "CN=Issuing"]


@pytest.mark.parametrize("password", ["pw", None])
def test_without_a_password(stock: Stock, password: str | None) -> None:
    """Is opened, also where a password is configured for others of the same watch."""
    content = packed(stock.issuing.issue("mine"), serialization.NoEncryption())
    assert subjects(stock.watched(watch(stock.write("mine.p12", content), password))) == ["CN=mine", "CN=Issuing"]


@pytest.mark.server("openssl")
def test_an_empty_password(stock: Stock) -> None:
    """Which OpenSSL tells from none at all, and people do not."""
    issued = stock.issuing.issue("mine")
    both = stock.write("both.pem", issued.certificate_pem + issued.key_pem)
    out = stock.directory / "mine.p12"
    command = [shutil.which("openssl") or "openssl", "pkcs12", "-export", "-in", both, "-out", out, "-passout", "pass:"]
    subprocess.run(command, check=True, capture_output=True)
    assert subjects(stock.watched(watch(out, None))) == ["CN=mine", "CN=Issuing"]


def test_a_trust_store(stock: Stock) -> None:
    """Certificates without a key: nothing of it is ours."""
    certificates = [pkcs12.PKCS12Certificate(stock.root.issued.certificate, b"root")]
    content = pkcs12.serialize_java_truststore(certificates, SEALED)
    (entry,) = stock.watched(watch(stock.write("trust.p12", content)))
    assert (subjects([entry]), entry.ours) == (["CN=Root"], False)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("hunter2", "the configured password does not open the PKCS#12 file"),
        (None, "it is a PKCS#12 file with a password, and none is configured: name it with `password_file`"),
    ],
)
def test_the_wrong_password(stock: Stock, password: str | None, said: str) -> None:
    """And none where one is needed; the password is in no message."""
    (entry,) = stock.watched(watch(stock.write("mine.p12", packed(stock.server)), password))
    assert entry.unreadable is not None
    assert said in entry.unreadable
    assert "hunter2" not in repr(entry)


def test_a_damaged_one(stock: Stock) -> None:
    """Cut off, or with another content than its checksum says."""
    content = packed(stock.server)
    (cut,) = stock.watched(watch(stock.write("cut.p12", content[:-9])))
    assert cut.unreadable is not None
    assert f"it is cut off: {len(content) - 9} of {len(content)} bytes are there" in cut.unreadable
    (hollow,) = stock.watched(watch(stock.write("hollow.p12", bytes.fromhex("300a020103300506012a0000"))))
    assert hollow.unreadable is not None
    assert "it is a damaged PKCS#12 file" in hollow.unreadable


@pytest.mark.parametrize(("rounds", "times"), [(2048, 1), (20_000, 2)], ids=["checksum", "ciphers"])
def test_a_password_that_would_be_tried_for_hours(stock: Stock, rounds: int, times: int) -> None:
    """The file itself says how often it is to be hashed: eight million rounds are refused unopened, wherever they stand."""
    builder = serialization.PrivateFormat.PKCS12.encryption_builder()
    sealed = packed(
        stock.server,
        builder.kdf_rounds(20_000).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(b"pw"),
    )
    place = b"\x02\x02" + rounds.to_bytes(2, "big")
    assert sealed.count(place) == times
    dear = _grown(sealed, sealed.index(place), len(place), b"\x02\x03\x7f\xff\xff")
    (entry,) = stock.watched(watch(stock.write("dear.p12", dear)))
    assert entry.unreadable is not None
    assert "opening it needs more than 4000000 rounds of hashing" in entry.unreadable


def _grown(der: bytes, at: int, size: int, new: bytes) -> bytes:
    """One element rewritten; the way down to the number is the way through what holds it."""
    out, here = b"", 0
    while here < len(der):
        head = 2 + (der[here + 1] & 0x7F if der[here + 1] & 0x80 else 0)
        length = int.from_bytes(der[here + 2 : here + head], "big") if head > 2 else der[here + 1]
        content = der[here + head : here + head + length]
        if here == at and head + length == size:
            out += new
        elif here + head <= at < here + head + length:
            inner = _grown(content, at - here - head, size, new)
            out += der[here : here + 1] + b"\x83" + len(inner).to_bytes(3, "big") + inner
        else:
            out += der[here : here + head + length]
        here += head + length
    return out
