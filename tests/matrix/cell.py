"""One cell of the matrix: a fault, at a server, under a TLS version, and the reason that must be given."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.matrix.fleet.door import Door


class Kind(StrEnum):
    """What is at fault; the sections of the published table."""

    NOTHING = "nothing: the path is healthy"
    SERVER_CERTIFICATE = "the server's certificate"
    CLIENT_CERTIFICATE = "the client certificate"
    OWN_FILES = "our own files and settings"
    PROTOCOL = "the protocol"
    NETWORK = "the network"
    NAMES = "name lookup"
    ANSWER = "the answer after the handshake"


@dataclass(frozen=True, slots=True)
class Spot:
    """A fault of the injector, by the name that `tests.matrix.injector` knows it by."""

    name: str
    tls: str = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Identity files by name in the directory of `own_files`, where a material's pair will not do."""

    certificate: str
    key: str
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the probe brings to a cell."""

    identity: str | Files | None = "good"
    """A client of the material, or files of our own; None: no identity is configured."""
    trust: str = "trust"
    """`trust`, `early_trust` or the name of one of `own_files`."""
    crl: str | None = None
    """Which list the path verifies with: `crl`, `stale_crl`, `other_crl`."""
    strict: bool = False
    security_level: int | None = None
    tls_min: str = "1.2"
    tls_max: str | None = None
    ciphers: str | None = None
    alpn: tuple[str, ...] = ()
    server_name: str = "localhost"
    host: str = "127.0.0.1"
    limits: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase, for cells in which the peer keeps silent."""
    required: bool = False
    """`handshake: {client_certificate: required}`."""
    health_path: bool = False
    """Ask for a path that must answer 2xx, as a configured `health_path` must; otherwise any answer below 500 passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the product must say; None as a reason: that the path is healthy."""

    reason: str | None
    confidence: str | None = None
    """None: not held to."""
    also: frozenset[str] | None = None
    warnings: frozenset[str] = frozenset()
    subject: str | None = None
    """Common name of the certificate that must be pointed at."""
    general_because: str | None = None
    """Why only a general reason can be given here; None: the reason is the exact one."""
    or_else: frozenset[str] = frozenset()
    """Reasons that are as true: two ends of a connection that race each other."""
    knowable: bool = True
    """The fault is disclosed by the server, or stands in our own files; a general reason then counts against us."""
    unknown: bool = False
    """The outcome is unknown rather than failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of the data."""

    kind: Kind
    fault: str
    server: str
    tls: str
    at: Door | Spot
    client: Client = Client()
    expected: Expected

    @property
    def name(self) -> str:
        """Unique, for people: `nginx, TLS 1.3: expired`."""
        return f"{self.server}, TLS {self.tls}, {self.kind.name.lower()}: {self.fault}"


OwnFiles = Mapping[str, pathlib.Path]
