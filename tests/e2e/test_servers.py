"""`paypath check` and `diagnose` against real servers that want a client certificate: every fault is named, with its file.

One configuration has a path for each fault, so that one `check` judges them all.
"""

import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from probe.lab.pki import SERVER_AUTH, Authority, Issued, self_signed
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Finished, paypath
from tests.servers.material import SERVER_NAMES, Material, write_pair
from tests.servers.process import Server

pytestmark = pytest.mark.server("nginx", "haproxy", "openssl")

VERSIONS = ["1.2", "1.3"]
HANDSHAKE = {"enabled": ["mtls-handshake"]}
Files = tuple[pathlib.Path, pathlib.Path]

NAMED = {
    "missing": "tls.client_cert.missing",
    "expired": "tls.client_cert.expired",
    "not-yet-valid": "tls.client_cert.not_yet_valid",
    "unknown-ca": "tls.client_cert.unknown_ca",
    "revoked": "tls.client_cert.revoked",
}
"""Clients that the servers refuse, and the reason for each."""
IN_OUR_FILE = {"expired", "not-yet-valid"}
"""Faults that our own file proves; for the others there is only the server's word."""
ALERTS = {"expired": 45, "not-yet-valid": 42, "unknown-ca": 48, "revoked": 44}
"""What OpenSSL's servers send for each (tests/servers/test_servers.py holds them to it); `missing` depends on the version."""
MISSING_ALERT = {"1.2": 40, "1.3": 116}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run says about a client certificate, as far as a script would read it."""

    outcome: str
    reason: str | None = None
    confidence: str | None = None
    phase: str | None = None
    seen: int | None = None
    """The alert, or else the HTTP status, that came."""
    subject: str | None = None
    serial: str | None = None
    file: str | None = None


def verdict(run: Mapping[str, Any]) -> Verdict:
    """Read one line of `--format json`; every failure here is shown to customers as 5023."""
    failure = run["failure"]
    if failure is None:
        return Verdict(run["outcome"])
    assert (failure["code"], failure["title"]) == (5023, "Billing connector timeout"), run
    certificate = failure["certificate"] or {}
    return Verdict(
        outcome=run["outcome"],
        reason=failure["reason"],
        confidence=failure["confidence"],
        phase=failure["phase"],
        seen=failure["evidence"]["alert"] or failure["evidence"]["http_status"],
        subject=certificate.get("subject"),
        serial=certificate.get("serial"),
        file=certificate.get("source", {}).get("path"),
    )


def by_path(done: Finished) -> dict[str, dict[str, Any]]:
    """The runs of a `check` by the name of their path."""
    return {str(run["path"]): run for run in done.json_lines()}


def check(directory: pathlib.Path, server: Server, pki: Material, identities: Mapping[str, Files]) -> Finished:
    """Handshake with one server on a path for each identity, and on `missing`, which has none."""
    paths = {name: connector(server.port, trust=pki.trust, identity=name) for name in identities}
    paths["missing"] = connector(server.port, trust=pki.trust)
    file = write(directory, paths, identities=identities, scenarios=HANDSHAKE)
    return paypath("check", "--config", file, "--format", "json")


def clients(pki: Material) -> dict[str, Files]:
    """The files of every client."""
    return {name: (pair.certificate, pair.private_key) for name, pair in pki.clients.items()}


def refused(pki: Material, client: str, reason: str, word: str, phase: str, seen: int) -> Verdict:
    """The verdict on a client that a server refuses: its own certificate, with its serial and file, where it has one."""
    pair = pki.clients.get(client)
    return Verdict(
        outcome="failed",
        reason=reason,
        confidence="proven" if client in IN_OUR_FILE else word,
        phase=phase,
        seen=seen,
        subject=pair.issued.certificate.subject.rfc4514_string() if pair else None,
        serial=f"{pair.issued.certificate.serial_number:x}" if pair else None,
        file=str(pair.certificate) if pair else None,
    )


@pytest.mark.parametrize("tls", VERSIONS)
@pytest.mark.parametrize("program", ["haproxy", "s_server"])
def test_an_alert_names_the_client_certificate(
    program: str, tls: str, pki: Material, request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> None:
    """Under 1.2 the refusal is part of the handshake, under 1.3 it comes after it: both give the same reasons."""
    server = request.getfixturevalue(f"start_{program}")(tls=tls, crl=True)
    done = check(tmp_path, server, pki, clients(pki))
    alerts = ALERTS | {"missing": MISSING_ALERT[tls]}
    phase = {"1.2": "tls", "1.3": "accept"}[tls]
    expected = {name: refused(pki, name, NAMED[name], "peer_alert", phase, alerts[name]) for name in NAMED}
    assert {path: verdict(run) for path, run in by_path(done).items()} == {"good": Verdict("passed")} | expected
    assert (done.status, done.err) == (1, "")


@pytest.mark.parametrize("tls", VERSIONS)
@pytest.mark.parametrize("discloses", [None, "disclosing_pages", "tells_verdict"])
def test_nginx_names_the_client_certificate_only_over_http(
    discloses: str | None,
    tls: str,
    pki: Material,
    start_nginx: StartServer,
    tmp_path: pathlib.Path,
) -> None:
    """Nginx finishes the handshake and answers 400: our own file still proves expiry; trust and revocation only it can tell."""
    server = start_nginx(tls=tls, crl=True, **({discloses: True} if discloses else {}))
    done = check(tmp_path, server, pki, clients(pki))
    reasons = NAMED if discloses else NAMED | dict.fromkeys(["unknown-ca", "revoked"], "tls.client_cert.rejected")
    expected = {name: refused(pki, name, reasons[name], "peer_http", "receive", 400) for name in NAMED}
    assert {path: verdict(run) for path, run in by_path(done).items()} == {"good": Verdict("passed")} | expected
    assert (done.status, done.err) == (1, "")


@pytest.mark.parametrize(
    "words",
    [
        '{"error":"client certificate refused","ssl_c_verify":%[ssl_c_verify]}',
        "ssl_c_verify: %[ssl_c_verify]",
        "refused: s_dn=%[ssl_c_s_dn] is not accepted (ssl_c_verify=%[ssl_c_verify])",
        "Subject: %[ssl_c_s_dn] | Issuer: %[ssl_c_i_dn] | ssl_c_verify: %[ssl_c_verify]",
    ],
)
def test_haproxy_names_the_client_certificate_in_its_own_words(
    words: str, pki: Material, start_haproxy: StartServer, tmp_path: pathlib.Path
) -> None:
    """It lets every certificate through the handshake, and refuses with OpenSSL's number, written as its operator likes: each is a failure."""
    server = start_haproxy(crl=True, discloses=words)
    told = {path: verdict(run) for path, run in by_path(check(tmp_path, server, pki, clients(pki))).items()}
    assert {path: each.reason for path, each in told.items()} == {"good": None} | NAMED
    by_alert = told.pop("missing")
    assert (by_alert.phase, by_alert.seen) == ("accept", MISSING_ALERT["1.3"])
    assert {path: each.confidence for path, each in told.items()} == {"good": None} | dict.fromkeys(
        set(NAMED) - {"missing"}, "inferred"
    )


