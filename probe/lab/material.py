"""The lab's certificates on disk: one CA, the connector's certificates, and the probe's identity in all its faulty forms."""

import pathlib
import shutil
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from probe.lab.pki import SERVER_AUTH, Authority, Issued

SERVER_NAMES: Final = ("localhost", "127.0.0.1")
_CLIENT: Final = "billing-service"


class Material:
    """Made anew at every start of the lab; nothing is kept from the last one."""

    def __init__(self, directory: pathlib.Path, *, now: datetime) -> None:
        """Issue everything and write it below `directory`; the healthy identity is in place afterwards."""
        self._directory = directory
        root = Authority.root("paypath lab root", now=now)
        stranger = Authority.root("another lab's root", now=now)
        issuing = root.intermediate("paypath lab issuing CA")
        self._clients = _clients(issuing, stranger, now)
        self._servers = _servers(issuing, stranger, now)
        self.trust = directory / "ca.pem"
        self.trust.write_bytes(root.certificate_pem)
        self._client_trust = root.certificate_pem + issuing.certificate_pem
        revoked = self._clients["client-cert-revoked"].certificate
        self._crl = root.crl() + issuing.crl([revoked])
        self._identity = directory / "identity"
        shutil.rmtree(self._identity, ignore_errors=True)
        self._identity.mkdir(mode=0o700)
        self.certificate, self.key = self._identity / "tls.crt", self._identity / "tls.key"
        self._swaps = 0
        self.use_identity(None)
        for file in (self.certificate, self.key):
            file.symlink_to(pathlib.Path("..data") / file.name)

    def use_identity(self, fault: str | None) -> None:
        """Put a pair in place, certificate and key at once, as the kubelet does: a new directory, then one rename."""
        issued = self._clients[fault or "good"]
        self._swaps += 1
        fresh, link = self._identity / f"..{self._swaps}", self._identity / "..data_tmp"
        fresh.mkdir(mode=0o700)
        issued.write(fresh / "tls.crt", fresh / "tls.key")
        link.symlink_to(fresh.name)
        link.replace(self._identity / "..data")
        for old in self._identity.glob("..[0-9]*"):
            if old != fresh and old.name != f"..{self._swaps - 1}":
                shutil.rmtree(old)

    def server_context(self, fault: str | None) -> ssl.SSLContext:
        """The connector's side: a client certificate from the lab's CA is required and checked against its CRL."""
        issued = self._servers[fault or "good"]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        files = self._directory / "connector"
        files.mkdir(mode=0o700, exist_ok=True)
        certificate, key, clients = files / "tls.crt", files / "tls.key", files / "client-ca.pem"
        issued.write(certificate, key)
        context.load_cert_chain(certificate, key)
        clients.write_bytes(self._client_trust + self._crl)
        context.load_verify_locations(clients)
        return context


def _clients(issuing: Authority, stranger: Authority, now: datetime) -> Mapping[str, Issued]:
    return {
        "good": issuing.issue(_CLIENT),
        "client-cert-expired": issuing.issue(
            _CLIENT, not_before=now - timedelta(days=365), not_after=now - timedelta(minutes=2)
        ),
        "client-cert-not-yet-valid": issuing.issue(
            _CLIENT, not_before=now + timedelta(days=1), not_after=now + timedelta(days=91)
        ),
        "client-cert-unknown-ca": stranger.issue(_CLIENT),
        "client-cert-revoked": issuing.issue(_CLIENT),
    }


def _servers(issuing: Authority, stranger: Authority, now: datetime) -> Mapping[str, Issued]:
    name, usages = "billing-connector", (SERVER_AUTH,)
    return {
        "good": issuing.issue(name, san=SERVER_NAMES, usages=usages),
        "server-cert-expired": issuing.issue(
            name,
            san=SERVER_NAMES,
            usages=usages,
            not_before=now - timedelta(days=90),
            not_after=now - timedelta(minutes=2),
        ),
        "server-cert-unknown-ca": stranger.issue(name, san=SERVER_NAMES, usages=usages),
        "server-cert-wrong-name": issuing.issue(name, san=("other-connector.internal",), usages=usages),
    }
