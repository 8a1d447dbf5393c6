"""What OpenSSL's security levels ask of keys and signatures, and which certificates of a chain fall short of one."""

from typing import Final

from probe.model.certificate import Certificate

DEFAULT_LEVEL: Final = 2
"""What Python sets for every context that it makes since 3.10, and Debian in its openssl.cnf."""
_BITS: Final = (0, 80, 112, 128, 192, 256)
"""Bits of security that levels 0 to 5 ask for (SSL_CTX_set_security_level)."""


def bits_of(level: int) -> int:
    """Bits of security that a level asks for; whatever is above 5 asks for as much as 5."""
    return _BITS[min(level, len(_BITS) - 1)]


def weak_keys(chain: tuple[Certificate, ...], level: int) -> tuple[Certificate, ...]:
    """Those whose key a verifier at `level` refuses (X509_V_ERR 66, 67); a key of unknown strength is not accused."""
    return tuple(c for c in chain if c.key_bits is not None and c.key_bits < bits_of(level))


def weak_signatures(chain: tuple[Certificate, ...], level: int) -> tuple[Certificate, ...]:
    """The same of signatures (68). Nobody looks at a root's own: it is trusted for itself."""
    signed = (c for c in chain if not c.self_issued and c.signature_bits is not None)
    return tuple(c for c in signed if (c.signature_bits or 0) < bits_of(level))