def own_files(directory: pathlib.Path, pki: Material) -> dict[str, tuple[Files, str, pathlib.Path]]:
    """Identities that cannot be used: their files, the reason, and the file that is to be named."""
    good = pki.clients["good"]
    certificate, key = good.certificate, good.private_key
    other = pki.clients["expired"].private_key
    torn, empty = directory / "torn.crt", directory / "empty.key"
    torn.write_bytes(certificate.read_bytes()[:80])
    empty.touch()
    gone_certificate, gone_key = directory / "gone.crt", directory / "gone.key"
    found = {
        "key-mismatch": ((certificate, other), "tls.client_key.mismatch", other),
        "certificate-malformed": ((torn, key), "tls.client_cert.file_malformed", torn),
        "certificate-missing": ((gone_certificate, key), "tls.client_cert.file_missing", gone_certificate),
        "key-malformed": ((certificate, empty), "tls.client_key.malformed", empty),
        "key-missing": ((certificate, gone_key), "tls.client_key.file_missing", gone_key),
    }
    if os.geteuid() != 0:  # root reads everything
        locked = directory / "locked.key"
        locked.write_bytes(key.read_bytes())
        locked.chmod(0)
        found["key-unreadable"] = ((certificate, locked), "tls.client_key.file_unreadable", locked)
    return found


def test_our_own_files_are_proven_wrong(pki: Material, start_haproxy: StartServer, tmp_path: pathlib.Path) -> None:
    """Files that cannot be used fail the path with proof and by name; the handshake is still made, for the evidence."""
    files = own_files(tmp_path, pki)
    server = start_haproxy(tls="1.2")
    done = check(tmp_path, server, pki, {name: identity for name, (identity, _, _) in files.items()})
    runs = by_path(done)
    assert done.status == 1
    for name, (_, reason, file) in files.items():
        failure = runs[name]["failure"]
        assert verdict(runs[name]).outcome == "failed"
        assert (failure["reason"], failure["confidence"], failure["blame"]) == (reason, "proven", "ours")
        assert str(file) in failure["summary"]
        assert runs[name]["tls"]["version"] == "TLSv1.2", "no handshake was made"
        assert runs[name]["peer_chain"], "the connector's chain was not kept"


