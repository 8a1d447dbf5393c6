"""What two TLS stacks cannot agree on, and what is no TLS at all."""

from collections.abc import Iterator

from tests.matrix.cell import Cell, Client, Expected, Kind, Spot
from tests.matrix.fleet.door import Door, Room
from tests.matrix.injector import BROKEN, FOREIGN
from tests.matrix.material import NOT_SERVED
from tests.matrix.servers import (
    ANY,
    APACHE,
    ENVOY,
    GO,
    HAPROXY,
    INJECTOR,
    NGINX,
    PYTHON,
    REAL,
    S_SERVER,
    STUNNEL,
    VERSIONS,
)

_EC_ONLY = "ECDHE-RSA-AES128-GCM-SHA256"
"""A cipher for RSA keys: the servers have EC keys."""
_OTHER = {"1.2": "1.3", "1.3": "1.2"}
_NO_PARAMS = Expected(reason="tls.no_shared_cipher_or_params", confidence="peer_alert")
_NAMED = Expected(reason="tls.sni_refused", confidence="peer_alert")
_ALPN = Expected(reason="tls.alpn_mismatch", confidence="peer_alert")
_FINE = Expected(reason=None)
_HANGS_UP = Expected(
    reason="tls.reset_by_peer",
    or_else=frozenset({"tls.closed_by_peer"}),
    general_because="Envoy hangs up without an alert where no filter chain has the name",
    knowable=False,
)

ALERTS = {
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}
"""Every alert that IANA has assigned (TLS Alerts), close_notify aside."""

_ALWAYS = {70: "tls.protocol_version", 80: "tls.peer_internal_error", 112: "tls.sni_refused", 120: "tls.alpn_mismatch"}
AT_HELLO = _ALWAYS | {40: "tls.no_shared_cipher_or_params", 71: "tls.no_shared_cipher_or_params"}
"""An alert in answer to our ClientHello; all others are `tls.alert.NAME`."""
AFTER_CERTIFICATE = _ALWAYS | {
    42: "tls.client_cert.rejected",
    43: "tls.client_cert.rejected",
    44: "tls.client_cert.revoked",
    45: "tls.client_cert.rejected_as_expired",
    46: "tls.client_cert.rejected",
    48: "tls.client_cert.unknown_ca",
    49: "tls.client_cert.access_denied",
    113: "tls.client_cert.rejected",
    114: "tls.client_cert.rejected",
}
"""An alert in answer to our certificate, which is in date and for clients."""
WITHOUT_CERTIFICATE = _ALWAYS | {
    40: "tls.client_cert.missing",
    41: "tls.client_cert.missing",
    42: "tls.client_cert.missing",
    49: "tls.client_cert.access_denied",
    116: "tls.client_cert.missing",
}
"""An alert where one was asked for, and we sent none."""
EXPIRED = (
    _ALWAYS
    | dict.fromkeys((40, 42, 45, 46), "tls.client_cert.expired")
    | {
        43: "tls.client_cert.rejected",
        44: "tls.client_cert.revoked",
        48: "tls.client_cert.unknown_ca",
        49: "tls.client_cert.access_denied",
        113: "tls.client_cert.rejected",
        114: "tls.client_cert.rejected",
    }
)
"""An alert in answer to our certificate, which has expired."""

SITUATIONS = (
    ("after our certificate", "good", AFTER_CERTIFICATE),
    ("after no certificate", None, WITHOUT_CERTIFICATE),
    ("after our expired certificate", "expired", EXPIRED),
)


def alert_spot(number: int, tls: str) -> Spot:
    """Where the injector sends this alert; `any`: in answer to the ClientHello."""
    return Spot(f"alert {number}", tls)


def foreign_spot(name: str, *, first: bool) -> Spot:
    """Where the injector is another kind of server; `first`: one that speaks first."""
    return Spot(f"{name}, speaking first" if first else name)


WARNING_45 = Spot("a warning 45 in answer to our certificate, and the end", "1.2")
RETRY_40 = Spot("a HelloRetryRequest, then alert 40", "1.3")
WARNING_112 = "a warning 112 first, and then all is well"
ODD = (
    (WARNING_45, "good", Expected(reason="tls.client_cert.rejected_as_expired", confidence="peer_alert")),
    (WARNING_45, "expired", Expected(reason="tls.client_cert.expired", confidence="proven")),
    (RETRY_40, "good", Expected(reason="tls.alert.handshake_failure", confidence="peer_alert", also=frozenset())),
    *((Spot(WARNING_112, tls), "good", Expected(reason=None)) for tls in VERSIONS),
)
"""Alerts where few peers send them: where, our certificate, and what is expected."""


