"""What comes after the handshake: refusals in HTTP, errors, silence, and what is no HTTP."""

from collections.abc import Iterator
from dataclasses import replace

from tests.matrix.answers import (
    BOUNDED,
    BROKEN,
    NGINX_BY_APACHE,
    NGINX_HANDED_ON,
    NGINX_MISSING,
    NGINX_PASSED_ON,
    NGINX_REFUSED,
    SLOW,
    TORN,
    TORN_HEADERS,
    Answering,
    hangs_up_at_once,
    http,
    says,
    then_reset,
)
from tests.matrix.answers import (
    ENVOY as ENVOY_PAGES,
)
from tests.matrix.cell import Cell, Client, Expected, Kind, Spot
from tests.matrix.cells.client_certificate import NO_REASON_FOR_LISTS
from tests.matrix.cells.network import SHORT_S
from tests.matrix.fleet.door import Door, Room
from tests.matrix.servers import APACHE, ENVOY, HAPROXY, INJECTOR, NGINX, STUNNEL, VERSIONS

_WARNED = Expected(reason=None, warnings=frozenset({"connector.http_4xx"}))
_SKEWED = frozenset({"prober.clock_skew"})
_TIMEOUT = Expected(reason="connector.timeout", confidence="proven")
_CLOSED = Expected(reason="connector.closed_after_handshake", confidence="proven")
_BROKEN = Expected(reason="connector.protocol_error", confidence="proven")
_TORN = Expected(reason="connector.protocol_error", or_else=frozenset({"connector.closed_after_handshake"}))
_FINE = Expected(reason=None)


def _said(reason: str, *also: str) -> Expected:
    return Expected(reason=reason, confidence="peer_http", also=frozenset(also))


_SAYS_NOTHING = "the answer names no cause, and our own files show none"
_MAY_BE_WHY = (
    "the answer does not say that it is for want of a certificate; the text says that one was asked for and none sent"
)
_NOT_WHOSE = "it shows that somebody has passed it on, and not whose certificate it is about"
_TWO_VERDICTS = "it shows two verdicts, and not whose each of them is"
_CONTRADICTED = "what it says of our certificate is not so by our own files"


def _refused(tail: str, confidence: str = "peer_http", *, because: str = _SAYS_NOTHING) -> Expected:
    general = tail == "rejected"
    return Expected(
        reason=f"tls.client_cert.{tail}",
        confidence=confidence,
        general_because=because if general else None,
        knowable=not general or because == NO_REASON_FOR_LISTS,
    )


Told = tuple[bytes, str | None, Expected]
"""The answer, our client certificate, and what is expected."""


def _plain(status: int) -> bytes:
    return http(status, "whatever")


STATUSES: dict[str, Told] = {
    **{f"HTTP {status}": (_plain(status), "good", _WARNED) for status in (400, 401, 403, 404, 409, 418, 429, 451)},
    **{
        f"HTTP {status}": (_plain(status), "good", _said("connector.http_5xx"))
        for status in (500, 501, 502, 503, 504, 520, 599)
    },
    **{f"HTTP {status}": (_plain(status), "good", _FINE) for status in (200, 202, 301, 302, 308)},
    "HTTP 204": (b"HTTP/1.1 204 No Content\r\n\r\n", "good", _FINE),
    "HTTP 100, then 200": (b"HTTP/1.1 100 Continue\r\n\r\n" + _plain(200), "good", _FINE),
    "its own 5023 in a 502": (
        http(502, '{"error": {"code": 5023}}'),
        "good",
        _said("connector.http_5xx"),
    ),
    **{f"Envoy's 503: {name}": (page, "good", _said("connector.http_5xx")) for name, page in ENVOY_PAGES.items()},
}
HEALTH = {
    **dict.fromkeys((400, 401, 403, 404, 429), "connector.http_4xx"),
    **dict.fromkeys((500, 502, 503), "connector.http_5xx"),
    **dict.fromkeys((301, 302), "connector.unexpected_answer"),
}
"""What a configured `health_path` must not answer."""

