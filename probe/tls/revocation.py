"""What the revocation lists of a path say of a chain, certificate by certificate.

OpenSSL is told to check the peer's own certificate alone: checking all of a chain would refuse every one for which a single list
is missing, and names neither the depth nor what else is true. So the issuers are looked up here, as far as there are lists of them.
"""

import contextlib
import hashlib
import itertools
import re
import ssl
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from probe.tls.foreign import foreign_der, read_der

NO_LIST: Final = 3
NOT_YET_VALID: Final = 11
OUT_OF_DATE: Final = 12
REVOKED: Final = 23
"""X509_V_ERR numbers: what OpenSSL calls the same."""

_LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----")
_KEPT: Final = 256
"""Chains whose entries are remembered, for each set of lists: looking one up costs a walk through the whole list."""
_by_context: Final = weakref.WeakKeyDictionary[ssl.SSLContext, "Lists"]()


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that the lists say, or do not say, of a certificate."""

    code: int
    depth: int
    """0 for the peer's own certificate, 1 for its issuer, and so on up."""
    der: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the lists of its issuer hold about one certificate."""

    revoked: bool
    spans: tuple[tuple[datetime, datetime | None], ...]
    """thisUpdate and nextUpdate of each list."""


class IssuerRevokedError(ssl.SSLCertVerificationError):
    """An issuer of the peer's certificate is revoked. OpenSSL, which had accepted the chain, was not asked about it."""

    def __init__(self) -> None:
        """Looks like OpenSSL's own refusal."""
        super().__init__(1, "certificate revoked (an issuer of the peer's certificate)")
        self.verify_code = REVOKED
        self.verify_message = "certificate revoked"


class Lists:
    """The revocation lists of one file."""

    def __init__(self, pem: bytes) -> None:
        """Nothing is parsed before it is needed."""
        self._pem = pem
        self._parsed: list[x509.CertificateRevocationList] | None = None
        self._known: OrderedDict[bytes, tuple[_Entry, ...]] = OrderedDict()

    def said_of(self, built: Sequence[bytes], at: datetime) -> tuple[Listed, ...]:
        """What they say at `at` of a chain (DER, leaf first) as verification built it; nothing of its last one, whose issuer is not in it."""
        return tuple(
            Listed(code, depth, built[depth])
            for depth, entry in enumerate(self._entries(built))
            for code in _codes(entry, at)
        )

    def _entries(self, built: Sequence[bytes]) -> tuple[_Entry, ...]:
        digest = hashlib.blake2b(b"".join(built)).digest()
        if digest not in self._known:
            self._known[digest] = tuple(self._looked_up(built))
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[digest]

    def _looked_up(self, built: Sequence[bytes]) -> Iterator[_Entry]:
        try:
            chain = [read_der(der) for der in built]
        except ValueError:  # OpenSSL reads more than `cryptography` does
            return
        for certificate, issuer in itertools.pairwise(chain):
            lists = [one for one in self._all() if _is_of(one, issuer)]
            revoked = any(one.get_revoked_certificate_by_serial_number(certificate.serial_number) for one in lists)
            yield _Entry(revoked, tuple((one.last_update_utc, one.next_update_utc) for one in lists))

    def _all(self) -> list[x509.CertificateRevocationList]:
        if self._parsed is None:
            self._parsed = []
            for pem in _LIST.findall(self._pem):
                with contextlib.suppress(ValueError), foreign_der():
                    self._parsed.append(x509.load_pem_x509_crl(pem))
            self._pem = b""
        return self._parsed


def keep_lists(context: ssl.SSLContext, pem: bytes) -> None:
    """Remember the lists that `context` verifies with, for as long as it lives."""
    _by_context[context] = Lists(pem)


def lists_of(context: ssl.SSLContext) -> Lists | None:
    """The lists that `context` verifies with; None where it was given none."""
    return _by_context.get(context)


def _codes(entry: _Entry, at: datetime) -> Iterator[int]:
    """A list that is out of date still says who was revoked."""
    if entry.revoked:
        yield REVOKED
    if not entry.spans:
        yield NO_LIST
    elif not any(begin <= at and (end is None or at <= end) for begin, end in entry.spans):
        yield OUT_OF_DATE if any(begin <= at for begin, _ in entry.spans) else NOT_YET_VALID


def _is_of(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether `issuer` has signed the list: a CA that was given a new key keeps its name."""
    try:
        with foreign_der():
            return found.issuer == issuer.subject and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, UnsupportedAlgorithm):
        return False
