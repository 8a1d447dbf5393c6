"""Where a call is: its phase, since when, and how long that may still take."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp

from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.network import PhaseTiming
from probe.model.path import PhaseLimits
from probe.tls.evidence import Evidence


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came back, as far as it came."""

    status: int
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes = b""
    complete: bool = False
    """The whole body was read."""


class Progress:
    """The phases of one call as they pass. Each has its limit, and none may pass the deadline."""

    def __init__(
        self, *, clock: Clock, limits: PhaseLimits, deadline: float, first: Phase, before: Sequence[PhaseTiming] = ()
    ) -> None:
        """Begin with phase `first`, right after the phases `before`; `deadline` is a value of `clock.monotonic`."""
        self._clock = clock
        self._limits = limits
        self._deadline = deadline
        self._since = clock.monotonic()
        self._started = self._since - max((ran.offset_s + ran.duration_s for ran in before), default=0.0)
        self._timer: asyncio.Timeout | None = None
        self._timings: list[PhaseTiming] = [*before]
        self.phase = first
        self.sent = False
        """The head of the request went out."""
        self.answer: Answer | None = None
        self.http_method: str | None = None
        self.http_path: str | None = None
        """Set when the SDK has built its request."""

    def timer(self) -> asyncio.Timeout:
        """The timeout to act within: it moves with each phase, and is up when the limit or the deadline passes."""
        self._timer = asyncio.timeout_at(self._until())
        return self._timer

    @property
    def timed_out(self) -> bool:
        """Whether a limit has passed."""
        return self._timer is not None and self._timer.expired()

    def enter(self, phase: Phase) -> None:
        """A phase begins, and the one before ends. Nothing happens where it is the same."""
        if phase is self.phase:
            return
        self._close()
        self.phase = phase
        if self._timer is not None:
            self._timer.reschedule(self._until())

    def timings(self) -> tuple[PhaseTiming, ...]:
        """When each phase ran; the present one ends now."""
        self._close()
        return tuple(self._timings)

    def trace(self) -> aiohttp.TraceConfig:
        """What to give to an aiohttp session for it to tell its phases."""
        config: aiohttp.TraceConfig = aiohttp.TraceConfig()
        config.on_dns_resolvehost_end.append(self._resolved)
        config.on_connection_create_end.append(self._connected)
        config.on_request_headers_sent.append(self._head_sent)
        config.on_request_chunk_sent.append(self._body_sent)
        return config

    async def _resolved(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _event: object) -> None:
        self.enter(Phase.TCP)

    async def _connected(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _event: object) -> None:
        self.enter(Phase.SEND)

    async def _head_sent(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, event: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        self.sent = True
        if event.method.upper() != "POST":  # the SDK sends a body with POST alone
            self.enter(Phase.WAIT)

    async def _body_sent(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _event: object) -> None:
        self.enter(Phase.WAIT)

    def _until(self) -> float:
        """The moment of the loop's clock at which the present phase must have ended."""
        now = self._clock.monotonic()
        within = min(self._limits.limit_s(self.phase), self._deadline - now)
        return asyncio.get_running_loop().time() + within

    def _close(self) -> None:
        """Note the present phase's time up to now."""
        now = self._clock.monotonic()
        self._timings.append(
            PhaseTiming(phase=self.phase, offset_s=self._since - self._started, duration_s=now - self._since)
        )
        self._since = now


class TlsStarts(list[Evidence]):
    """The list of a recording: its growing is the one sign that a TLS handshake begins (aiohttp has no event for it)."""

    def __init__(self, progress: Progress) -> None:
        """Tell `progress` of each start."""
        super().__init__()
        self._progress = progress

    def append(self, evidence: Evidence) -> None:
        """A handshake begins."""
        self._progress.enter(Phase.TLS)
        super().append(evidence)
