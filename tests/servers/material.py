"""The keys and certificates that the real servers and their clients use, written to files once for a test session."""

import pathlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from probe.lab.pki import SERVER_AUTH, Authority, Issued

SERVER_NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its chain, and its key, as files."""

    certificate: pathlib.Path
    private_key: pathlib.Path
    issued: Issued

    @property
    def both(self) -> pathlib.Path:
        """Certificate, chain and key in one file, as haproxy wants it."""
        return self.certificate.with_suffix(".pem")


@dataclass(frozen=True, slots=True)
class Material:
    """One public key infrastructure: a root, an intermediate that issues, and every identity that the tests present."""

    directory: pathlib.Path
    now: datetime
    root: Authority
    issuing: Authority
    trust: pathlib.Path
    """The root alone: what both sides trust."""
    chain: pathlib.Path
    """The issuing intermediate, as a server that wants it apart from its leaf is given it."""
    crl: pathlib.Path
    """Both authorities' lists, the issuing one's first; it names the `revoked` client."""
    server: Pair
    clients: dict[str, Pair]
    """`good`, `expired`, `not-yet-valid`, `unknown-ca`, `revoked`."""


def make(directory: pathlib.Path, now: datetime) -> Material:
    """Make everything anew, valid around `now`, and write it below `directory`."""
    root = Authority.root("paypath test root", now=now)
    issuing = root.intermediate("paypath test issuing CA")
    stranger = Authority.root("a root that nobody trusts", now=now)
    a_day = timedelta(days=1)
    clients = {
        "good": issuing.issue("good client"),
        "expired": issuing.issue("expired client", not_before=now - 30 * a_day, not_after=now - a_day),
        "not-yet-valid": issuing.issue("future client", not_before=now + a_day, not_after=now + 30 * a_day),
        "unknown-ca": stranger.issue("client of a stranger"),
        "revoked": issuing.issue("revoked client"),
    }
    server = issuing.issue("localhost", san=SERVER_NAMES, usages=(SERVER_AUTH,))
    return Material(
        directory=directory,
        now=now,
        root=root,
        issuing=issuing,
        trust=_write(directory / "root.pem", root.certificate_pem),
        chain=_write(directory / "issuing.pem", issuing.certificate_pem),
        crl=_write(directory / "crl.pem", issuing.crl([clients["revoked"].certificate]) + root.crl()),
        server=write_pair(directory, "server", server),
        clients={name: write_pair(directory, name, issued) for name, issued in clients.items()},
    )


def write_pair(directory: pathlib.Path, name: str, issued: Issued) -> Pair:
    """Write `NAME.crt`, `NAME.key` and, for haproxy, `NAME.pem` with both."""
    pair = Pair(directory / f"{name}.crt", directory / f"{name}.key", issued)
    issued.write(pair.certificate, pair.private_key)
    pair.both.touch(mode=0o600)
    pair.both.write_bytes(issued.certificate_pem + issued.key_pem)
    return pair


def _write(path: pathlib.Path, content: bytes) -> pathlib.Path:
    path.write_bytes(content)
    return path
