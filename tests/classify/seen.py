"""Observations and certificates as facts, made on the spot: no socket, no key, no clock."""

from datetime import UTC, datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import load
from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.failure import Phase
from probe.model.identity import IdentityFacts
from probe.model.network import Cause, Ended, Endpoint
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.tls import Alert, AlertFrom, TlsFacts

CATALOGUE: Final = load()
NOW: Final = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
ENDPOINT: Final = Endpoint(host="connector.internal", port=8443, server_name="connector.internal")
FILE: Final = "/etc/billing/tls/tls.crt"
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"


def certificate(subject: str = "CN=billing", **changes: object) -> Certificate:
    """A certificate that is valid at `NOW`, from our file unless changed."""
    facts: dict[str, object] = {
        "role": CertificateRole.CLIENT,
        "subject": subject,
        "issuer": "CN=Issuing",
        "serial": "4f1c",
        "not_before": NOW - 30 * DAY,
        "not_after": NOW + 30 * DAY,
        "sha256": subject.encode().hex(),
        "source": Source(SourceKind.FILE, FILE),
    }
    return Certificate(**(kinds(facts | changes) | changes))


def kinds(facts: dict[str, object]) -> dict[str, object]:
    """The facts with each alternative name under its kind."""
    san: tuple[str, ...] = facts.get("san", ())
    addresses = tuple(
        name
        for name in san
        if set(name) <= set("0123456789.") or (":" in name and set(name) <= set("0123456789abcdef:"))
    )
    dns_names = tuple(name for name in san if name not in addresses and ":" not in name)
    return facts | {"dns_names": dns_names, "addresses": addresses}


EXPIRED: Final = {"not_after": NOW - timedelta(minutes=2)}
EARLY: Final = {"not_before": NOW + timedelta(hours=3)}
AUTHORITY: Final = {"issuer": "CN=Root", "is_ca": True, "role": CertificateRole.INTERMEDIATE}


def issuer(subject: str = "CN=Issuing", **changes: object) -> Certificate:
    """An intermediate, issued by `CN=Root`."""
    return certificate(subject, **(AUTHORITY | changes))


def root(subject: str = "CN=Root", **changes: object) -> Certificate:
    """A self-issued CA."""
    return certificate(subject, **(AUTHORITY | {"issuer": subject, "self_issued": True} | changes))


def wire(subject: str = "CN=connector.internal", **changes: object) -> Certificate:
    """What the connector presents."""
    facts = {
        "role": CertificateRole.SERVER,
        "san": ("connector.internal",),
        "source": Source(SourceKind.WIRE, str(ENDPOINT)),
    }
    return certificate(subject, **(facts | changes))


def identity(*certificates: Certificate, **changes: object) -> IdentityFacts:
    """Our identity files; one valid leaf unless certificates are given."""
    facts: dict[str, object] = {
        "name": "billing",
        "certificate_path": FILE,
        "key_path": "/etc/billing/tls/tls.key",
        "certificates": certificates or (certificate(),),
    }
    return IdentityFacts(**(facts | changes))


def alert(number: int, *, fatal: bool = True, sender: AlertFrom = AlertFrom.PEER) -> Alert:
    """An alert; the name is of no concern to the tables."""
    return Alert(sender, number, f"alert_{number}", fatal)


def tls(*numbers: int, **changes: object) -> TlsFacts:
    """A finished TLS 1.3 handshake in which our certificate was asked for and sent, and the alerts after it."""
    facts: dict[str, object] = {
        "version": "TLSv1.3",
        "established": True,
        "client_certificate_requested": True,
        "client_certificate_sent": True,
        "alerts": tuple(alert(number) for number in numbers),
    }
    return TlsFacts(**(facts | changes))


NOTHING: Final = TlsFacts()


def cause(kind: str = "OSError", **facts: object) -> Cause:
    """One exception as plain values."""
    return Cause(kind=kind, text=f"{kind} happened", **facts)


def handshake(**changes: object) -> HandshakeObservation:
    """A completed pass with a ticket and a 200, unless changed."""
    facts: dict[str, object] = {
        "endpoint": ENDPOINT,
        "started_at": NOW,
        "phase": Phase.RECEIVE,
        "ended": Ended.COMPLETED,
        "tls": tls(session_ticket=True),
        "presented": (wire(),),
        "identity": identity(),
        "http": HttpAnswer(status=200, body="ok"),
        "http_path": "/healthz",
        "client_hello_sent": True,
        "bytes_received": 1200,
        "first_bytes": b"\x16\x03\x03",
    }
    return HandshakeObservation(**(facts | changes))


def ended(phase: Phase, how: Ended, **changes: object) -> HandshakeObservation:
    """A pass that ended early, without an answer."""
    return handshake(**({"phase": phase, "ended": how, "http": None} | changes))


def request(**changes: object) -> HttpObservation:
    """One HTTP request that was answered with 200, unless changed."""
    facts: dict[str, object] = {
        "endpoint": ENDPOINT,
        "started_at": NOW,
        "method": "GET",
        "path": "/status",
        "ended": Ended.COMPLETED,
        "phase": Phase.RECEIVE,
        "answer": HttpAnswer(status=200),
        "tls": tls(session_ticket=True),
    }
    return HttpObservation(**(facts | changes))


def call(**changes: object) -> StripeObservation:
    """One call of the SDK that gave an object, unless changed."""
    facts: dict[str, object] = {
        "endpoint": ENDPOINT,
        "started_at": NOW,
        "method": "v1.payment_intents.create",
        "writes": True,
        "ended": Ended.COMPLETED,
        "phase": Phase.RECEIVE,
        "http": HttpAnswer(status=200, body="{}"),
        "request_id": "req_1",
        "response": {"object": "payment_intent"},
        "tls": tls(session_ticket=True),
    }
    return StripeObservation(**(facts | changes))
