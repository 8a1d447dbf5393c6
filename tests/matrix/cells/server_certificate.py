"""What is wrong with the certificate that a server shows: our own verification proves it, whichever server it is."""

from collections.abc import Iterator

from tests.matrix.cell import Cell, Client, Expected, Kind
from tests.matrix.fleet.door import Door
from tests.matrix.servers import CANNOT_SHOW, REAL, VERSIONS

_LEAF = "CN=localhost"
_NOTHING: frozenset[str] = frozenset()


def _proven(reason: str, *also: str, subject: str = _LEAF) -> Expected:
    also_true = frozenset(f"tls.server_cert.{one}" for one in also)
    return Expected(reason=f"tls.server_cert.{reason}", confidence="proven", also=also_true, subject=subject)


def _general(why: str, *also: str) -> Expected:
    return Expected(
        reason="tls.server_cert.incomplete_or_unknown_ca",
        also=frozenset(f"tls.server_cert.{one}" for one in also),
        general_because=why,
        knowable=False,
    )


_EITHER = (
    "without the issuer's own certificate nobody can say whether it is missing from the chain or unknown to us "
    "(no file here has it, and the certificate names no address where it could be had)"
)

EXPECTED = {
    "expired": _proven("expired"),
    "not-yet-valid": _proven("not_yet_valid"),
    "wrong-name": _proven("name_mismatch"),
    "wrong-usage": _proven("wrong_eku"),
    "wrong-usage-of-issuer": _proven("wrong_eku", subject="CN=matrix CA for clients"),
    "revoked": _proven("revoked"),
    "intermediate-not-sent": _proven("chain_incomplete"),
    "unknown-intermediate-not-sent": _general(_EITHER),
    "expired-intermediate": _proven("chain_expired", subject="CN=matrix worn-out CA"),
    "expired-root": _proven("root_expired", subject="CN=matrix old root"),
    "unknown-ca": _general(_EITHER),
    "unknown-ca-leaf-alone": _general(_EITHER),
    "unknown-ca-with-root": _proven("untrusted_root", subject="CN=a root that nobody trusts"),
    "self-signed": _proven("self_signed"),
    "self-signed-by-address": _proven("self_signed", "name_mismatch", subject="CN=127.0.0.1"),
    "weak-key": _proven("weak_key"),
    "weak-signature": _proven("weak_signature"),
    "no-authority-key": _proven("malformed"),
    "expired-and-wrong-name": _proven("name_mismatch", "expired"),
    "expired-twice": _proven("expired", "chain_expired"),
    "expired-and-no-names": _proven("expired"),
    "expired-and-unknown-ca": _general(_EITHER, "expired"),
    "everything-wrong": _proven("wrong_eku", "expired", "name_mismatch"),
    "weak-expired-and-wrong-name": _proven("weak_key", "expired", "name_mismatch"),
    "everything-and-unknown-ca": _proven(
        "weak_key", "expired", "name_mismatch", "wrong_eku", "incomplete_or_unknown_ca"
    ),
    "early-intermediate": _proven("not_yet_valid", subject="CN=matrix CA of tomorrow"),
    "revoked-intermediate": _proven("revoked", subject="CN=matrix revoked CA"),
    "revoked-and-wrong-name": _proven("name_mismatch", "revoked"),
    "wrong-name-and-stray": _proven("name_mismatch"),
    "path-too-long": _proven("invalid", subject="CN=matrix CA without CAs"),
    "issuer-is-no-ca": _proven("invalid", subject="CN=matrix no CA"),
    "all-early": Expected(
        reason="tls.server_cert.not_yet_valid",
        confidence="inferred",
        also=frozenset({"tls.client_cert.not_yet_valid"}),
        subject=_LEAF,
    ),
    "all-late": Expected(
        reason="tls.server_cert.expired",
        confidence="inferred",
        also=frozenset({"tls.server_cert.chain_expired", "tls.server_cert.root_expired", "tls.client_cert.expired"})
        | {"tls.client_cert.chain_expired"},
        subject=_LEAF,
    ),
}
"""By the name of the certificate in the material."""

