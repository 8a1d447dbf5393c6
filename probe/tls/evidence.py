"""What a TLS connection said, kept per connection as it happens, also when the handshake fails.

`record_on(context)` makes every connection of the context keep an `Evidence`, whoever opens it: `TlsStream`, asyncio or
aiohttp under the Stripe SDK. OpenSSL's message callback hands over the connection that it speaks of, so evidence never
mixes between concurrent handshakes (measured with 400 at a time).
"""

import contextlib
import contextvars
import ssl
from collections.abc import Iterator
from typing import Final, Protocol, Self, cast

from probe.model.tls import NOTHING_SAID, Alert, AlertFrom, TlsFacts
from probe.tls import messages
from probe.tls.alerts import alert_from_bytes
from probe.tls.names import rfc4514

_US: Final = AlertFrom.US
_PEER: Final = AlertFrom.PEER
_ALERT_RECORD: Final = 21
_HANDSHAKE_RECORD: Final = 22
_TELLING: Final = frozenset(
    {
        messages.SERVER_HELLO,
        messages.NEW_SESSION_TICKET,
        messages.CERTIFICATE,
        messages.SERVER_KEY_EXCHANGE,
        messages.CERTIFICATE_REQUEST,
        messages.SERVER_HELLO_DONE,
        messages.FINISHED,
        messages.COMPRESSED_CERTIFICATE,
    }
)
"""Handshake messages out of which something is noted."""
_DER: Final = 2
"""`_ssl.ENCODING_DER`."""


class Evidence:
    """The record of one TLS connection, filled in while it lives; it outlives the connection."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.server_side = False
        self.alerts: list[Alert] = []
        self.presented: tuple[bytes, ...] = ()
        """DER of what the peer sent, leaf first, also when verification failed."""
        self.built: tuple[bytes, ...] = ()
        """DER of the chain that verification built, as far as it got."""
        self.peer_gone = False
        """Set by the owner of the socket at EOF: what OpenSSL says to that is said to nobody, and not kept."""
        self.established = False
        self.session_ticket = False
        """A NewSessionTicket came by: under TLS 1.3 the server's TLS layer has accepted us."""
        self.certificate_requested: bool | None = None
        self._version = 0
        self._group: int | None = None
        self._cipher: str | None = None
        self._alpn: str | None = None
        self._resumed = False
        self._client_certificate_sent = False
        self._client_certificate_answered = False
        self._acceptable: tuple[bytes, ...] = ()

    @property
    def tls_1_3(self) -> bool:
        """Whether TLS 1.3 was chosen."""
        return self._version == messages.TLS_1_3

    @property
    def fatal_alert(self) -> Alert | None:
        """The first fatal alert, whoever sent it."""
        return next((alert for alert in self.alerts if alert.fatal), None)

    def facts(self) -> TlsFacts:
        """What is known by now, as plain values."""
        return TlsFacts(
            version=messages.VERSIONS.get(self._version),
            cipher=self._cipher,
            group=None if self._group is None else messages.GROUPS.get(self._group, f"group_{self._group}"),
            alpn=self._alpn,
            resumed=self._resumed,
            established=self.established,
            client_certificate_requested=self.certificate_requested,
            client_certificate_sent=self._client_certificate_sent,
            client_certificate_answered=self._client_certificate_answered,
            acceptable_cas=tuple(rfc4514(name) for name in self._acceptable),
            session_ticket=self.session_ticket,
            alerts=tuple(self.alerts),
        )

    def alert(self, sender: AlertFrom, data: bytes) -> None:
        """Note an alert by its two bytes."""
        seen = alert_from_bytes(data, sender)
        if seen is not None and not (self.peer_gone and sender is _US):
            self.alerts.append(seen)

    def message(self, sender: AlertFrom, message: bytes) -> None:
        """Note a handshake message, header included."""
        kind, from_server = message[0], (sender is _US) == self.server_side
        if kind not in _TELLING:
            return
        with contextlib.suppress(messages.MalformedMessageError):  # OpenSSL refuses it by itself
            if from_server:
                self._server_message(kind, message)
            elif kind == messages.CERTIFICATE:
                self._client_certificate_answered = True
                self._client_certificate_sent = messages.has_certificate(message, self._version)
            elif kind == messages.COMPRESSED_CERTIFICATE:
                self._client_certificate_answered = True
                self._client_certificate_sent = messages.has_compressed_certificate(message)

    def _server_message(self, kind: int, message: bytes) -> None:
        match kind:
            case messages.SERVER_HELLO:
                hello = messages.server_hello(message)
                self._version = hello.version
                self._group = hello.group
            case messages.SERVER_KEY_EXCHANGE:
                self._group = messages.key_exchange_group(message)
            case messages.CERTIFICATE_REQUEST:
                self.certificate_requested = True
                self._acceptable = messages.acceptable_names(message, self._version)
            case messages.NEW_SESSION_TICKET:
                self.session_ticket = True
            case messages.CERTIFICATE | messages.COMPRESSED_CERTIFICATE if self.tls_1_3:
                self._no_more_requests()  # under 1.3 a request comes before the certificate, under 1.2 after it
            case messages.SERVER_HELLO_DONE | messages.FINISHED:
                self._no_more_requests()
            case _:
                pass

    def _no_more_requests(self) -> None:
        if self.certificate_requested is None:
            self.certificate_requested = False

    def finished(self, connection: ssl.SSLObject) -> None:
        """Note what was negotiated, right after the handshake."""
        self.established = True
        cipher = connection.cipher()
        self._cipher = None if cipher is None else cipher[0]
        self._alpn = connection.selected_alpn_protocol()
        self._resumed = bool(connection.session_reused)


