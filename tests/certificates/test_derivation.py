"""Encrypted keys that would take hours to open, and RSA keys that would take minutes to prove."""

import base64
import math
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from probe.certificates.derivation import too_dear
from probe.certificates.keys import KeyFileError, load_key
from probe.model.identity import FileFault
from probe.model.secret import Secret

PBES2 = "2a864886f70d01050d"
PBKDF2 = "2a864886f70d01050c"
SCRYPT = "2b06010401da47040b"
AES_256_CBC = "60864801650304012a"


def element(tag: int, *content: bytes) -> bytes:
    """One DER element."""
    body = b"".join(content)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes((tag,)) + (size if len(body) < 128 else bytes((0x80 | len(size),)) + size) + body


def number(value: int) -> bytes:
    """An INTEGER."""
    return element(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sealed(function: str, *numbers: int) -> bytes:
    """An encrypted key whose password goes through `function` with `numbers` (RFC 8018, appendix A)."""
    parameters = element(0x30, element(4, b"salt"), *map(number, numbers))
    derivation = element(0x30, element(6, bytes.fromhex(function)), parameters)
    cipher = element(0x30, element(6, bytes.fromhex(AES_256_CBC)), element(4, bytes(16)))
    algorithm = element(0x30, element(6, bytes.fromhex(PBES2)), element(0x30, derivation, cipher))
    return pem("ENCRYPTED PRIVATE KEY", element(0x30, algorithm, element(4, bytes(64))))


def pem(label: str, der: bytes) -> bytes:
    """DER as PEM."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    "key",
    [
        sealed(PBKDF2, 2**31 - 1),
        sealed(PBKDF2, 4_000_001, 32),
        sealed(SCRYPT, 2**30, 8, 1),
        sealed(SCRYPT, 2**14, 8, 2**20),
        sealed(SCRYPT, 2**14, 2**20, 1),
    ],
)
def test_a_key_that_takes_hours_to_open(key: bytes) -> None:
    """Its password is not tried: that would hold up everything far past any deadline."""
    with pytest.raises(KeyFileError, match="opening the key needs more than") as caught:
        load_key(key, Secret("password"))
    assert caught.value.fault is FileFault.KEY_MALFORMED


@pytest.mark.parametrize("key", [sealed(PBKDF2, 600_000), sealed(PBKDF2, 2048, 32), sealed(SCRYPT, 2**14, 8, 1)])
def test_what_programs_write_is_opened(key: bytes) -> None:
    """OWASP's rounds, and OpenSSL's two defaults: only the password is wrong here."""
    assert too_dear(key) is None
    with pytest.raises(KeyFileError) as caught:
        load_key(key, Secret("password"))
    assert caught.value.fault is FileFault.KEY_BAD_PASSWORD


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 50, b"\x30\x02\x30\x00"])
def test_what_is_no_key_at_all(der: bytes) -> None:
    """OpenSSL refuses it by itself."""
    assert too_dear(pem("ENCRYPTED PRIVATE KEY", der)) is None


def test_an_rsa_key_is_proved_by_using_it() -> None:
    """Proving the primes of this one anew takes OpenSSL some twelve seconds of the processor's; a signature, a tenth of one."""
    p, q = 2**4423 - 1, 2**4253 - 1
    key = _rsa(p, q)
    began = time.process_time()
    assert isinstance(load_key(key, None), rsa.RSAPrivateKey)
    assert time.process_time() - began < 6


@pytest.mark.parametrize(
    "changes",
    [{"d": 3, "dp": 5}, {"q": 2**1279 - 3}, {"d": 2 ** (8 * 4000)}, {"dq": 2 ** (8 * 4000)}, {"n": 2**2000 + 1}],
    ids=["d and dp", "q", "huge d", "huge dq", "n"],
)
def test_a_damaged_rsa_key(changes: dict[str, int]) -> None:
    """It is said before the handshake, in which it would be a riddle of OpenSSL's. One wrong exponent alone OpenSSL makes good."""
    with pytest.raises(KeyFileError) as caught:
        load_key(_rsa(2**1279 - 1, 2**2203 - 1, changes), None)
    assert caught.value.fault is FileFault.KEY_MALFORMED


def test_an_rsa_key_longer_than_openssl_uses() -> None:
    """Every exponentiation with it would take minutes."""
    with pytest.raises(KeyFileError, match="damaged"):
        load_key(_rsa(2**9941 - 1, 2**9689 - 1), None)


def test_an_ordinary_rsa_key() -> None:
    """What everybody has."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert isinstance(load_key(written, None), rsa.RSAPrivateKey)


def _rsa(p: int, q: int, changes: dict[str, int] | None = None) -> bytes:
    """A key of two Mersenne primes (RFC 8017, appendix A.1.2), with numbers changed at will."""
    order = (p - 1) * (q - 1)
    e = next(e for e in range(65537, 70000, 2) if math.gcd(e, order) == 1)
    d = pow(e, -1, order)
    numbers = {
        "v": 0,
        "n": p * q,
        "e": e,
        "d": d,
        "p": p,
        "q": q,
        "dp": d % (p - 1),
        "dq": d % (q - 1),
        "qi": pow(q, -1, p),
    }
    return pem("RSA PRIVATE KEY", element(0x30, *map(number, (numbers | (changes or {})).values())))
