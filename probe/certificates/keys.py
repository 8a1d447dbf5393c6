"""Private keys: can this one be read, does it fit. What they are never leaves the process."""

from typing import Final

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from probe.certificates.derivation import too_dear
from probe.certificates.secret_numbers import learn_key
from probe.model.identity import FileFault
from probe.model.secret import Secret
from probe.tls.armor import ArmorError, first_key, unreadable_key

_LONGEST_RSA: Final = 16384
"""Bits of a modulus that OpenSSL verifies with (OPENSSL_RSA_MAX_MODULUS_BITS)."""


class KeyFileError(Exception):
    """The key file cannot be used; the message holds nothing of the key."""

    def __init__(self, message: str, *, fault: FileFault) -> None:
        """`fault` is the kind of fault, the message its detail."""
        super().__init__(message)
        self.fault = fault


def load_key(data: bytes, password: Secret | None) -> PrivateKeyTypes:
    """Parse a PEM private key; no output holds any of it from now on. Raises KeyFileError."""
    learn_key(None, data)
    if not data.strip():
        raise KeyFileError("the key file is empty", fault=FileFault.KEY_MALFORMED)
    pem = _block(data)
    try:
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        key = _decrypt(pem, password)
    except (ValueError, UnsupportedAlgorithm) as error:
        check_lines(data)
        raise KeyFileError("the key file holds no readable PEM private key", fault=FileFault.KEY_MALFORMED) from error
    if isinstance(key, rsa.RSAPrivateKey):
        _check_rsa(key)
    learn_key(key)
    return key


def _block(data: bytes) -> bytes:
    """The key that OpenSSL takes out of a file with others and words; all of it where it sees none."""
    try:
        key = first_key(data)
    except ArmorError:
        return data
    return data if key is None else key.pem


def check_lines(data: bytes) -> None:
    """Raise KeyFileError where OpenSSL, which is particular about lines, reads no private key."""
    if (why := unreadable_key(data)) is not None:
        raise KeyFileError(f"the key file holds no readable PEM private key: {why}", fault=FileFault.KEY_MALFORMED)


def _decrypt(data: bytes, password: Secret | None) -> PrivateKeyTypes:
    if password is None or not password.reveal():
        lacks = "no password is configured" if password is None else "the configured password is empty"
        raise KeyFileError(f"the key is encrypted, and {lacks}", fault=FileFault.KEY_ENCRYPTED)
    dear = too_dear(data)
    if dear is not None:
        raise KeyFileError(dear, fault=FileFault.KEY_MALFORMED)
    try:
        return serialization.load_pem_private_key(data, password.reveal().encode(), unsafe_skip_rsa_key_validation=True)
    except ValueError as error:
        raise KeyFileError("the configured password does not open the key", fault=FileFault.KEY_BAD_PASSWORD) from error
    except UnsupportedAlgorithm as error:
        raise KeyFileError("the key's encryption is not supported", fault=FileFault.KEY_MALFORMED) from error


def _check_rsa(key: rsa.RSAPrivateKey) -> None:
    """Prove that an RSA key works by using it. Raises KeyFileError.

    `cryptography` would prove its primes anew each time: 40 ms for 2048 bits, 6 s for 8192, 2 minutes for 20 000.
    """
    damaged = KeyFileError("the RSA key is damaged: it cannot sign", fault=FileFault.KEY_MALFORMED)
    try:
        if not _plausible(key.private_numbers()):
            raise damaged
        signature = key.sign(b"paypath", padding.PKCS1v15(), hashes.SHA256())
        key.public_key().verify(signature, b"paypath", padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature, InternalError) as error:
        raise damaged from error


def _plausible(numbers: rsa.RSAPrivateNumbers) -> bool:
    """Whether they multiply, and none is longer than it can be: each bit of an exponent costs time."""
    modulus, exponents = numbers.public_numbers.n, (numbers.dmp1, numbers.dmq1, numbers.iqmp)
    fits = modulus.bit_length() <= _LONGEST_RSA and numbers.p * numbers.q == modulus
    return fits and numbers.d < modulus and max(exponents) < max(numbers.p, numbers.q)


def same_key(one: PublicKeyTypes, other: PublicKeyTypes) -> bool:
    """Whether two public keys are one, of whatever type."""
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return one.public_bytes(*form) == other.public_bytes(*form)
