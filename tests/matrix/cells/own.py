"""Our own files and settings: proven before a packet is sent, and said although the handshake is still made."""

from collections.abc import Iterator

from tests.matrix.cell import Cell, Client, Expected, Files, Kind
from tests.matrix.fleet.door import Door
from tests.matrix.own_files import PASSWORD
from tests.matrix.servers import HAPROXY, NGINX, PYTHON, VERSIONS

_CERTIFICATE = "tls.client_cert"
_KEY = "tls.client_key"

FILES: dict[str, tuple[Files, str | None]] = {
    "certificate missing": (Files(certificate="gone.crt", key="good.key"), f"{_CERTIFICATE}.file_missing"),
    "certificate below a file": (Files(certificate="in-a-file", key="good.key"), f"{_CERTIFICATE}.file_missing"),
    "certificate unreadable": (Files(certificate="a-directory", key="good.key"), f"{_CERTIFICATE}.file_unreadable"),
    "certificate empty": (Files(certificate="empty", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate blank": (Files(certificate="blank", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate torn": (Files(certificate="torn.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "intermediate torn": (Files(certificate="torn-intermediate.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate in DER": (Files(certificate="der.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate with bad base64": (Files(certificate="base64.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate indented": (Files(certificate="indented.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate that is none": (Files(certificate="not-x509.crt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "certificate of words": (Files(certificate="words.txt", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "PKCS#12 instead": (Files(certificate="identity.p12", key="identity.p12"), f"{_CERTIFICATE}.file_malformed"),
    "a revocation list instead": (Files(certificate="crl.pem", key="good.key"), f"{_CERTIFICATE}.file_malformed"),
    "the key instead of the certificate": (
        Files(certificate="good.key", key="good.key"),
        f"{_CERTIFICATE}.file_malformed",
    ),
    "weak key": (Files(certificate="weak.crt", key="weak.key"), f"{_CERTIFICATE}.weak_key"),
    "weak signature": (Files(certificate="sha1.crt", key="sha1.key"), f"{_CERTIFICATE}.weak_signature"),
    "weak, expired and for servers": (
        Files(certificate="everything.crt", key="everything.key"),
        f"{_CERTIFICATE}.weak_key",
    ),
    "weak, expired, for servers, and the key of another": (
        Files(certificate="everything.crt", key="other.key"),
        f"{_KEY}.mismatch",
    ),
    "both missing": (Files(certificate="gone.crt", key="gone.key"), f"{_CERTIFICATE}.file_missing"),
    "key missing": (Files(certificate="good.crt", key="gone.key"), f"{_KEY}.file_missing"),
    "key unreadable": (Files(certificate="good.crt", key="a-directory"), f"{_KEY}.file_unreadable"),
    "key empty": (Files(certificate="good.crt", key="empty"), f"{_KEY}.malformed"),
    "key torn": (Files(certificate="good.crt", key="torn.key"), f"{_KEY}.malformed"),
    "key in DER": (Files(certificate="good.crt", key="der.key"), f"{_KEY}.malformed"),
    "key indented": (Files(certificate="good.crt", key="indented.key"), f"{_KEY}.malformed"),
    "the certificate instead of the key": (Files(certificate="good.crt", key="good.crt"), f"{_KEY}.malformed"),
    "key of another certificate": (Files(certificate="good.crt", key="other.key"), f"{_KEY}.mismatch"),
    "key of another type": (Files(certificate="good.crt", key="rsa.key"), f"{_KEY}.mismatch"),
    "intermediate before the leaf": (Files(certificate="chain-first.crt", key="good.key"), f"{_KEY}.mismatch"),
    "key encrypted, no password": (Files(certificate="good.crt", key="encrypted.key"), f"{_KEY}.encrypted"),
    "key encrypted, wrong password": (
        Files(certificate="good.crt", key="encrypted.key", password="battery staple"),
        f"{_KEY}.bad_password",
    ),
    "key encrypted, right password": (Files(certificate="good.crt", key="encrypted.key", password=PASSWORD), None),
    "key and certificate in one file": (Files(certificate="both.pem", key="both.pem"), None),
}
"""Files of `tests.matrix.own_files`, and the reason that they prove; None: they can be used."""

_EVERYTHING = frozenset({f"{_CERTIFICATE}.expired", f"{_CERTIFICATE}.wrong_eku"})
ALSO = {
    "weak, expired and for servers": _EVERYTHING,
    "weak, expired, for servers, and the key of another": _EVERYTHING | {f"{_CERTIFICATE}.weak_key"},
    "both missing": frozenset({f"{_KEY}.file_missing"}),
}
"""What else is true of some of them, all of which must be said."""

SETTINGS = {
    "no CA bundle": Client(trust="gone.pem"),
    "an empty CA bundle": Client(trust="empty"),
    "a CA bundle of words": Client(trust="words.txt"),
    "a CA bundle in DER": Client(trust="der.crt"),
    "no revocation list": Client(crl="gone.pem"),
    "a revocation list of words": Client(crl="words.txt"),
    "ciphers that nobody knows": Client(ciphers="NO-SUCH-CIPHER"),
    "versions that exclude each other": Client(tls_min="1.3", tls_max="1.2"),
    "a server name that cannot be one": Client(server_name=".not.a.name"),
}
"""What makes our own TLS context, or its first word, impossible."""


def cells() -> Iterator[Cell]:
    """At a server that refuses with an alert, one that refuses in HTTP, and one of our own."""
    for server in (NGINX, HAPROXY, PYTHON):
        for tls in VERSIONS:
            for fault, (files, reason) in FILES.items():
                yield Cell(
                    kind=Kind.OWN_FILES if reason else Kind.NOTHING,
                    fault=fault,
                    server=server,
                    tls=tls,
                    at=Door(tls),
                    client=Client(identity=files),
                    expected=Expected(reason=reason, confidence="proven" if reason else None, also=ALSO.get(fault)),
                )
    for fault, client in SETTINGS.items():
        yield Cell(
            kind=Kind.OWN_FILES,
            fault=fault,
            server=NGINX,
            tls="1.3",
            at=Door("1.3"),
            client=client,
            expected=Expected(reason="tls.local_config", confidence="proven"),
        )
