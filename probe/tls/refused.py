"""Which certificate of a chain OpenSSL refused, where its number alone does not tell: Python's ssl keeps no depth.

Asked again of the OpenSSL inside of `cryptography`; believed only where it gives the number of the handshake.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_NO_CRL: Final = ~0xC  # X509_V_FLAG_CRL_CHECK and CRL_CHECK_ALL: the lists are not looked at here


@dataclass(frozen=True, slots=True)
class Refused:
    """One objection of OpenSSL's."""

    depth: int
    """0 for the peer's own certificate, 1 for its issuer, and so on up."""
    text: str
    """OpenSSL's words: `path length constraint exceeded`."""
    der: bytes


def refused(code: int, presented: Sequence[bytes], trusted: Iterable[bytes], flags: int) -> Refused | None:
    """The certificate that a chain (DER, leaf first) is refused for with X509_V_ERR `code`; None where that cannot be told."""
    from OpenSSL import crypto  # noqa: PLC0415 - only where a handshake failed for a rare cause

    try:
        chain = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in presented]
        store = crypto.X509Store()
        for der in trusted:
            store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
        store.set_flags(flags & _NO_CRL)
        crypto.X509StoreContext(store, chain[0], chain[1:]).verify_certificate()
    except crypto.X509StoreContextError as error:
        found, depth, text = error.errors
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, error.certificate)
        return Refused(depth, text, der) if found == code else None
    except (crypto.Error, IndexError):  # a certificate that this OpenSSL does not read, or none at all
        return None
    return None