@pytest.mark.parametrize("name", ["key-mismatch", "certificate-malformed", "key-missing"])
def test_diagnose_proves_our_own_files_wrong(
    name: str, pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """The on-call engineer's one command gives the same reason and status as the scheduled check."""
    (certificate, key), reason, file = own_files(tmp_path, pki)[name]
    done = diagnose(start_s_server(), pki, "--cert", str(certificate), "--key", str(key))
    failure = single(done)["failure"]
    assert (done.status, failure["code"], failure["reason"], failure["confidence"]) == (1, 5023, reason, "proven")
    assert str(file) in failure["summary"]


def server_faults(pki: Material) -> dict[str, tuple[Issued, str]]:
    """Server certificates that must be refused, and the reason for each."""
    a_day, names, usages = timedelta(days=1), SERVER_NAMES, (SERVER_AUTH,)
    stranger = Authority.root("a CA that nobody trusts", now=pki.now)

    def issue(san: tuple[str, ...] = names, **more: Any) -> Issued:  # noqa: ANN401 - the dates of `issue`
        return pki.issuing.issue("connector", san=san, usages=usages, **more)

    return {
        "wrong-name": (issue(("other-connector.internal",)), "tls.server_cert.name_mismatch"),
        "unknown-ca": (
            stranger.issue("connector", san=names, usages=usages),
            "tls.server_cert.incomplete_or_unknown_ca",
        ),
        "expired": (
            issue(not_before=pki.now - 30 * a_day, not_after=pki.now - a_day),
            "tls.server_cert.expired",
        ),
        "not-yet-valid": (
            issue(not_before=pki.now + a_day, not_after=pki.now + 30 * a_day),
            "tls.server_cert.not_yet_valid",
        ),
        "self-signed": (self_signed("connector", now=pki.now, san=names), "tls.server_cert.self_signed"),
    }


@pytest.mark.parametrize(
    ("program", "tls"), [("nginx", "1.3"), ("haproxy", "1.2"), ("s_server", "1.2"), ("s_server", "1.3")]
)
def test_a_server_certificate_is_named(
    program: str, tls: str, pki: Material, request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> None:
    """Our own verification proves what is wrong with the connector's certificate, and shows the one that was presented."""
    start: StartServer = request.getfixturevalue(f"start_{program}")
    faults = server_faults(pki)
    started = {name: start(tls=tls, server=write_pair(tmp_path, name, issued)) for name, (issued, _) in faults.items()}
    paths = {name: connector(server.port, trust=pki.trust, identity="good") for name, server in started.items()}
    file = write(tmp_path, paths, identities={"good": clients(pki)["good"]}, scenarios=HANDSHAKE)
    done = paypath("check", "--config", file, "--format", "json")
    runs = by_path(done)
    assert done.status == 1
    assert {name: verdict(run).reason for name, run in runs.items()} == {n: reason for n, (_, reason) in faults.items()}
    for name, (issued, _) in faults.items():
        failure = runs[name]["failure"]
        assert (failure["confidence"], failure["phase"], failure["code"]) == ("proven", "tls", 5023)
        assert failure["certificate"]["serial"] == f"{issued.certificate.serial_number:x}"
        assert failure["certificate"]["source"] == {"kind": "wire", "endpoint": f"localhost:{started[name].port}"}


@pytest.mark.parametrize(("name", "tls"), [("wrong-name", "1.2"), ("unknown-ca", "1.3"), ("expired", "1.3")])
def test_diagnose_names_a_server_certificate(
    name: str, tls: str, pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """The same, without any configuration."""
    issued, reason = server_faults(pki)[name]
    good = pki.clients["good"]
    server = start_s_server(tls=tls, server=write_pair(tmp_path, name, issued))
    done = diagnose(server, pki, "--cert", str(good.certificate), "--key", str(good.private_key))
    failure = single(done)["failure"]
    assert (done.status, failure["code"], failure["reason"], failure["confidence"]) == (1, 5023, reason, "proven")


def test_the_text_says_what_a_tired_person_needs(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """Subject, serial, file, end and age of the certificate, the code that customers saw, and what to do."""
    expired = pki.clients["expired"]
    paths = {"billing": connector(start_nginx().port, trust=pki.trust, identity="billing")}
    identities = {"billing": (expired.certificate, expired.private_key)}
    done = paypath("check", "--config", write(tmp_path, paths, identities=identities, scenarios=HANDSHAKE))
    assert done.status == 1
    certificate = expired.issued.certificate
    end = certificate.not_valid_after_utc
    for told in (
        "5023",
        "tls.client_cert.expired",
        "proven",
        "CN=expired client",
        f"{certificate.serial_number:x}",
        str(expired.certificate),
        f"{end:%Y-%m-%dT%H:%M:%SZ}",
        " ago",
        "paypath preflight",
    ):
        assert told in " ".join(done.out.split()), f"{told!r} is missing:\n{done.out}"


def diagnose(server: Server, pki: Material, *more: str) -> Finished:
    """`paypath diagnose` with our CA, as JSON."""
    return paypath("diagnose", f"localhost:{server.port}", "--ca", str(pki.trust), *more, "--format", "json")


def single(done: Finished) -> dict[str, Any]:
    """The one object that was printed."""
    (line,) = done.json_lines()
    return line
