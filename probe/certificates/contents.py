"""What one file holds, as far as certificates go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from probe.model.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Found:
    """One certificate or revocation list of a file."""

    certificate: Certificate
    key_beside: bool = False
    """Its private key stands in the same file."""

    def fits(self, keys: Collection[str | None]) -> bool:
        """Whether it is a leaf with one of these keys."""
        key = self.certificate.public_key_sha256
        return key is not None and not self.certificate.is_ca and key in keys


@dataclass(frozen=True, slots=True)
class Reference:
    """Another file that the file names, as a kubeconfig does."""

    file: str
    """Absolute."""
    what: str
    """What it is to the one that names it, for people."""
    ours: bool = False
    """A private key goes with it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything found, and everything that stands in the way: a broken certificate does not hide the others of its file."""

    found: tuple[Found, ...] = ()
    faults: tuple[str, ...] = ()
    """What is wrong, without the file's name."""
    references: tuple[Reference, ...] = ()
    keys: frozenset[str] = frozenset()
    """`public_key_sha256` of each private key that could be read."""
    passed_over: str | None = None
    """Why OpenSSL does not read all of it, where it is PEM; for what OpenSSL has to read."""
    other: str | None = None
    """The file is in order and holds no certificate: what it holds instead."""
    as_of: datetime | None = None
    """When `found` was seen last, where the file cannot be read now; None: it is what the file holds."""
    store: bool = False
    """By its first bytes it is a key store, whatever it is called: what is wrong with it is worth telling in any case."""