CLIENTS = {
    "revoked": Client(crl="crl"),
    "revoked-intermediate": Client(crl="crl"),
    "revoked-and-wrong-name": Client(crl="crl"),
    "no-authority-key": Client(strict=True),
    "self-signed-by-address": Client(server_name="127.0.0.1"),
    "all-early": Client(identity="all-early", trust="early_trust"),
    "all-late": Client(identity="all-late", trust="late_trust"),
}
"""What the probe brings where it is not the usual: a list, strict checks, a clock that everything contradicts."""

OUR_LIST = {
    "our list is out of date": (Client(crl="stale_crl"), Expected(reason="tls.crl.expired", confidence="proven")),
    "our list is not yet valid": (
        Client(crl="early_crl"),
        Expected(reason="tls.crl.not_yet_valid", confidence="proven"),
    ),
    "our list is of another CA": (
        Client(crl="other_crl"),
        Expected(reason="tls.crl.unavailable", confidence="proven"),
    ),
}
"""Nothing is wrong with the server's certificate; it cannot be checked."""

BESIDES = {
    "wrong-name": Expected(
        reason="tls.server_cert.name_mismatch", confidence="proven", also=frozenset({"tls.crl.expired"}), subject=_LEAF
    ),
    "expired": Expected(
        reason="tls.crl.expired", confidence="proven", also=frozenset({"tls.server_cert.expired"}), subject=_LEAF
    ),
}
"""Something is wrong with it too, whichever of the two OpenSSL comes upon first."""

FINE = {
    "weak-key, as we allow it": ("weak-key", Client(security_level=1)),
    "no-authority-key, as we are not strict": ("no-authority-key", Client()),
    "revoked, as we check no list": ("revoked", Client()),
    "no-names, and a common name": ("no-names", Client()),
    "our file lacks the list of an issuer's issuer": ("good", Client(crl="issuing_crl")),
    "every list is there": ("good", Client(crl="crl")),
}
"""What only a stricter client would refuse."""
WARNED = {
    "weak-key, as we allow it": frozenset({"tls.server_cert.weak_key"}),
    "no-authority-key, as we are not strict": frozenset({"tls.server_cert.malformed"}),
    "no-names, and a common name": frozenset({"tls.server_cert.name_mismatch"}),
    "our file lacks the list of an issuer's issuer": frozenset({"tls.crl.unavailable"}),
}
"""Which of it is said."""


def cells() -> Iterator[Cell]:
    """Every fault at every server that can show it, under both versions."""
    for server in REAL:
        for tls in VERSIONS:
            yield from _of(server, tls)


def _of(server: str, tls: str) -> Iterator[Cell]:
    cannot = CANNOT_SHOW.get(server, set())
    kind = Kind.SERVER_CERTIFICATE
    for fault, expected in EXPECTED.items():
        if fault not in cannot:
            client, at = CLIENTS.get(fault, Client()), Door(tls, fault)
            yield Cell(kind=kind, fault=fault, server=server, tls=tls, at=at, client=client, expected=expected)
    for fault, (client, expected) in OUR_LIST.items():
        yield Cell(kind=kind, fault=fault, server=server, tls=tls, at=Door(tls), client=client, expected=expected)
    for certificate, expected in BESIDES.items():
        both, client = f"{certificate}, and our list is out of date", Client(crl="stale_crl")
        at = Door(tls, certificate)
        yield Cell(kind=kind, fault=both, server=server, tls=tls, at=at, client=client, expected=expected)
    for fault, (certificate, client) in FINE.items():
        if certificate not in cannot:
            yield Cell(
                kind=Kind.NOTHING,
                fault=fault,
                server=server,
                tls=tls,
                at=Door(tls, certificate),
                client=client,
                expected=Expected(reason=None, warnings=WARNED.get(fault, frozenset())),
            )
