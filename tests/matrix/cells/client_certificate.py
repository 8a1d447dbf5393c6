"""What is wrong with our own certificate, or with how a server looks at it: what our files prove, and what each server says."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.matrix.cell import Cell, Client, Expected, Kind
from tests.matrix.fleet.door import Door, Room
from tests.matrix.servers import (
    APACHE,
    DISCLOSING,
    ENVOY,
    GO,
    HAPROXY,
    NGINX,
    NGINX_PAGES,
    OLD_GO,
    PYTHON,
    REAL,
    S_SERVER,
    STUNNEL,
    VERSIONS,
    WITH_OLD_GO,
)

NGINX_SAYS_NOTHING = "nginx's own page says only that there was an error, and not whose certificate it is about"
GO_SAYS_NOTHING = "Go before 1.21 sends alert 42 for everything"
CRL_HIDES = "OpenSSL checks on after an error, and the last one is told: that it has no CRL of the unknown CA"
COVERS_BOTH = (
    "alert 48 and OpenSSL's code 21 are by definition also about an incomplete chain, and our file does not show one"
)
NO_LIST = "Python's TLS server does not name the CAs that it accepts, so alert 48 has to be believed"
NO_LIST_BUT_A_TWIN = (
    "Python's TLS server does not name the CAs that it accepts, and shows a renewed intermediate in its own chain: whether it "
    "uses that one for clients, nobody can see"
)
CONTRADICTS_ITSELF = "it says that it does not know the CA (alert 48), which it names among those that it accepts"
SAME_NAME = "the server names the CA of that name among those that it accepts, and does not say that it is another one"
NO_REASON_FOR_LISTS = "what a peer says of its own revocation list has no reason of its own; the text quotes it"
APACHE_SAYS_NOTHING = "Apache sends alert 42 for a CRL that is out of date"


def _reason(tail: str, confidence: str, *also: str, subject: str | None = None) -> Expected:
    others = frozenset(f"tls.client_cert.{one}" for one in also)
    return Expected(reason=f"tls.client_cert.{tail}", confidence=confidence, also=others, subject=subject)


def _general(tail: str, why: str) -> Expected:
    return Expected(reason=f"tls.client_cert.{tail}", also=frozenset(), general_because=why, knowable=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One client certificate, and what is expected of each server where it differs from the others."""

    client: str | None
    usual: Expected
    special: dict[str, Expected] = field(default_factory=dict)
    room: Room = Room.OPEN
    at: tuple[str, ...] = WITH_OLD_GO


def _each(servers: tuple[str, ...], expected: Expected) -> dict[str, Expected]:
    return dict.fromkeys(servers, expected)


_OLD_ISSUER = "tls.client_cert.chain_expired"
"""True of our file, and not the cause: the server holds the renewed intermediate itself."""


def _besides(expected: Expected, *, subject: str | None = None) -> Expected:
    """The same, and that our file holds an issuer that has expired."""
    return replace(expected, also=frozenset({_OLD_ISSUER, *(expected.also or ())}), subject=subject)


_OF_A_SELF_MADE = "inferred" if ssl.OPENSSL_VERSION_INFO < (3, 6) else "peer_http"
"""Up to OpenSSL 3.5 the last error is told, that it has no CRL of the unknown CA; from 3.6 on, that it is self-signed."""
_EXPIRED = "tls.client_cert.expired"


def _with_usage(expected: Expected) -> Expected:
    """The same, and that our certificate is not for clients."""
    return replace(expected, also=frozenset({"tls.client_cert.wrong_eku"}))


_DOUBLE = "CN=client of a double"
_EXPIRED_STRANGER = "CN=expired client of strangers"
FIRST_LIST_ALONE = "s_server reads the first list of its file alone: it lacks that of the CA, says alert 48 for want of it, and looks at no dates"
KEY_USAGE = "alert 43 does not tell which usage is wrong, and the key usage is not among the reasons"
PINS = "alert 114 says that the hash is another, which has no reason of its own; the text says that it may be pinned"
TOO_DEEP = "Apache says alert 80 where our chain is longer than its SSLVerifyDepth, and for faults of its own"
_ISSUING = "CN=matrix issuing CA"
_WORN = "CN=matrix worn-out CA"
_SUPERSEDED = "client with a superseded-intermediate"
_WITHOUT_GO = tuple(name for name in REAL if name != GO)
_LOOKS_AT_KEY_USAGE = (HAPROXY, STUNNEL, APACHE, S_SERVER, PYTHON)
"""Those that say so by an alert of its own."""
_UNKNOWN = _reason("unknown_ca", "peer_alert", subject="CN=client of strangers")
_OWN_LIST = replace(_general("rejected", CONTRADICTS_ITSELF), confidence="peer_alert", subject="CN=good client")
_OWN_LIST_HTTP = replace(
    _general("rejected", NO_REASON_FOR_LISTS), confidence="peer_http", subject="CN=good client", knowable=True
)

