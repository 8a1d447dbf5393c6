"""What handshakes, HTTP requests and Stripe calls have in common, so that one set of tables judges all three."""

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from probe.classify.own import NOT_READ, Own, examine
from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate
from probe.model.failure import Evidence, Hop, Phase, StripeError
from probe.model.icmp import IcmpWord
from probe.model.network import Cause, Ended, Endpoint, TcpFacts
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.tls import AlertFrom, TlsFacts, VerifyError
from probe.redact.leaving import leaving

_ALERT_REASONS: Final = {
    "SSLV3_ALERT_UNEXPECTED_MESSAGE": 10,
    "SSLV3_ALERT_BAD_RECORD_MAC": 20,
    "TLSV1_ALERT_RECORD_OVERFLOW": 22,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40,
    "SSLV3_ALERT_BAD_CERTIFICATE": 42,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": 43,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": 44,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": 45,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": 46,
    "SSLV3_ALERT_ILLEGAL_PARAMETER": 47,
    "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV1_ALERT_ACCESS_DENIED": 49,
    "TLSV1_ALERT_DECODE_ERROR": 50,
    "TLSV1_ALERT_DECRYPT_ERROR": 51,
    "TLSV1_ALERT_PROTOCOL_VERSION": 70,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": 71,
    "TLSV1_ALERT_INTERNAL_ERROR": 80,
    "TLSV1_ALERT_INAPPROPRIATE_FALLBACK": 86,
    "TLSV13_ALERT_MISSING_EXTENSION": 109,
    "TLSV1_UNSUPPORTED_EXTENSION": 110,
    "TLSV1_UNRECOGNIZED_NAME": 112,
    "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE": 113,
    "TLSV1_BAD_CERTIFICATE_HASH_VALUE": 114,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": 120,
}
"""OpenSSL's reason names of alerts received, where the message callback has kept no number (facts of OpenSSL 3.0)."""

