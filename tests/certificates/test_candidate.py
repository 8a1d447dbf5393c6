"""A new certificate and key: what their files hold, and every link of the chain by its signature."""

import pathlib
import subprocess
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from probe.certificates.candidate import examine_candidate
from probe.certificates.identity import read_identity
from probe.lab.pki import Authority, Issued
from probe.model.clock import SystemClock
from probe.model.path import Identity
from probe.model.preflight import CandidateFacts

NOW = SystemClock().now().replace(microsecond=0)
DER = serialization.Encoding.DER
ROOT = Authority.root("Root", now=NOW)
ISSUING = ROOT.intermediate("Issuing")
LEAF = ISSUING.issue("billing")


def examined(directory: pathlib.Path, certificate: bytes, key: bytes = LEAF.key_pem) -> CandidateFacts:
    """The facts of two files with these contents."""
    files = Identity(name="new", certificate=directory / "new file.crt", private_key=directory / "new.key")
    files.certificate.write_bytes(certificate)
    assert files.private_key is not None
    files.private_key.write_bytes(key)
    return examine_candidate(read_identity(files, pause=lambda _: None))


def pem(*certificates: x509.Certificate) -> bytes:
    """One file with these certificates in this order."""
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def test_a_chain_is_followed_by_its_signatures(tmp_path: pathlib.Path) -> None:
    """From the leaf up, in whatever order its issuers stand; a stray certificate is left out."""
    stray = Authority.root("Stray", now=NOW).issued.certificate
    content = pem(LEAF.certificate, stray, ROOT.issued.certificate, ISSUING.issued.certificate)
    found = examined(tmp_path, content)
    assert [c.subject for c in found.chain] == ["CN=billing", "CN=Issuing", "CN=Root"]
    assert (found.impostor, found.signs, found.swapped, found.format) == (None, True, False, None)


def test_a_ca_that_only_bears_the_name_is_no_link(tmp_path: pathlib.Path) -> None:
    """A CA with a new key under its old name: names alone would have linked the two."""
    other = ROOT.intermediate("Issuing")
    found = examined(tmp_path, pem(LEAF.certificate, other.issued.certificate))
    assert [c.subject for c in found.chain] == ["CN=billing"]
    assert found.impostor is not None
    assert found.impostor.serial == f"{other.issued.certificate.serial_number:x}"


def test_two_cas_that_vouch_for_each_other_end(tmp_path: pathlib.Path) -> None:
    """A loop of cross-signed certificates is followed no further than a chain can be long."""
    one, two = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    loop = [_signed("A", "B", one, two), _signed("B", "A", two, one)]
    leaf = _signed("billing", "A", LEAF.key, one)
    found = examined(tmp_path, pem(leaf, *loop))
    assert [c.subject for c in found.chain] == ["CN=billing", "CN=A", "CN=B"]