_GOOD = '"s_dn":"CN=good client"'
_PAST = "Thu, 01 Jan 2015 00:00:00 GMT"
_FUTURE = "Sat, 01 Jan 2050 00:00:00 GMT"
WORDS: dict[str, Told] = {
    "403: client certificate required, none": (
        http(403, "client certificate required: NONE"),
        None,
        _refused("missing", "inferred"),
    ),
    "Kong's 401, none": (
        http(401, '{"message":"No required TLS certificate was sent"}'),
        None,
        _refused("missing", "inferred"),
    ),
    "Kong's 401": (
        http(401, '{"message":"TLS certificate failed verification"}'),
        "good",
        _refused("rejected", "inferred"),
    ),
    "Node's authorizationError, none": (
        http(401, '{"error":"UNABLE_TO_GET_ISSUER_CERT"}'),
        None,
        _refused("missing"),
    ),
    "Node's authorizationError, an expired one": (
        http(401, '{"error":"CERT_HAS_EXPIRED"}'),
        "expired",
        _refused("expired", "inferred"),
    ),
    "Node's authorizationError, an unknown CA": (
        http(401, '{"error":"UNABLE_TO_VERIFY_LEAF_SIGNATURE"}'),
        "good",
        _refused("unknown_ca", "inferred"),
    ),
    "Node's err.code of a server behind it, none": (http(403, '{"code":"CERT_HAS_EXPIRED"}'), None, _WARNED),
}
"""Refusals in no field that servers call so."""
REFUSALS: dict[str, Told] = {
    "nginx's 400, a good certificate": (NGINX_REFUSED, "good", _refused("rejected")),
    "nginx's 400, an expired one": (NGINX_REFUSED, "expired", _refused("expired", "proven")),
    "nginx's 400, a future one": (NGINX_REFUSED, "not-yet-valid", _refused("not_yet_valid", "proven")),
    "nginx's 400, none": (NGINX_MISSING, None, _refused("missing")),
    "nginx's 400 says none, one was sent": (NGINX_MISSING, "good", _refused("rejected", "inferred")),
    "nginx's 400 says none, an expired one was sent": (NGINX_MISSING, "expired", _refused("expired", "inferred")),
    "nginx's 400, passed on by another": (
        NGINX_PASSED_ON,
        "good",
        _said("connector.identity_refused", "connector.http_4xx"),
    ),
    "nginx's 400 without the end of one, an expired one": (NGINX_HANDED_ON, "expired", _refused("expired", "inferred")),
    "nginx's 400 from an Apache in front of it, an expired one": (
        NGINX_BY_APACHE,
        "expired",
        _refused("expired", "inferred"),
    ),
    "nginx's 400, none, and its text is of a refusal": (NGINX_REFUSED, None, _refused("missing", "inferred")),
    "HTTP 495": (_plain(495), "good", _refused("rejected")),
    "HTTP 495, expired": (_plain(495), "expired", _refused("expired", "proven")),
    "HTTP 496": (_plain(496), None, _refused("missing")),
    "an expired one, and their clock disagrees": (
        http(400, "The SSL certificate error", date=_PAST),
        "expired",
        replace(_refused("expired", "inferred"), warnings=_SKEWED),
    ),
}