ABOUT_CERTIFICATES: Final = frozenset({41, 42, 43, 44, 45, 46, 48, 49, 113, 114, 116})
"""Alerts by which a peer refuses our certificate, or asks for one (RFC 8446 6.2, RFC 6066 9)."""
_AFTER_HANDSHAKE: Final = frozenset({Phase.SEND, Phase.WAIT, Phase.RECEIVE})
_ETIMEDOUT: Final = 110
_GOOD: Final = range(200, 300)
_LONGEST_DETAIL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to get over a hop, from whatever kind of observation."""

    endpoint: Endpoint
    at: datetime
    """The moment at which dates are judged."""
    phase: Phase
    ended: Ended
    causes: tuple[Cause, ...] = ()
    tls: TlsFacts = field(default_factory=TlsFacts)
    presented: tuple[Certificate, ...] = ()
    built: tuple[Certificate, ...] = ()
    completing: tuple[Certificate, ...] = ()
    own: Own = NOT_READ
    http: HttpAnswer | None = None
    http_path: str | None = None
    hello_sent: bool = True
    """Our first word had gone out: the ClientHello, or what is said to a proxy in the clear."""
    bytes_received: int = 0
    first_bytes: bytes = b""
    tcp: TcpFacts | None = None
    """What the kernel knew of the connection when the wait ran out; None where it does not tell."""
    verify_code: int | None = None
    security_level: int | None = None
    unlinked: bool = False
    strict_objection: VerifyError | None = None
    refused: VerifyError | None = None
    listed: tuple[VerifyError, ...] = ()
    also_refused: tuple[VerifyError, ...] = ()
    """What a second connection has against the same certificate."""
    local_error: str | None = None
    tunnel_to: Endpoint | None = None
    """Set where this is the leg to a proxy, which was asked for a tunnel to here."""
    is_connector: bool = False
    """That proxy is the billing connector itself (`kind: proxy`), and the tunnel leads to Stripe."""
    through: Endpoint | None = None
    """The proxy that has made the tunnel which this goes through."""
    error_code_at: str | None = None
    """Where the connector's own JSON errors carry the customer-facing code; None: in the usual places."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """`connector-stripe`: what is told of the connector in the tables is about what stands behind it."""

    @property
    def names_a_site(self) -> bool:
        """Whether the handshake named the site that it wanted: an address is no server name (RFC 6066 3)."""
        try:
            ipaddress.ip_address(self.endpoint.server_name)
        except ValueError:
            return True
        return False

    @property
    def let_through(self) -> bool:
        """The proxy that was asked for a tunnel has made it."""
        made = self.ended is Ended.COMPLETED and self.http is not None and self.http.status in _GOOD
        return self.tunnel_to is not None and made

    @property
    def alert(self) -> int | None:
        """IANA number of the last fatal alert of the peer, or of the warning with which it hung up on our certificate."""
        said = [a for a in self.tls.alerts if a.sender is AlertFrom.PEER]
        seen = [a.number for a in said if a.fatal]
        by_name = [_ALERT_REASONS[c.ssl_reason] for c in self.causes if c.ssl_reason in _ALERT_REASONS]
        hung_up = self.answered and self.ended in {Ended.EOF, Ended.RESET}
        warned = [
            a.number for a in said if hung_up and a.number in ABOUT_CERTIFICATES
        ]  # RFC 5246 7.2.2 leaves the level open
        return next(iter((*reversed(seen), *by_name, *reversed(warned))), None)

    @property
    def our_alert(self) -> int | None:
        """IANA number of the fatal alert by which our own side ended the connection."""
        return next((a.number for a in self.tls.alerts if a.fatal and a.sender is AlertFrom.US), None)

    @property
    def errno(self) -> int | None:
        """The system's error number that lies deepest in the chain of causes."""
        return next((c.errno for c in reversed(self.causes) if c.errno is not None), None)

    @property
    def dns_code(self) -> int | None:
        """The c-ares status."""
        return next((c.dns_code for c in self.causes if c.dns_code is not None), None)

    @property
    def icmp(self) -> IcmpWord | None:
        """What was said on the way, by which a connection was refused."""
        return next((c.icmp for c in self.causes if c.icmp is not None), None)

    @property
    def ssl_reason(self) -> str | None:
        """OpenSSL's reason name."""
        return next((c.ssl_reason for c in self.causes if c.ssl_reason is not None), None)

    @property
    def over_tls(self) -> bool:
        """Our side had finished the handshake."""
        return self.tls.established or self.phase in _AFTER_HANDSHAKE

    @property
    def answered(self) -> bool:
        """The peer's request for a client certificate was answered, with one or with none."""
        return self.over_tls or self.tls.client_certificate_sent or self.tls.client_certificate_answered

    @property
    def judged(self) -> bool:
        """The peer's TLS layer is known to have judged our certificate, or there was none to judge.

        Under TLS 1.2 its Finished says so, under TLS 1.3 a session ticket or an answer does.
        """
        in_1_3 = self.tls.version == "TLSv1.3" and self.tls.client_certificate_requested is True
        return self.over_tls and (not in_1_3 or self.tls.session_ticket or self.http is not None)


def from_handshake(seen: HandshakeObservation, at: datetime) -> Attempt:
    """The attempt of a handshake, which knows our own files too; where its proxy did not let it through, the leg to the proxy."""
    return _blocked(seen, at) or beyond(seen, at)