FAULTS = {
    "missing": Fault(
        None,
        _reason("missing", "peer_alert"),
        _each((NGINX, NGINX_PAGES), _reason("missing", "peer_http")),
    ),
    "expired": Fault("expired", _reason("expired", "proven", subject="CN=expired client")),
    "not-yet-valid": Fault("not-yet-valid", _reason("not_yet_valid", "proven", subject="CN=future client")),
    "expired-intermediate": Fault(
        "expired-intermediate",
        _reason("chain_expired", "peer_alert", subject=_WORN),
        _each((NGINX, OLD_GO), _reason("chain_expired", "inferred", subject=_WORN))
        | _each((S_SERVER,), replace(_general("rejected", FIRST_LIST_ALONE), also=frozenset({_OLD_ISSUER})))
        | _each(DISCLOSING, _reason("chain_expired", "peer_http", subject=_WORN)),
    ),
    "expired-twice": Fault(
        "expired-twice",
        _reason("expired", "proven", "chain_expired"),
        _each((S_SERVER,), replace(_general("rejected", FIRST_LIST_ALONE), also=frozenset({_OLD_ISSUER, _EXPIRED}))),
    ),
    "unknown-ca": Fault(
        "unknown-ca",
        _UNKNOWN,
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each(DISCLOSING, _general("rejected", CRL_HIDES))
        | _each((OLD_GO,), _general("rejected", GO_SAYS_NOTHING)),
    ),
    "unknown-ca, where no list is checked": Fault(
        "unknown-ca",
        _reason("unknown_ca", "peer_http", subject="CN=client of strangers"),
        room=Room.NO_CRL,
        at=DISCLOSING,
    ),
    "intermediate-not-sent": Fault(
        "incomplete",
        _reason("chain_incomplete", "inferred", subject="CN=client alone"),
        _each((PYTHON,), _general("unknown_ca", NO_LIST)),
    ),
    "intermediate-not-sent, of a CA of its own": Fault(
        "incomplete-of-another-ca",
        _general("unknown_ca", COVERS_BOTH),
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each((OLD_GO,), _general("rejected", GO_SAYS_NOTHING)),
    ),
    "revoked": Fault(
        "revoked",
        _reason("revoked", "peer_alert", subject="CN=revoked client"),
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each(DISCLOSING, _reason("revoked", "peer_http", subject="CN=revoked client")),
        at=_WITHOUT_GO,
    ),
    "wrong-usage": Fault(
        "wrong-usage",
        _reason("wrong_eku", "proven", subject="CN=client that is a server"),
        _each((NGINX, GO, OLD_GO), _reason("wrong_eku", "inferred", subject="CN=client that is a server")),
    ),
    "expired-and-wrong-usage": Fault(
        "expired-and-wrong-usage",
        _reason("wrong_eku", "proven", "expired"),
        _each((NGINX, GO, OLD_GO, *DISCLOSING), _reason("expired", "proven", "wrong_eku")),
    ),
    "self-signed": Fault(
        "self-signed",
        _reason("unknown_ca", "peer_alert", subject="CN=self-made client"),
        _each((NGINX, OLD_GO), _reason("unknown_ca", "inferred", subject="CN=self-made client"))
        | _each(DISCLOSING, _reason("unknown_ca", _OF_A_SELF_MADE, subject="CN=self-made client")),
    ),
    "the server's list is out of date": Fault(
        "good",
        _reason("rejected_as_expired", "peer_alert", subject="CN=good client"),
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each((APACHE,), _general("rejected", APACHE_SAYS_NOTHING))
        | _each(DISCLOSING, _OWN_LIST_HTTP),
        Room.STALE_CRL,
        _WITHOUT_GO,
    ),
    "superseded-intermediate": Fault(
        "superseded-intermediate",
        _reason("chain_expired", "peer_alert", subject=_ISSUING),
        _each((NGINX, OLD_GO), _reason("chain_expired", "inferred", subject=_ISSUING))
        | _each(DISCLOSING, _reason("chain_expired", "peer_http", subject=_ISSUING))
        | _each((PYTHON,), _besides(_general("rejected_as_expired", NO_LIST_BUT_A_TWIN))),
    ),
    "superseded-intermediate, and the server's list is out of date": Fault(
        "superseded-intermediate",
        _besides(_reason("rejected_as_expired", "peer_alert"), subject=f"CN={_SUPERSEDED}"),
        _each((NGINX,), _besides(_general("rejected", NGINX_SAYS_NOTHING), subject=f"CN={_SUPERSEDED}"))
        | _each((APACHE,), _besides(_general("rejected", APACHE_SAYS_NOTHING)))
        | _each(DISCLOSING, _besides(replace(_OWN_LIST_HTTP, subject=None))),
        Room.KNOWS_ISSUER_STALE,
        _WITHOUT_GO,
    ),
    "superseded-intermediate, and revoked": Fault(
        "superseded-and-revoked",
        _besides(_reason("revoked", "peer_alert")),
        _each((NGINX,), _besides(_general("rejected", NGINX_SAYS_NOTHING)))
        | _each(DISCLOSING, _besides(_reason("revoked", "peer_http"))),
        Room.KNOWS_ISSUER,
        _WITHOUT_GO,
    ),
    "superseded-intermediate, and unknown-ca": Fault(
        "superseded-intermediate",
        _besides(_reason("unknown_ca", "peer_alert")),
        _each((NGINX,), _besides(_general("rejected", NGINX_SAYS_NOTHING)))
        | _each(DISCLOSING, _besides(_general("rejected", CRL_HIDES)))
        | _each((OLD_GO,), _besides(_general("rejected", GO_SAYS_NOTHING)))
        | _each((GO,), _reason("chain_expired", "inferred", subject=_ISSUING)),
        Room.STRANGE,
    ),
    "a CA of the same name with another key": Fault(
        "same-named-ca",
        replace(_general("rejected", SAME_NAME), confidence="peer_alert"),
        _each((NGINX, *DISCLOSING), replace(_general("rejected", SAME_NAME), confidence="peer_http"))
        | _each((PYTHON,), _reason("unknown_ca", "peer_alert", subject=_DOUBLE)),
    ),
    "a CA of the same name with another key, intermediate-not-sent": Fault(
        "same-named-ca-alone",
        _reason("unknown_ca", "peer_alert", subject=_DOUBLE),
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each(DISCLOSING, _reason("unknown_ca", "peer_http", subject=_DOUBLE))
        | _each((OLD_GO,), _general("rejected", GO_SAYS_NOTHING)),
    ),
    "expired, and unknown-ca": Fault(
        "expired-of-strangers",
        _reason("unknown_ca", "peer_alert", "expired", subject=_EXPIRED_STRANGER),
        _each((NGINX, GO, OLD_GO, *DISCLOSING), _reason("expired", "proven", subject=_EXPIRED_STRANGER)),
    ),
    "wrong-usage, and unknown-ca": Fault(
        "wrong-usage-of-strangers",
        _reason("unknown_ca", "peer_alert", "wrong_eku"),
        _each((NGINX,), _with_usage(_general("rejected", NGINX_SAYS_NOTHING)))
        | _each(DISCLOSING, _with_usage(_general("rejected", CRL_HIDES)))
        | _each((OLD_GO,), _with_usage(_general("rejected", GO_SAYS_NOTHING))),
    ),
    "a key usage that allows no signature": Fault(
        "key-usage",
        replace(_general("rejected", KEY_USAGE), confidence="peer_alert"),
        at=_LOOKS_AT_KEY_USAGE,
    ),
    "a key usage that allows no signature, and expired": Fault(
        "expired-and-key-usage",
        replace(_general("rejected", KEY_USAGE), also=frozenset({_EXPIRED}), confidence="peer_alert"),
        at=_LOOKS_AT_KEY_USAGE,
    ),
    "expired, and the server's list is of another CA": Fault(
        "expired",
        replace(_OWN_LIST, also=frozenset({_EXPIRED}), subject="CN=expired client"),
        _each((NGINX, *DISCLOSING), _reason("expired", "proven"))
        | _each((PYTHON,), _reason("unknown_ca", "peer_alert", "expired")),
        Room.OTHER_CRL,
        _WITHOUT_GO,
    ),
    "another certificate is pinned": Fault(
        "good",
        replace(_general("rejected", PINS), confidence="peer_alert", subject="CN=good client"),
        room=Room.PINNED,
        at=(ENVOY,),
    ),
    "expired, and another certificate is pinned": Fault(
        "expired", _reason("expired", "proven", subject="CN=expired client"), room=Room.PINNED, at=(ENVOY,)
    ),
    "a chain that the server finds too long": Fault(
        "good",
        Expected(
            reason="tls.peer_internal_error",
            confidence="peer_alert",
            also=frozenset(),
            general_because=TOO_DEEP,
            knowable=False,
        ),
        room=Room.SHALLOW,
        at=(APACHE,),
    ),
    "the server's list is of another CA": Fault(
        "good",
        _OWN_LIST,
        _each((NGINX,), _general("rejected", NGINX_SAYS_NOTHING))
        | _each(DISCLOSING, _OWN_LIST_HTTP)
        | _each((PYTHON,), _general("unknown_ca", NO_LIST)),
        Room.OTHER_CRL,
        _WITHOUT_GO,
    ),
}
"""Go checks no revocation lists, so it has no cells for them."""