class _Chains(Protocol):
    """The part of `_ssl._SSLSocket` that is public from Python 3.13 on and there, unnamed, since 3.10."""

    def get_unverified_chain(self) -> "list[_Parsed | None] | None": ...

    def get_verified_chain(self) -> "list[_Parsed | None] | None": ...


class _Parsed(Protocol):
    def public_bytes(self, encoding: int) -> bytes: ...


class RecordingObject(ssl.SSLObject):
    """An `SSLObject` that keeps its evidence; set as `context.sslobject_class` by `record_on`."""

    evidence: Evidence

    def __new__(cls) -> Self:
        """Begin the evidence, and tell the recording that is open in this task, if any."""
        self = super().__new__(cls)
        self.evidence = Evidence()
        open_recording = _recording.get()
        if open_recording is not None:
            open_recording.evidence.append(self.evidence)
        return self

    def do_handshake(self) -> None:
        """Shake hands, and keep the chains whether it succeeds or not."""
        self.evidence.server_side = self.server_side
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            self._keep_chains()
            raise
        self._keep_chains()
        self.evidence.finished(self)

    def _keep_chains(self) -> None:
        """Copy both chains: asyncio drops this object on a failure, and its chains with it."""
        chains = cast("_Chains", self._sslobj)  # type: ignore[attr-defined]  # the one way on 3.11 and 3.12
        self.evidence.presented = _ders(chains.get_unverified_chain())
        self.evidence.built = _ders(chains.get_verified_chain())


def _ders(chain: "list[_Parsed | None] | None") -> tuple[bytes, ...]:
    """DER of each; on a server whose client sent no certificate the chain is `[None]` (measured on 3.11)."""
    return tuple(certificate.public_bytes(_DER) for certificate in chain or () if certificate is not None)


def record_on(context: ssl.SSLContext) -> None:
    """Make every connection of `context` keep its evidence. Call it once, right after making the context."""
    context.sslobject_class = RecordingObject
    # Alerts by number come no other way (facts measured on 3.11 to 3.13). Set below `ssl.SSLContext`, whose own setter
    # turns every number of 46 calls into an enum: a tenth of a whole handshake (measured).
    super(ssl.SSLContext, ssl.SSLContext)._msg_callback.__set__(context, _on_message)  # type: ignore[misc]


def _on_message(  # OpenSSL's signature
    connection: object, direction: str, _version: int, content_type: int, message_type: int, data: bytes
) -> None:
    """Sort one message into the evidence of its connection. Must not raise: that would fail the handshake."""
    if content_type == _HANDSHAKE_RECORD:
        if message_type in _TELLING and data and isinstance(connection, RecordingObject):
            connection.evidence.message(_US if direction == "write" else _PEER, data)
    elif content_type == _ALERT_RECORD and isinstance(connection, RecordingObject):
        connection.evidence.alert(_US if direction == "write" else _PEER, data)


class Recording:
    """The evidence of every TLS connection opened while `recording()` was open in this task or its children."""

    def __init__(self) -> None:
        """Start empty."""
        self.evidence: list[Evidence] = []

    @property
    def last(self) -> Evidence | None:
        """The newest connection's evidence: the one that the outcome is about."""
        return self.evidence[-1] if self.evidence else None

    def facts(self) -> TlsFacts:
        """The newest connection's facts; empty facts where none was opened."""
        return NOTHING_SAID if self.last is None else self.last.facts()

    @property
    def presented(self) -> tuple[bytes, ...]:
        """DER of what the newest connection's peer presented, leaf first."""
        return () if self.last is None else self.last.presented


_recording: contextvars.ContextVar[Recording | None] = contextvars.ContextVar("recording", default=None)


@contextlib.contextmanager
def recording() -> Iterator[Recording]:
    """Collect the evidence of what is opened inside, also by libraries that hide their connections (aiohttp)."""
    record = Recording()
    token = _recording.set(record)
    try:
        yield record
    finally:
        _recording.reset(token)