def _signed(name: str, issuer: str, key: object, by: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    plain = LEAF.certificate
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={name}"))
        .issuer_name(x509.Name.from_rfc4514_string(f"CN={issuer}"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(plain.not_valid_before_utc)
        .not_valid_after(plain.not_valid_after_utc)
        .sign(by, hashes.SHA256())
    )


@pytest.mark.parametrize("signs", [True, False])
def test_the_key_usage_of_the_leaf(tmp_path: pathlib.Path, *, signs: bool) -> None:
    """A client signs the handshake: without digitalSignature OpenSSL's servers refuse it (RFC 5280 4.2.1.3)."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(signs, False, not signs, False, False, False, False, False, False)  # noqa: FBT003 - nine flags
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=billing"))
        .issuer_name(ROOT.issued.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LEAF.certificate.not_valid_before_utc)
        .not_valid_after(LEAF.certificate.not_valid_after_utc)
        .add_extension(usage, critical=True)
        .sign(ROOT.issued.key, hashes.SHA256())
    )
    issued = Issued(certificate, key)
    assert examined(tmp_path, issued.certificate_pem, issued.key_pem).signs is signs


def test_swapped_files_are_seen(tmp_path: pathlib.Path) -> None:
    """`--cert` and `--key` the wrong way round; one file for both is none of that."""
    assert examined(tmp_path, LEAF.key_pem, LEAF.certificate_pem).swapped
    both = LEAF.certificate_pem + LEAF.key_pem
    assert not examined(tmp_path, both, both).swapped


def _p12(_: pathlib.Path) -> bytes:
    chain = [ISSUING.issued.certificate]
    return pkcs12.serialize_key_and_certificates(
        b"billing", LEAF.key, LEAF.certificate, chain, serialization.NoEncryption()
    )


FORMATS: dict[str, tuple[Callable[[pathlib.Path], bytes], str, str]] = {
    "DER": (lambda _: LEAF.certificate.public_bytes(DER), "a certificate in DER", "openssl x509 -inform DER"),
    "PKCS#12": (_p12, "PKCS#12", "openssl pkcs12"),
    "PKCS#7": (
        lambda _: pkcs7.serialize_certificates([LEAF.certificate], serialization.Encoding.PEM),
        "PKCS#7",
        "openssl pkcs7 -in",
    ),
    "PKCS#7 in DER": (
        lambda _: pkcs7.serialize_certificates([LEAF.certificate], DER),
        "PKCS#7 in DER",
        "openssl pkcs7 -inform DER",
    ),
    "key in DER": (
        lambda _: LEAF.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        "a private key in DER",
        "openssl pkey -inform DER",
    ),
    "encrypted key in DER": (
        lambda _: LEAF.key.private_bytes(
            DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
        ),
        "a private key in DER",
        "openssl pkey -inform DER",
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_another_format_is_named_with_a_command_that_works(name: str, tmp_path: pathlib.Path) -> None:
    """What CAs hand out; the command is typed as it stands, with the quotes that its path needs."""
    made, what, command = FORMATS[name]
    text = examined(tmp_path, made(tmp_path)).format
    assert text is not None
    assert f" is {what}, and PEM is needed: `{command}" in text
    if name != "encrypted key in DER":  # asks for the password
        for typed in text.split("`")[1::2]:
            asked = f"{typed} -passin pass:" if "pkcs12" in typed else typed
            subprocess.run(asked, shell=True, cwd=tmp_path, check=True, capture_output=True, timeout=60)  # noqa: S602 - as a person types it
        made_of_it = [path.read_bytes() for path in sorted(tmp_path.glob("NEW.*"))]
        assert made_of_it
        assert all(b"-----BEGIN " in content for content in made_of_it)


def test_a_key_in_der_is_named_where_the_certificate_is_pem(tmp_path: pathlib.Path) -> None:
    """Each file is looked at by itself."""
    key = LEAF.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    text = examined(tmp_path, LEAF.certificate_pem, key).format
    assert text is not None
    assert text.startswith(f"{tmp_path / 'new.key'} is a private key in DER")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xfe\xed\xfe\xed\x00", "a Java key store"), (b"\x30\x82\x01\x00nothing", "neither a certificate nor a key")],
)
def test_what_cannot_be_converted_at_once(tmp_path: pathlib.Path, content: bytes, says: str) -> None:
    """Named all the same."""
    assert says in str(examined(tmp_path, content).format)


@pytest.mark.parametrize("content", [b"", b"hello", LEAF.certificate_pem[:100]], ids=["empty", "text", "cut"])
def test_what_is_nothing_is_left_to_the_facts_of_the_files(tmp_path: pathlib.Path, content: bytes) -> None:
    """No guess, and no chain."""
    found = examined(tmp_path, content)
    assert (found.format, found.chain) == (None, ())


def test_a_missing_file(tmp_path: pathlib.Path) -> None:
    """A fact like any other."""
    gone = Identity(name="new", certificate=tmp_path / "gone.crt", private_key=tmp_path / "gone.key")
    found = examine_candidate(read_identity(gone, pause=lambda _: None))
    assert (found.chain, found.format, found.swapped) == ((), None, False)
