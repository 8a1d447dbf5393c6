"""What X509_STRICT says of a chain that was accepted without it.

Asked of the OpenSSL inside of `cryptography`, so that the answer is the same on every Python; never part of a verdict.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which pyOpenSSL has no name for
_KEPT: Final = 4096
"""Chains whose answer is kept: asking costs 0.3 ms, the import before the first one 11 ms (measured)."""


@dataclass(frozen=True, slots=True)
class StrictObjection:
    """The first objection."""

    code: int
    """X509_V_ERR number."""
    text: str
    """OpenSSL's words: `Missing Authority Key Identifier`."""
    der: bytes
    """The certificate that it is about."""


_known: Final[OrderedDict[bytes, StrictObjection | None]] = OrderedDict()


def strict_objection(built: Sequence[bytes]) -> StrictObjection | None:
    """What only X509_STRICT has against a chain (DER, leaf first, our trust anchor last); None where it has nothing.

    Dates, names and purposes are not looked at: the handshake has done that.
    """
    digest = hashlib.blake2b(b"".join(built)).digest()
    if digest not in _known:
        _known[digest] = _asked(built)
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    return _known[digest]


def _asked(built: Sequence[bytes]) -> StrictObjection | None:
    from OpenSSL import crypto  # noqa: PLC0415 - only where a chain is seen for the first time

    lenient = crypto.X509StoreFlags.PARTIAL_CHAIN | _NO_CHECK_TIME

    def objection(flags: int) -> StrictObjection | None:
        chain = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in built]
        store = crypto.X509Store()
        store.add_cert(chain[-1])
        store.set_flags(flags)
        try:
            crypto.X509StoreContext(store, chain[0], chain[1:-1]).verify_certificate()
        except crypto.X509StoreContextError as error:
            code, _, text = error.errors
            return StrictObjection(code, text, crypto.dump_certificate(crypto.FILETYPE_ASN1, error.certificate))
        return None

    try:
        found = objection(lenient | crypto.X509StoreFlags.X509_STRICT)
        # What it says without the flag too is the difference of two OpenSSLs, and not strictness.
        return None if found is None or objection(lenient) is not None else found
    except crypto.Error:  # a certificate that this OpenSSL does not read
        return None
