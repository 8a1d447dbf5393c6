"""Whether a chain that leads nowhere would lead to our trust with an intermediate that we know, but that was not sent."""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from probe.tls.foreign import read_der

_MOST_SENT: Final = 32
"""Certificates of the peer's that are looked at: each may have to be checked against each other."""
_LONGEST: Final = 8
"""Certificates of a chain that are followed; a loop of cross-signed ones ends there."""


def completing(presented: Sequence[bytes], *, trusted: Iterable[bytes], known: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those of `known` by which `presented` (leaf first) leads to a root among `trusted`; empty where none do. All DER.

    Names and signatures must fit, so that it is a proof, and not a likeness. What is among `trusted` itself need not be sent, and is
    left out.
    """
    trusted = set(trusted)
    at = _top(_parsed(presented[:_MOST_SENT]))
    roots = [c for c in _parsed(trusted) if c.issuer == c.subject]
    steps = [c for c in _parsed([*known, *trusted]) if c.issuer != c.subject]
    used: list[x509.Certificate] = []
    while at is not None and len(used) < _LONGEST:
        if used and any(_issued(at, root) for root in roots):
            return tuple(der for c in used if (der := c.public_bytes(Encoding.DER)) not in trusted)
        at = next((c for c in steps if c not in used and _issued(at, c)), None)
        used += [] if at is None else [at]
    return ()


def linked(presented: Sequence[bytes], trusted: Iterable[bytes]) -> bool:
    """Whether `presented` (leaf first) leads to one of `trusted`, by names and signatures. All DER."""
    top, anchors = _top(_parsed(presented[:_MOST_SENT])), _parsed(trusted)
    return top is not None and (top in anchors or any(_issued(top, anchor) for anchor in anchors))


def top_of(presented: Sequence[bytes]) -> bytes | None:
    """The last certificate that is reached from the leaf, the first of `presented`; None where none can be read. All DER."""
    top = _top(_parsed(presented[:_MOST_SENT]))
    return None if top is None else top.public_bytes(Encoding.DER)


def issued_by(below: bytes, issuer: bytes) -> bool:
    """Whether names and signature say so. Both DER."""
    parsed = _parsed([below, issuer])
    return len(parsed) == len((below, issuer)) and _issued(*parsed)


def _top(presented: Sequence[x509.Certificate]) -> x509.Certificate | None:
    """The last certificate that is reached from the leaf, by whatever order they were sent in."""
    if not presented:
        return None
    at, left = presented[0], list(presented[1:])
    while (above := next((c for c in left if _issued(at, c)), None)) is not None:
        left.remove(above)
        at = above
    return at


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _parsed(ders: Iterable[bytes]) -> list[x509.Certificate]:
    """Those that can be read."""
    found: list[x509.Certificate] = []
    for der in ders:
        with contextlib.suppress(ValueError):
            found.append(read_der(der))
    return found