def cells() -> Iterator[Cell]:
    """All of the protocol."""
    for spot, identity, expected in ODD:
        fault = f"{spot.name} ({identity})"
        yield _cell(fault, INJECTOR, spot.tls, spot, Client(identity=identity), expected)
    for tls in VERSIONS:
        yield from _negotiation(tls)
        yield from _alerts_after(tls)
    yield from _alerts_at_hello()
    yield from _not_tls()


def _negotiation(tls: str) -> Iterator[Cell]:
    for server in REAL:
        limited = Client(tls_max="1.2") if tls == "1.3" else Client(tls_min="1.3")
        version = Expected(reason="tls.protocol_version", confidence="peer_alert")
        yield _cell(f"no version but {tls}, and we offer {_OTHER[tls]}", server, tls, Door(tls), limited, version)
        if tls == "1.2":
            yield _cell("no shared cipher", server, tls, Door(tls), Client(ciphers=_EC_ONLY, tls_max="1.2"), _NO_PARAMS)
    for server in (NGINX, HAPROXY, STUNNEL, APACHE, S_SERVER):
        yield _cell("no shared group", server, tls, Door(tls, room=Room.OTHER_GROUPS), Client(), _NO_PARAMS)
    if tls == "1.2":
        door = Door(tls, room=Room.OTHER_SIGNATURES)
        yield _cell("no shared signature algorithm", S_SERVER, tls, door, Client(), _NO_PARAMS)
    for server in (NGINX, HAPROXY, S_SERVER, ENVOY):
        expected = _HANGS_UP if server == ENVOY else _NAMED
        client = Client(server_name=NOT_SERVED)
        yield _cell("a name that is not served", server, tls, Door(tls, room=Room.NAMED), client, expected)
    for server in (NGINX, HAPROXY, ENVOY):
        yield _cell("the name that is served", server, tls, Door(tls, room=Room.NAMED), Client(), _FINE)
    client = Client(alpn=("http/1.1",))
    yield _cell("no protocol but h2", S_SERVER, tls, Door(tls, room=Room.H2_ONLY), client, _ALPN)
    for server in (HAPROXY, ENVOY):
        fault = "no protocol but h2, and they go on"
        yield _cell(fault, server, tls, Door(tls, room=Room.H2_ONLY), client, _FINE)
    for server in (NGINX, GO):
        yield _cell("a protocol that nobody has", server, tls, Door(tls), Client(alpn=("x-nobody",)), _ALPN)


def _alerts_at_hello() -> Iterator[Cell]:
    for number, name in ALERTS.items():
        reason = AT_HELLO.get(number, f"tls.alert.{name}")
        expected = Expected(reason=reason, confidence="peer_alert")
        yield _cell(f"alert {number} ({name})", INJECTOR, ANY, alert_spot(number, ANY), Client(), expected)
    unassigned = Expected(
        reason="tls.failed", general_because="IANA has not assigned the number", knowable=False, confidence="peer_alert"
    )
    yield _cell("alert 199 (unassigned)", INJECTOR, ANY, alert_spot(199, ANY), Client(), unassigned)


def _alerts_after(tls: str) -> Iterator[Cell]:
    for number, name in ALERTS.items():
        for situation, identity, reasons in SITUATIONS:
            reason = reasons.get(number, f"tls.alert.{name}")
            proven = reason == "tls.client_cert.expired"
            vague = "the alert names no cause, and our own files show none"
            expected = Expected(
                reason=reason,
                confidence="proven" if proven else "peer_alert",
                general_because=vague if reason == "tls.client_cert.rejected" else None,
                knowable=reason != "tls.client_cert.rejected",
            )
            fault = f"alert {number} ({name}) {situation}"
            yield _cell(fault, INJECTOR, tls, alert_spot(number, tls), Client(identity=identity), expected)


def _not_tls() -> Iterator[Cell]:
    for name in FOREIGN:
        for first in (False, True):
            spot = foreign_spot(name, first=first)
            yield _cell(spot.name, INJECTOR, ANY, spot, Client(), Expected(reason="tls.not_tls", confidence="proven"))
    for name in BROKEN:
        broken = Expected(reason="tls.protocol_error", confidence="proven")
        yield _cell(name, INJECTOR, ANY, Spot(name), Client(), broken)
    for tls in VERSIONS:
        asks_none = Spot("asks for no certificate", tls)
        warned = Expected(reason=None, warnings=frozenset({"tls.client_cert.not_requested"}))
        yield _cell("asks for no client certificate", PYTHON, tls, asks_none, Client(), warned)
        required = Expected(reason="tls.client_cert.not_requested", confidence="proven")
        client = Client(required=True)
        yield _cell("asks for no client certificate, and must", PYTHON, tls, asks_none, client, required)


def _cell(fault: str, server: str, tls: str, at: Door | Spot, client: Client, expected: Expected) -> Cell:
    kind = Kind.PROTOCOL if expected.reason else Kind.NOTHING
    return Cell(kind=kind, fault=fault, server=server, tls=tls, at=at, client=client, expected=expected)
