"""Identity files and CA bundles that cannot be used, each broken in one way."""

import pathlib
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.matrix.material import Material

PASSWORD: Final = "correct horse"
GONE: Final = "gone"
"""Names that begin so are no files."""


def make(directory: pathlib.Path, material: Material) -> Mapping[str, pathlib.Path]:
    """Write all of them below `directory`."""
    weak = material.clients["weak-key"].issued
    good, rsa = material.clients["good"].issued, material.clients["good-rsa"].issued
    der = good.certificate.public_bytes(serialization.Encoding.DER)
    pem, key = good.certificate_pem, good.key_pem
    contents: dict[str, bytes] = {
        "good.crt": pem,
        "good.key": key,
        "empty": b"",
        "blank": b"\n\n",
        "torn.crt": pem[: len(pem) // 3],
        "torn-intermediate.crt": pem[:-200],
        "der.crt": der,
        "base64.crt": pem.replace(pem.splitlines()[3], b"this is !! not base64", 1),
        "indented.crt": _indented(pem),
        "not-x509.crt": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "words.txt": b"tls.crt goes here\n",
        "identity.p12": pkcs12.serialize_key_and_certificates(
            b"matrix", good.key, good.certificate, list(good.chain), serialization.NoEncryption()
        ),
        "torn.key": key[: len(key) // 2],
        "der.key": good.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        "indented.key": _indented(key),
        "encrypted.key": good.encrypted_key_pem(PASSWORD.encode()),
        "other.key": material.clients["revoked"].issued.key_pem,
        "rsa.key": rsa.key_pem,
        "weak.crt": weak.certificate_pem,
        "weak.key": weak.key_pem,
        "sha1.crt": material.clients["weak-signature"].issued.certificate_pem,
        "sha1.key": material.clients["weak-signature"].issued.key_pem,
        "everything.crt": material.clients["weak-and-everything"].issued.certificate_pem,
        "everything.key": material.clients["weak-and-everything"].issued.key_pem,
        "chain-first.crt": b"".join(
            c.public_bytes(serialization.Encoding.PEM) for c in (*good.chain, good.certificate)
        ),
        "both.pem": key + pem,
        "crl.pem": material.crl.read_bytes(),
    }
    files = {name: directory / name for name in (*contents, "gone.crt", "gone.key", "gone.pem")}
    for name, content in contents.items():
        files[name].write_bytes(content)
    (directory / "a-directory").mkdir()
    return {**files, "a-directory": directory / "a-directory", "in-a-file": files["words.txt"] / "tls.crt"}


def _indented(pem: bytes) -> bytes:
    """As pasted out of YAML: OpenSSL sees no block in it."""
    return b"".join(b"  " + line for line in pem.splitlines(keepends=True))
