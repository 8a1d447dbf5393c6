"""What of a private key is nobody's to see, and that no output holds it from now on."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from probe.redact.leaving import OUT


def learn_key(key: PrivateKeyTypes | None, file: bytes = b"") -> None:
    """Keep a key out of everything that leaves the process, in Base64 and in hexadecimal digits: its numbers, and what its PEM file says of it.

    `key` is None where the file cannot be opened; what stands in it is kept back all the same.
    """
    OUT.learn_key([] if key is None else _numbers(key), file.decode("latin-1"))


def _numbers(key: PrivateKeyTypes) -> list[bytes]:
    """Big-endian, as DER and JWK hold them. The modulus of an RSA key is public, and so is the point of an elliptic one."""
    match key:
        case rsa.RSAPrivateKey():
            rsas = key.private_numbers()
            return [_bytes(each) for each in (rsas.d, rsas.p, rsas.q, rsas.dmp1, rsas.dmq1, rsas.iqmp)]
        case ec.EllipticCurvePrivateKey():
            return [key.private_numbers().private_value.to_bytes(-(-key.key_size // 8))]
        case dsa.DSAPrivateKey():
            return [_bytes(key.private_numbers().x)]
    raw = serialization.PrivateFormat.Raw, serialization.NoEncryption()
    try:
        return [key.private_bytes(serialization.Encoding.Raw, *raw)]
    except ValueError:  # of a kind that has no such form, and that no connector could take
        return []


def _bytes(number: int) -> bytes:
    return number.to_bytes(-(-number.bit_length() // 8))