_BY_APACHE = http(400, '{"verify":"FAILED:certificate revoked"}').replace(
    b"\r\n", b"\r\nDate: Thu, 01 Jan 1970 00:00:00\r\nServer: nginx\r\n", 1
)
"""What a gateway says in JSON, as Apache passes it on."""
_CLOCKS: dict[str, Told] = {
    "expired by their clock alone": (
        http(400, f'{{"verify":"FAILED:certificate has expired",{_GOOD}}}', date=_FUTURE),
        "good",
        replace(_refused("rejected_as_expired"), warnings=_SKEWED),
    ),
    "not yet valid by their clock alone": (
        http(400, f'{{"verify":"FAILED:certificate is not yet valid",{_GOOD}}}', date=_PAST),
        "good",
        replace(_refused("rejected", because=_CONTRADICTED), warnings=_SKEWED),
    ),
    "200, and their clock is behind": (http(200, "ok", date=_PAST), "good", Expected(reason=None, warnings=_SKEWED)),
    "200, and their clock is ahead": (http(200, "ok", date=_FUTURE), "good", Expected(reason=None, warnings=_SKEWED)),
    "503, and their clock is ahead": (
        http(503, "no", date=_FUTURE),
        "good",
        replace(_said("connector.http_5xx"), warnings=_SKEWED),
    ),
}
_TEXTS = {
    "certificate has expired": "rejected_as_expired",
    "certificate is not yet valid": "rejected",
    "certificate revoked": "revoked",
    "unable to verify the first certificate": "unknown_ca",
    "unable to get local issuer certificate": "unknown_ca",
    "self-signed certificate": "unknown_ca",
    "self-signed certificate in certificate chain": "unknown_ca",
    "unsuitable certificate purpose": "rejected",
    "CRL has expired": "rejected",
    "unable to get certificate CRL": "rejected",
}
"""What `$ssl_client_verify` says of a certificate in which our own files show no fault."""
_BECAUSE = {
    "certificate is not yet valid": _CONTRADICTED,
    "unsuitable certificate purpose": _CONTRADICTED,
    "CRL has expired": NO_REASON_FOR_LISTS,
    "unable to get certificate CRL": NO_REASON_FOR_LISTS,
    9: _CONTRADICTED,
    26: _CONTRADICTED,
    12: NO_REASON_FOR_LISTS,
}
"""Why some of them stay general."""
_NUMBERS = {10: "rejected_as_expired", 9: "rejected", 23: "revoked", 21: "unknown_ca", 26: "rejected", 12: "rejected"}
"""The same as `ssl_c_verify` has it."""
DISCLOSURES: dict[str, Told] = {
    **{
        f"$ssl_client_verify: {text}": (
            http(400, f'{{"verify":"FAILED:{text}",{_GOOD}}}'),
            "good",
            _refused(tail, because=_BECAUSE.get(text, "")),
        )
        for text, tail in _TEXTS.items()
    },
    **{
        f"ssl_c_verify: {number}": (
            http(403, f'verify={number} s_dn="/CN=good client"'),
            "good",
            _refused(tail, because=_BECAUSE.get(number, "")),
        )
        for number, tail in _NUMBERS.items()
    },
    "in a header": (
        http(403, "no", x_ssl_client_verify="FAILED:certificate revoked", x_ssl_client_s_dn="CN=good client"),
        "good",
        _refused("revoked", "inferred"),
    ),
    **{
        f"{told}, and not whose": (
            http(403, told),
            "good",
            _refused(tail, "inferred"),
        )
        for told, tail in (
            ("verify: FAILED:certificate revoked", "revoked"),
            ("verify: FAILED:certificate has expired", "rejected_as_expired"),
            ("ssl_c_verify=21", "unknown_ca"),
            ("ssl_c_verify: 23", "revoked"),
            ('{"error":"client certificate refused","ssl_c_verify":23}', "revoked"),
            ('{"ssl_c_verify":"10"}', "rejected_as_expired"),
        )
    },
    **{
        f"ours in a header, and {name}": (
            told.replace(b"\r\n\r\n", b"\r\nX-SSL-Client-S-DN: CN=good client\r\n\r\n", 1),
            identity,
            expected,
        )
        for name, told, identity, expected in (
            (
                "nginx's page on a connection that stays open",
                NGINX_PASSED_ON,
                "good",
                _said("connector.identity_refused", "connector.http_4xx"),
            ),
            (
                "FAILED of another in the text",
                http(400, '{"verify":"FAILED:certificate revoked","s_dn":"CN=gateway"}'),
                "good",
                _said("connector.identity_refused", "connector.http_4xx"),
            ),
            (
                "FAILED in the text, and not whose",
                http(400, '{"verify":"FAILED:certificate revoked"}', Connection="keep-alive"),
                "good",
                _refused("revoked", "inferred"),
            ),
        )
    },
    "FAILED of nobody, by Apache": (_BY_APACHE, "good", _refused("rejected", "inferred", because=_NOT_WHOSE)),
    "FAILED of nobody, by Envoy": (
        http(400, '{"verify":"FAILED:certificate revoked"}', server="envoy"),
        "good",
        _refused("rejected", "inferred", because=_NOT_WHOSE),
    ),
    "FAILED of nobody, an expired one, and it stays open": (
        http(400, '{"ssl_client_verify":"FAILED:certificate has expired"}', Connection="keep-alive"),
        "expired",
        _refused("expired", "inferred"),
    ),
    "FAILED, of another certificate": (
        http(400, '{"verify":"FAILED:certificate has expired","s_dn":"CN=gateway"}'),
        "good",
        _said("connector.identity_refused", "connector.http_4xx"),
    ),
    "FAILED in a 502 about a gateway": (
        http(502, '{"message":"verify FAILED:certificate has expired for partner gateway"}'),
        "good",
        _said("connector.http_5xx"),
    ),
    "NONE beside a 503, and none was sent": (
        http(503, "down", x_ssl_client_verify="NONE"),
        None,
        _said("connector.http_5xx"),
    ),
    "NONE, and none was sent": (http(403, '{"verify":"NONE"}'), None, _refused("missing")),
    "NONE beside a 401 that asks for credentials": (
        http(401, '{"verify":"NONE"}', www_authenticate='Basic realm="x"'),
        None,
        _WARNED,
    ),
    "expired, and it has": (
        http(400, '{"verify":"FAILED:certificate has expired"}'),
        "expired",
        _refused("expired", "inferred"),
    ),
    "not yet valid, and it is": (
        http(403, "verify=9 s_dn=x"),
        "not-yet-valid",
        _refused("not_yet_valid", "inferred"),
    ),
    **{
        f"an application's own: {told}": (http(403, told), "good", _WARNED)
        for told in (
            '{"cvc_verify":"FAILED:incorrect cvc"}',
            '{"address_verify":"NONE"}',
            "webhook delivery FAILED:certificate has expired at partner.example",
        )
    },
    **{
        f"{name}: {value} beside a 403": (http(403, "no", **{name.replace("-", "_"): value}), "good", _WARNED)
        for name, value in (("X-SSL-Client-Verify-Depth", "3"), ("X-Client-3DS-Verify", "23"))
    },
    "FAILED and SUCCESS, in a header that comes twice": (
        http(403, "no", x_ssl_client_verify="FAILED:certificate revoked\r\nx-ssl-client-verify: SUCCESS"),
        "good",
        _refused("rejected", "inferred", because=_TWO_VERDICTS),
    ),
    "NONE, and one was sent": (http(403, '{"verify":"NONE"}'), "good", _WARNED),
    "SUCCESS with a 403": (http(403, '{"verify":"SUCCESS"}'), "good", _WARNED),
    "FAILED with a 200": (
        http(200, '{"verify":"FAILED:certificate has expired"}'),
        "good",
        Expected(reason=None, warnings=frozenset({"tls.client_cert.rejected_as_expired"})),
    ),
}

