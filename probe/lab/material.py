"""The lab's certificates on disk: one CA, the connector's certificates, and the probe's identity in all its faulty forms."""

import contextlib
import pathlib
import shutil
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.tls.memory import as_file

SERVER_NAMES: Final = ("localhost", "127.0.0.1")
_CLIENT: Final = "billing-service"
_REVOCATIONS_LAST: Final = timedelta(days=365)
"""Longer than any certificate here: a CRL that ran out would refuse the good ones too."""


class Material:
    """Made anew at every start of the lab; nothing is kept from the last one, and the connector's keys never touch the disk."""

    def __init__(self, directory: pathlib.Path, *, now: datetime) -> None:
        """Issue everything and write it below `directory`; the healthy identity is in place afterwards. Raises OSError."""
        root = Authority.root("paypath lab root", now=now)
        stranger = Authority.root("another lab's root", now=now)
        issuing = root.intermediate("paypath lab issuing CA")
        self._issuing = issuing
        self._clients = _clients(issuing, stranger, now)
        self._servers = _servers(issuing, stranger, now)
        self.trust = directory / "ca.pem"
        self.trust.write_bytes(root.certificate_pem)
        revoked = self._clients["client-cert-revoked"].certificate
        next_update = now + _REVOCATIONS_LAST
        self._admits = b"".join(
            (
                root.certificate_pem,
                issuing.certificate_pem,
                root.crl(next_update=next_update),
                issuing.crl([revoked], next_update=next_update),
            )
        )
        self._identity = directory / "identity"
        self.certificate, self.key = self._identity / "tls.crt", self._identity / "tls.key"
        self._swaps = 0
        self._clear()
        self.use_identity(None)
        for file in (self.certificate, self.key):
            file.symlink_to(pathlib.Path("..data") / file.name)

    def issue(self, *, not_before: datetime, not_after: datetime) -> Issued:
        """Another client certificate for the probe, of the same name; `put` puts it in place."""
        return self._issuing.issue(_CLIENT, not_before=not_before, not_after=not_after)

    def use_identity(self, fault: str | None) -> None:
        """Put the healthy pair in place, or a faulty one. Raises OSError; then the old pair is in force."""
        self.put(self._clients[fault or "good"])

    def put(self, issued: Issued) -> None:
        """Put a pair in place, certificate and key at once, as the kubelet does: a new directory, then one rename.

        The pair before it stays for readers that are between its two files. Raises OSError; then the old pair is in force.
        """
        self._swaps += 1
        fresh, link = self._identity / f"..{self._swaps}", self._identity / "..data_tmp"
        fresh.mkdir(mode=0o700)
        issued.write(fresh / "tls.crt", fresh / "tls.key")
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        data = self._identity / "..data"
        before = data.readlink().name if data.is_symlink() else None
        link.replace(data)
        for old in self._identity.glob("..[0-9]*"):
            if old.name not in (fresh.name, before):
                shutil.rmtree(old)

    def server_context(self, fault: str | None, *, admits_everybody: bool = False) -> ssl.SSLContext:
        """The connector's side: a client certificate from the lab's CA is required and checked against its CRL.

        `admits_everybody`: one is asked for and checked, and whoever shows none comes in all the same.
        """
        issued = self._servers[fault or "good"]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_OPTIONAL if admits_everybody else ssl.CERT_REQUIRED
        context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        with as_file(issued.certificate_pem + issued.key_pem) as pair, as_file(self._admits) as admits:
            context.load_cert_chain(pair)
            context.load_verify_locations(admits)
        return context

    def _clear(self) -> None:
        """Remove what an earlier lab left; what else somebody put there stays."""
        self._identity.mkdir(mode=0o700, exist_ok=True)
        self._identity.chmod(0o700)
        for name in ("tls.crt", "tls.key", "..data", "..data_tmp"):
            with contextlib.suppress(FileNotFoundError):
                (self._identity / name).unlink()
        for old in self._identity.glob("..[0-9]*"):
            shutil.rmtree(old)


def _clients(issuing: Authority, stranger: Authority, now: datetime) -> Mapping[str, Issued]:
    return {
        "good": issuing.issue(_CLIENT),
        "client-cert-expired": issuing.issue(
            _CLIENT, not_before=now - timedelta(days=365), not_after=now - timedelta(minutes=2)
        ),
        "client-cert-not-yet-valid": issuing.issue(
            _CLIENT, not_before=now + timedelta(days=30), not_after=now + timedelta(days=120)
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
