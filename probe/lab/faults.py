"""The switches of the lab: a closed list, each with the reason that the probe must give for it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Place(StrEnum):
    """What a switch changes."""

    IDENTITY = "identity"
    """The probe's own certificate and key, rewritten as one pair."""
    CONFIGURATION = "configuration"
    """The written `paypath.yaml`."""
    SERVER_CERTIFICATE = "server_certificate"
    ADMISSION = "admission"
    """Whom the connector lets in."""
    CONNECTION = "connection"
    """What the connector does with a new connection."""
    ANSWER = "answer"
    """What the connector does with a request instead of asking Stripe."""
    STRIPE = "stripe"
    """What the simulator answers, and whether it sends webhooks."""
    COMPANY = "company"
    """What the company's own endpoint for webhooks does."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch."""

    place: Place
    reason: str
    """What a probe must say; a finer reason below it is right too."""
    text: str


FAULTS: Final[Mapping[str, Fault]] = {
    "client-cert-expired": Fault(Place.IDENTITY, "tls.client_cert.expired", "our client certificate has expired"),
    "client-cert-not-yet-valid": Fault(
        Place.IDENTITY, "tls.client_cert.not_yet_valid", "our client certificate is not yet valid"
    ),
    "client-cert-missing": Fault(
        Place.CONFIGURATION,
        "tls.client_cert.missing",
        "no client certificate is configured, and the connector wants one",
    ),
    "client-cert-unknown-ca": Fault(
        Place.IDENTITY,
        "tls.client_cert.unknown_ca",
        "our client certificate is from a CA that the connector does not know",
    ),
    "client-cert-revoked": Fault(Place.IDENTITY, "tls.client_cert.revoked", "our client certificate is revoked"),
    "server-cert-expired": Fault(
        Place.SERVER_CERTIFICATE, "tls.server_cert.expired", "the connector's certificate has expired"
    ),
    "server-cert-unknown-ca": Fault(
        Place.SERVER_CERTIFICATE,
        "tls.server_cert.incomplete_or_unknown_ca",
        "the connector's certificate is from a CA that we do not trust",
    ),
    "server-cert-wrong-name": Fault(
        Place.SERVER_CERTIFICATE, "tls.server_cert.name_mismatch", "the connector's certificate is for another name"
    ),
    "connector-open": Fault(
        Place.ADMISSION, "connector.not_refused", "the connector also serves clients that show no certificate"
    ),
    "connector-down": Fault(Place.CONNECTION, "tcp.refused", "nothing listens at the connector's address"),
    "handshake-hang": Fault(
        Place.CONNECTION, "tls.handshake_timeout", "the connector accepts connections and never answers the handshake"
    ),
    "not-tls": Fault(Place.CONNECTION, "tls.not_tls", "the connector's port does not speak TLS"),
    "connector-hang": Fault(Place.ANSWER, "connector.timeout", "the connector takes requests and never answers"),
    "connector-close": Fault(
        Place.ANSWER, "connector.closed_after_handshake", "the connector hangs up instead of answering"
    ),
    "connector-502": Fault(Place.ANSWER, "connector.http_5xx", "the connector answers 502 to everything"),
    "connector-html": Fault(Place.ANSWER, "connector.protocol_error", "the connector answers 200 with an HTML page"),
    "connector-truncated": Fault(
        Place.ANSWER, "connector.protocol_error", "the connector's answers break off in the middle"
    ),
    "stripe-500": Fault(Place.STRIPE, "stripe.api_error", "Stripe answers 500"),
    "stripe-429": Fault(Place.STRIPE, "stripe.rate_limit_error", "Stripe answers 429: too many requests"),
    "stripe-401": Fault(Place.STRIPE, "stripe.authentication_error", "Stripe does not accept our test key"),
    "declined": Fault(Place.STRIPE, "charge.declined", "every card is declined"),
    "decline-ignored": Fault(Place.STRIPE, "charge.not_declined", "cards that must be declined are charged"),
    "wrong-amount": Fault(Place.STRIPE, "charge.wrong_amount", "another amount is charged than was asked for"),
    "live-mode": Fault(Place.STRIPE, "charge.live_mode", "answers come from live mode"),
    "key-ignored": Fault(
        Place.STRIPE, "charge.made_twice", "a request that is repeated with its idempotency key is carried out again"
    ),
    "refund-fails": Fault(Place.STRIPE, "charge.refund_failed", "refunds fail"),
    "webhooks-missing": Fault(
        Place.STRIPE, "charge.webhook_missing", "Stripe makes events and delivers no webhook of them"
    ),
    "webhook-forgery-accepted": Fault(
        Place.COMPANY, "charge.webhook_forgery_accepted", "the company's endpoint takes webhooks that nobody signed"
    ),
}


class Switches:
    """Which faults are on, in the order in which they were switched on; where two exclude each other, the later one is in force."""

    def __init__(self) -> None:
        """All off."""
        self._on: tuple[str, ...] = ()

    @property
    def on(self) -> tuple[str, ...]:
        """Names of all that are on, the latest last."""
        return self._on

    def set(self, name: str, on: bool) -> None:  # noqa: FBT001 - the state of a switch is a boolean
        """Flip one. Raises KeyError for a name that is no fault's."""
        if name not in FAULTS:
            raise KeyError(name)
        others = tuple(each for each in self._on if each != name)
        self._on = (*others, name) if on else others

    def restore(self, on: tuple[str, ...]) -> None:
        """Back to what `on` was."""
        self._on = on

    def in_force(self, names: Container[str]) -> str | None:
        """Which of `names` was switched on last; None where all are off."""
        return next((name for name in reversed(self._on) if name in names), None)

    def in_force_at(self, place: Place) -> str | None:
        """Which of a place's faults was switched on last; None where all are off."""
        return self.in_force(frozenset(name for name, fault in FAULTS.items() if fault.place is place))
