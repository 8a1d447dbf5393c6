"""An inventory of files made on the spot, and short words for what it says."""

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import serialization

from probe.certificates.inventory import Inventory
from probe.certificates.parse import certificate_from_der
from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, Identity, PaymentPath, Watch
from probe.model.tls import TlsFacts
from probe.model.watch import WatchedCertificate

NOW: Final = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
THRESHOLDS: Final = (30 * 86400.0, 14 * 86400.0)
ENDPOINT: Final = Endpoint(host="connector.test", port=8443, server_name="connector.test")
WIRE: Final = Source(SourceKind.WIRE, str(ENDPOINT))
TRUST: Final = Source(SourceKind.FILE, "the system's trust store")


def long_after() -> int:
    """A clock of the file systems by which every file was written long ago."""
    return 1 << 62


@dataclass
class Stock:
    """A directory, a public key infrastructure, and inventories of both."""

    directory: pathlib.Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def __post_init__(self) -> None:
        """Make the CAs: a root, and an intermediate that issues."""
        self.root = Authority.root("Root", now=NOW)
        self.issuing = self.root.intermediate("Issuing")
        self.server = self.issuing.issue("connector.test", san=["connector.test"], usages=[SERVER_AUTH])

    def write(self, name: str, content: bytes) -> pathlib.Path:
        """A file below the directory."""
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def identity(self, issued: Issued, name: str = "billing", **changes: object) -> Identity:
        """Write both files of an identity."""
        files = self.directory / f"{name}.crt", self.directory / f"{name}.key"
        issued.write(*files)
        return Identity(**({"name": name, "certificate": files[0], "private_key": files[1]} | changes))  # type: ignore[arg-type]  # a test's shorthand

    def path(self, name: str = "billing", **connector: object) -> PaymentPath:
        """A path whose connector is never asked."""
        facts: dict[str, object] = {"url": "https://connector.test:8443", "endpoint": ENDPOINT}
        return PaymentPath(name=name, connector=Connector(**(facts | connector)))  # type: ignore[arg-type]  # likewise

    def inventory(
        self,
        *watches: Watch | str | pathlib.Path,
        paths: Sequence[PaymentPath] = (),
        identities: Sequence[Identity] = (),
        remembered: Sequence[WatchedCertificate] = (),
        now_ns: Callable[[], int] = long_after,
    ) -> Inventory:
        """One that has not looked at a file yet."""
        return Inventory(
            paths=paths,
            identities=identities,
            watches=[watch if isinstance(watch, Watch) else Watch(files=str(watch)) for watch in watches],
            thresholds_s=THRESHOLDS,
            clock=self.clock,
            remembered=remembered,
            now_ns=now_ns,
        )

    def watched(self, *watches: Watch | str | pathlib.Path) -> tuple[WatchedCertificate, ...]:
        """What a first look at them says."""
        inventory = self.inventory(*watches)
        inventory.scan()
        return inventory.entries()

    def handshake(
        self, *, verified: bool = True, server: Issued | None = None, trust: Source = TRUST, **changes: object
    ) -> HandshakeObservation:
        """What a run sees: the server's leaf and its issuer, and where it verified also the root, out of our trust."""
        issued = server or self.server
        presented = tuple(fact(one, WIRE) for one in (issued.certificate, *issued.chain))
        facts: dict[str, object] = {
            "endpoint": ENDPOINT,
            "started_at": self.clock.now(),
            "phase": Phase.TLS,
            "ended": Ended.COMPLETED if verified else Ended.ERROR,
            "tls": TlsFacts(established=verified),
            "presented": presented,
            "built": (*presented, fact(self.root.issued.certificate, trust)) if verified else (),
        }
        return HandshakeObservation(**(facts | changes))  # type: ignore[arg-type]  # likewise


def der(issued: Issued | Authority) -> bytes:
    """The certificate itself."""
    one = issued.issued if isinstance(issued, Authority) else issued
    return one.certificate.public_bytes(serialization.Encoding.DER)


def fact(certificate: object, source: Source) -> Certificate:
    """A parsed certificate as facts."""
    return certificate_from_der(certificate.public_bytes(serialization.Encoding.DER), source=source)  # type: ignore[attr-defined]  # an x509.Certificate


def subjects(entries: Sequence[WatchedCertificate]) -> list[str]:
    """Subjects in the inventory's order; of what is unreadable its words."""
    return [entry.certificate.subject if entry.certificate else entry.unreadable or "" for entry in entries]


def only(entries: Sequence[WatchedCertificate], subject: str) -> WatchedCertificate:
    """The one entry of this subject."""
    (found,) = [entry for entry in entries if entry.certificate is not None and entry.certificate.subject == subject]
    return found


def places(entry: WatchedCertificate) -> list[tuple[str, str]]:
    """Where it was seen: how it is held there, and where."""
    return [(sighting.held.value, sighting.source.location) for sighting in entry.seen]
