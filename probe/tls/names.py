"""Distinguished names as people read them, spelled exactly as in our certificates so that the two can be compared."""

import functools
from typing import Final

from cryptography import x509

from probe.tls.foreign import foreign_der

# `cryptography` reads names only inside of certificates. So a name from a CertificateRequest is set as the subject of
# an unsigned certificate that never leaves this function; nothing verifies it.
_VERSION_AND_SERIAL: Final = bytes.fromhex("a003020102020101")
_ALGORITHM: Final = bytes.fromhex("300a06082a8648ce3d040302")
_EMPTY: Final = bytes.fromhex("3000")
_VALIDITY: Final = bytes.fromhex("301e170d3236303130313030303030305a170d3237303130313030303030305a")

_NO_BITS: Final = bytes.fromhex("030100")
_SEQUENCE: Final = 0x30
_SHORT_FORM: Final = 0x80


@functools.lru_cache(maxsize=512)  # a server names the same CAs in every handshake
def rfc4514(name: bytes) -> str:
    """The RFC 4514 text of a DER name; its hex where it is not a name at all."""
    body = _VERSION_AND_SERIAL + _ALGORITHM + _EMPTY + _VALIDITY + name + _sequence(_ALGORITHM + _NO_BITS)
    carrier = _sequence(_sequence(body) + _ALGORITHM + _NO_BITS)
    try:
        with foreign_der():
            return x509.load_der_x509_certificate(carrier).subject.rfc4514_string()
    except ValueError:
        return f"#{name.hex()}"


def _sequence(content: bytes) -> bytes:
    """DER: tag, length in the short or long form, content."""
    length = len(content)
    if length < _SHORT_FORM:
        return bytes((_SEQUENCE, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((_SEQUENCE, _SHORT_FORM | size)) + length.to_bytes(size, "big") + content
