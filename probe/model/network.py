"""Where a hop leads, and what became of an action on the network: how it ended, how long it took, and why, as plain values."""

from dataclasses import dataclass
from enum import StrEnum

from probe.model.failure import Phase
from probe.model.icmp import IcmpWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a hop leads."""

    host: str
    """A name, an IP address, or the absolute path of a unix socket."""
    port: int
    """0 for a unix socket."""
    server_name: str
    """Sent as SNI (where it is a name) and verified: without the last dot of a name that is written whole (RFC 6066 3)."""

    def __post_init__(self) -> None:
        """`connector.internal.` is looked up as it stands, and called `connector.internal` in TLS and by its certificate."""
        object.__setattr__(self, "server_name", self.server_name.removesuffix("."))

    @property
    def local(self) -> bool:
        """A unix socket of this machine."""
        return self.host.startswith("/")

    def __str__(self) -> str:
        """`host:port`, with brackets around an IPv6 address; of a unix socket its path."""
        if self.local:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Ended(StrEnum):
    """How a network action ended."""

    COMPLETED = "completed"
    TIMED_OUT = "timed_out"
    """A limit passed while we waited for the other side."""
    EOF = "eof"
    """The peer closed its side before it was due."""
    RESET = "reset"
    """ECONNRESET or EPIPE."""
    ERROR = "error"
    """Anything else; `causes` says what."""
    NOT_STARTED = "not_started"
    """Nothing was sent: our own set-up (a TLS context that cannot be built) stood in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One exception of a chain, outermost first, as plain values."""

    kind: str
    """Class name without module: `SSLCertVerificationError`."""
    text: str
    """Redacted; for people, never for decisions."""
    errno: int | None = None
    verify_code: int | None = None
    ssl_reason: str | None = None
    """OpenSSL's reason name, `TLSV1_ALERT_UNKNOWN_CA`."""
    icmp: IcmpWord | None = None
    """Who on the way said that it cannot be, where somebody did."""
    dns_code: int | None = None
    """c-ares status (aiodns): 1 NODATA, 3 SERVFAIL, 4 NXDOMAIN, 6 REFUSED, 11 unreachable, 12 timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTiming:
    """When a phase ran, relative to the start of the observation. Seconds."""

    phase: Phase
    offset_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpFacts:
    """What the kernel knew of a connection when a wait on it had run out."""

    acknowledged: int
    """Bytes of ours that the other side's TCP has acknowledged."""
    unacknowledged: int
    """Bytes of ours that were sent and not acknowledged."""
    tries_in_vain: int
    """How often in a row the oldest of them were sent again without an answer."""
    acknowledged_beyond: bool = False
    """Later bytes of ours were acknowledged, earlier ones not (SACK)."""
    largest_segment: int = 0
    """Bytes that we put into one packet."""
    received: int = 0
    """Bytes of theirs that came in order."""
    gap: bool = False
    """Packets came, and the first one of all did not: nothing could be read of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Addresses of one family that could not be looked up, where every address of a name was wanted and the other family's were found."""

    endpoint: Endpoint
    """Whose name was looked up."""
    record: str
    """`A` or `AAAA`."""
    ended: Ended
    causes: tuple[Cause, ...] = ()