ENDINGS: dict[str, tuple[Answering, Expected]] = {
    "hangs up at once": (hangs_up_at_once, _CLOSED),
    "hangs up after the request": (says(b""), _CLOSED),
    "resets after the request": (then_reset(), _CLOSED),
    "half of the body, and a reset": (TORN, _TORN),
    "half of the headers, and a reset": (TORN_HEADERS, _TORN),
    **{name: (answering, _BROKEN) for name, answering in BROKEN.items()},
    **{name: (answering, _FINE) for name, answering in BOUNDED.items()},
    **{name: (answering, _TIMEOUT) for name, answering in SLOW.items()},
}
UNASKED: dict[str, bytes] = {
    "nginx's 400 says none": NGINX_MISSING,
    "nginx's 400": NGINX_REFUSED,
    "HTTP 495": _plain(495),
    "HTTP 496": _plain(496),
    "$ssl_client_verify: certificate has expired": http(400, '{"verify":"FAILED:certificate has expired"}'),
}
"""Said by a server that asked for no client certificate: somebody behind it misses or refuses another one."""
TOLD: dict[str, Told] = {**STATUSES, **WORDS, **REFUSALS, **_CLOCKS, **DISCLOSURES}


def answering(name: str) -> Answering:
    """What the server behind a spot of this name does."""
    return ENDINGS[name][0] if name in ENDINGS else says(TOLD[name][0])