def beyond(seen: HandshakeObservation, at: datetime) -> Attempt:
    """The attempt of the handshake itself, whatever became of the leg to its proxy."""
    return Attempt(
        endpoint=seen.endpoint,
        at=at,
        phase=seen.phase,
        ended=_ended(seen.ended, seen.causes),
        causes=seen.causes,
        tls=seen.tls,
        presented=seen.presented,
        built=seen.built,
        completing=seen.completing,
        own=examine(seen.identity, at),
        http=seen.http,
        http_path=seen.http_path,
        hello_sent=seen.client_hello_sent or seen.bytes_sent > 0,
        bytes_received=seen.bytes_received,
        tcp=seen.tcp,
        first_bytes=seen.first_bytes,
        verify_code=seen.verify_code or _verify_code(seen.causes),
        security_level=seen.security_level,
        unlinked=seen.unlinked,
        strict_objection=seen.strict_objection,
        refused=seen.refused,
        listed=seen.listed,
        also_refused=_second(seen),
        local_error=seen.local_error,
        tunnel_to=seen.tunnel_to,
        is_connector=seen.tunnel_to is not None,
        through=None if seen.proxy is None else seen.proxy.endpoint,
        hop=seen.hop,
    )


def _second(seen: HandshakeObservation) -> tuple[VerifyError, ...]:
    """The verify errors of a second connection, where it met the same certificate."""
    facts = seen.diagnostics
    same = facts is not None and [c.sha256 for c in facts.presented[:1]] == [c.sha256 for c in seen.presented[:1]]
    return facts.verify_errors if facts is not None and same else ()


def from_call(seen: HttpObservation | StripeObservation, at: datetime) -> Attempt:
    """The attempt of a request; aiohttp does not tell TCP from TLS, and our own files are not known here."""
    if (blocked := _blocked(seen, at)) is not None:
        return blocked
    if isinstance(seen, StripeObservation):
        presented, http, asked = seen.presented, seen.http, seen.method
    else:
        presented, http, asked = (), seen.answer, seen.path
    return Attempt(
        endpoint=seen.endpoint,
        at=at,
        phase=seen.phase,
        ended=_ended(seen.ended, seen.causes),
        causes=seen.causes,
        tls=seen.tls,
        presented=presented,
        http=http,
        http_path=asked,
        verify_code=_verify_code(seen.causes),
        through=None if seen.proxy is None else seen.proxy.endpoint,
        hop=seen.hop,
    )


def leg(seen: HandshakeObservation | HttpObservation | StripeObservation, at: datetime) -> Attempt | None:
    """The attempt to be let through by the proxy; None where there is none."""
    return None if seen.proxy is None else replace(beyond(seen.proxy, at), tunnel_to=seen.endpoint)


def _blocked(seen: HandshakeObservation | HttpObservation | StripeObservation, at: datetime) -> Attempt | None:
    """The leg to the proxy, where it is what went wrong, or an identity for it cannot be used."""
    there = leg(seen, at)
    return None if there is None or (there.let_through and there.own.fault is None) else there


def evidence(attempt: Attempt, *, observed_code: int | None = None, stripe: StripeError | None = None) -> Evidence:
    """The raw facts behind a failure of this attempt."""
    detail = attempt.local_error or " <- ".join(f"{c.kind}: {c.text}" for c in attempt.causes)
    if attempt.tcp is not None:
        detail = "; ".join(part for part in (detail.rstrip(": "), _counted(attempt.tcp)) if part)
    return Evidence(
        verify_code=attempt.verify_code,
        alert=attempt.alert,
        errno=attempt.errno,
        http_status=attempt.http.status if attempt.http else None,
        observed_code=observed_code,
        stripe=stripe,
        bytes_received=attempt.bytes_received,
        detail=leaving(detail)[:_LONGEST_DETAIL],
    )


def _counted(tcp: TcpFacts) -> str:
    return (
        f"TCP: of our bytes {tcp.acknowledged} acknowledged, {tcp.unacknowledged} not, after {tcp.tries_in_vain} repetitions in a row; "
        f"{tcp.received} received in order{', others out of order' if tcp.gap else ''}"
    )


def _verify_code(causes: tuple[Cause, ...]) -> int | None:
    return next((c.verify_code for c in causes if c.verify_code), None)


def _ended(ended: Ended, causes: tuple[Cause, ...]) -> Ended:
    """The kernel's own ETIMEDOUT is a wait that ran out, too."""
    return Ended.TIMED_OUT if ended is Ended.ERROR and any(c.errno == _ETIMEDOUT for c in causes) else ended