def cells() -> Iterator[Cell]:
    """Every fault at every server, and the two good clients."""
    for tls in VERSIONS:
        yield from _only_for_paths(tls)
        for name, fault in FAULTS.items():
            yield from (_cell(name, fault, server, tls) for server in fault.at)
        for server in REAL:
            for client in ("good", "good-rsa"):
                yield Cell(
                    kind=Kind.NOTHING,
                    fault=f"a {client.replace('good-rsa', 'good RSA')} client",
                    server=server,
                    tls=tls,
                    at=Door(tls),
                    client=Client(identity=client),
                    expected=Expected(reason=None),
                )
            yield Cell(
                kind=Kind.NOTHING,
                fault="a client with a superseded intermediate, whose successor the server holds",
                server=server,
                tls=tls,
                at=Door(tls, room=Room.KNOWS_ISSUER),
                client=Client(identity="superseded-intermediate"),
                expected=Expected(
                    reason=None,
                    warnings=frozenset({"certificate.expired_but_accepted"}),
                ),
            )


def _only_for_paths(tls: str) -> Iterator[Cell]:
    """Apache with `SSLVerifyClient` in a `<Location>`: TLS 1.2 asks again, TLS 1.3 only who offers post-handshake authentication."""
    asked = {"good": Expected(reason=None), "expired": _reason("expired", "proven", subject="CN=expired client")}
    denied = Expected(
        reason="connector.http_4xx",
        confidence="peer_http",
        also=frozenset(),
        general_because="nobody has asked for our certificate, and the answer does not say that one was wanted",
        knowable=False,
    )
    unasked = {
        "good": replace(denied, warnings=frozenset({"tls.client_cert.not_requested"})),
        "expired": replace(denied, warnings=frozenset({"tls.client_cert.not_requested", "certificate.expired"})),
    }
    for client, expected in (asked if tls == "1.2" else unasked).items():
        yield Cell(
            kind=Kind.CLIENT_CERTIFICATE if expected.reason else Kind.NOTHING,
            fault=f"asked for only for a path, {client}",
            server=APACHE,
            tls=tls,
            at=Door(tls, room=Room.LATE),
            client=Client(identity=client, health_path=True),
            expected=expected,
        )


def _cell(name: str, fault: Fault, server: str, tls: str) -> Cell:
    return Cell(
        kind=Kind.CLIENT_CERTIFICATE,
        fault=name,
        server=server,
        tls=tls,
        at=Door(tls, room=fault.room),
        client=Client(identity=fault.client),
        expected=fault.special.get(server, fault.usual),
    )
