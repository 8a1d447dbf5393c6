"""Whatever kind our key is of and whatever file it comes in: once it was read, nothing of it is shown."""

import base64
import pathlib
import textwrap
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from probe.certificates.formats import read_contents
from probe.certificates.identity import read_identity
from probe.certificates.keys import KeyFileError, load_key
from probe.model.certificate import Source, SourceKind
from probe.model.path import Identity
from probe.model.secret import Secret
from probe.redact.leaving import leaving
from tests.certificates.stock import Stock

KEYS: dict[str, Callable[[], PrivateKeyTypes]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
    "dsa": lambda: dsa.generate_private_key(2048),
}
PASSWORD = b"a password"
ENCRYPTED = serialization.BestAvailableEncryption(PASSWORD)


def hidden(written: str) -> None:
    """It does not leave, in a sentence and in JSON."""
    for text in (f"Stripe says {written} of it", f'{{"error": {{"message": "\\n{written}\\n"}}}}'):
        assert written not in leaving(text), written


def hidden_der(key: PrivateKeyTypes, form: PrivateFormat = PrivateFormat.PKCS8) -> None:
    """Not in DER of this form, whole, in Base64 or hexadecimal digits."""
    der = key.private_bytes(Encoding.DER, form, NoEncryption())
    for written in (
        base64.b64encode(der),
        base64.urlsafe_b64encode(b"x" + der),
        der.hex().encode(),
        der.hex().upper().encode(),
    ):
        hidden(written.decode())


def hidden_lines(pem: bytes) -> None:
    """Neither the whole of a file, nor its body without line breaks, nor any of its lines alone."""
    lines = pem.decode().splitlines()[1:-1]
    lines = [line for line in lines if ":" not in line and line]
    for line in (*lines, "".join(lines)):
        if len(line.rstrip("=")) >= 24:
            hidden(line)


@pytest.mark.parametrize("kind", KEYS)
def test_nothing_of_a_key_leaves(kind: str) -> None:
    """PEM and DER of both formats, wrapped or not, Base64 and hexadecimal; the public half stays."""
    key = KEYS[kind]()
    load_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), None)
    formats = [PrivateFormat.PKCS8]
    if kind in ("rsa", "p256", "p384", "p521", "dsa"):
        formats.append(PrivateFormat.TraditionalOpenSSL)
    for form in formats:
        hidden_der(key, form)
    hidden_lines(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert leaving(public.decode()) == public.decode()


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("password", [PASSWORD, b"another"])
def test_an_encrypted_file(form: PrivateFormat, password: bytes) -> None:
    """Its own lines, whether it opens or not; and where it does, what it holds."""
    key = KEYS["p256"]()
    pem = key.private_bytes(Encoding.PEM, form, ENCRYPTED)
    opens = password == PASSWORD
    try:
        load_key(pem, Secret(password.decode()))
    except KeyFileError:
        assert not opens
    hidden_lines(pem)
    number = key.private_numbers().private_value.to_bytes(32).hex()  # type: ignore[union-attr]  # it is of a curve
    assert (leaving(number) == "***") is opens


def test_an_identity_that_is_read(tmp_path: pathlib.Path, stock: Stock) -> None:
    """As the prober does before each run; with the certificate in the same file."""
    issued = stock.root.issue("billing-service")
    file = tmp_path / "both.pem"
    file.write_bytes(issued.certificate_pem + issued.key_pem)
    assert read_identity(Identity(name="billing", certificate=file, private_key=file)).usable
    hidden_lines(issued.key_pem)
    certificate = issued.certificate_pem.decode()
    assert leaving(certificate) == certificate


def test_a_store_and_keys_in_other_files(stock: Stock) -> None:
    """PKCS#12 with its password, a key in DER, and one that stands in a kubeconfig."""
    issued, source = stock.root.issue("billing-service"), Source(SourceKind.FILE, "x")
    store = pkcs12.serialize_key_and_certificates(b"x", issued.key, issued.certificate, None, ENCRYPTED)
    assert read_contents(store, source=source, password=Secret(PASSWORD.decode())).found
    hidden_der(issued.key)
    other = KEYS["p256"]()
    read_contents(other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), source=source, password=None)
    hidden_der(other)
    third = KEYS["p256"]().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    user = f"{{client-certificate-data: eA==, client-key-data: {base64.b64encode(third).decode()}}}"
    config = f"apiVersion: v1\nkind: Config\nusers: [{{name: a, user: {user}}}]\n"
    read_contents(config.encode(), source=source, password=None)
    hidden_lines(third)


def test_a_file_that_is_no_key_is_kept_back_too() -> None:
    """Damaged, or of a kind that nobody can use: it may be a key all the same."""
    body = textwrap.fill(base64.b64encode(bytes(range(200))).decode(), 64)
    with pytest.raises(KeyFileError):
        load_key(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n".encode(), None)
    hidden(body.splitlines()[1])