def unasked_spot(name: str, tls: str) -> Spot:
    """Where that is answered without having asked for a certificate."""
    return Spot(f"{name}, unasked", tls)


def cells() -> Iterator[Cell]:
    """All answers of the injector, and the errors of real reverse proxies."""
    for tls in VERSIONS:
        for name, (_, identity, expected) in TOLD.items():
            yield _cell(name, INJECTOR, tls, Spot(name, tls), expected, Client(identity=identity))
        for name, (_, expected) in ENDINGS.items():
            slow = Client(limits={"wait": SHORT_S, "receive": SHORT_S}) if expected is _TIMEOUT else Client()
            yield _cell(name, INJECTOR, tls, Spot(name, tls), expected, slow)
        for status, reason in HEALTH.items():
            spot, client = Spot(f"HTTP {status}", tls), Client(health_path=True)
            yield _cell(f"HTTP {status} of the health path", INJECTOR, tls, spot, _said(reason), client)
        for name in UNASKED:
            denied = replace(
                _said("connector.identity_refused", "connector.http_4xx"),
                warnings=frozenset({"tls.client_cert.not_requested"}),
            )
            yield _cell(f"{name}, and nobody had asked", INJECTOR, tls, unasked_spot(name, tls), denied, Client())
        yield from _proxies(tls)


def _proxies(tls: str) -> Iterator[Cell]:
    for server in (NGINX, HAPROXY, ENVOY, APACHE):
        down = Door(tls, room=Room.DOWN)
        yield _cell("the upstream is down", server, tls, down, _said("connector.http_5xx"), Client())
        forbidden = Door(tls, room=Room.FORBIDDEN)
        yield _cell("403 for everybody", server, tls, forbidden, _WARNED, Client())
        denied = _said("connector.http_4xx")
        yield _cell("403 of the health path", server, tls, forbidden, denied, Client(health_path=True))
    for server in (NGINX, HAPROXY, APACHE):
        yield from _lenient(server, tls)
    yield _cell("the upstream is down", STUNNEL, tls, Door(tls, room=Room.DOWN), _CLOSED, Client())


def _lenient(server: str, tls: str) -> Iterator[Cell]:
    """A 403 to whom the handshake has let in without a certificate."""
    door, nobody = Door(tls, room=Room.LENIENT), Client(identity=None)
    denied = replace(_said("connector.http_4xx"), general_because=_MAY_BE_WHY, knowable=False)
    yield _cell("a certificate that may be sent, and was", server, tls, door, _FINE, Client())
    yield _cell("403 without a certificate", server, tls, door, _WARNED, nobody)
    yield _cell(
        "403 of the health path without a certificate", server, tls, door, denied, replace(nobody, health_path=True)
    )


def _cell(fault: str, server: str, tls: str, at: Door | Spot, expected: Expected, client: Client) -> Cell:
    kind = Kind.ANSWER if expected.reason else Kind.NOTHING
    return Cell(kind=kind, fault=fault, server=server, tls=tls, at=at, client=client, expected=expected)
