"""`paypath preflight` as a user types it, against nginx with required client certificates, against servers that send alerts, and in the lab."""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.report.schema import result_schema
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import PATIENCE_S, Finished, Lab, paypath
from tests.servers.command import PAYPATH
from tests.servers.material import Material, Pair, write_pair
from tests.support.connect_proxy import proxying

CURRENT = "good client"
"""The subject of the current certificate: a right candidate has the same."""
DAY = timedelta(days=1)
SCREEN = 45
"""Lines; the directories of tests have longer names than those of people, and wrap."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one preflight came to."""

    status: int
    result: dict[str, Any]
    everything: str

    @property
    def objections(self) -> list[str]:
        """Their reasons, in order."""
        return [each["reason"] for each in self.result["objections"]]

    def check(self, name: str, path: str | None = None) -> str:
        """The outcome of the check of that name."""
        (found,) = [c for c in self.result["checks"] if c["name"] == name and (path is None or c["path"] == path)]
        outcome: str = found["outcome"]
        return outcome


class Desk:
    """Where somebody sits with a configuration and a new pair of files."""

    def __init__(self, directory: pathlib.Path, pki: Material) -> None:
        """Nothing is configured yet."""
        self.directory, self.pki = directory, pki

    def configure(self, port: int, *, current: str = "good", **more: object) -> str:
        """One path to that port, with one of the test clients as its identity."""
        pair = self.pki.clients[current]
        paths = {"billing": connector(port, trust=self.pki.trust, identity="billing", **more)}
        return write(self.directory, paths, identities={"billing": (pair.certificate, pair.private_key)})

    def pair(self, name: str = CURRENT, *, by: Authority | None = None, **more: Any) -> Pair:  # noqa: ANN401 - the options of `issue`
        """A new pair of files, of the same name as the current one unless told otherwise."""
        return write_pair(self.directory, "new", (by or self.pki.issuing).issue(name, **more))

    def preflight(self, pair: Pair, *words: str | pathlib.Path) -> Said:
        """As a script calls it. What is printed fits the published schema and holds nothing of the key."""
        return self.named(pair.certificate, pair.private_key, *words)

    def named(self, certificate: pathlib.Path, key: pathlib.Path, *words: str | pathlib.Path) -> Said:
        """The same with any two files."""
        config = () if "--connector" in words else ("--config", str(self.directory / "paypath.yaml"))
        typed = [str(word) for word in ("--cert", certificate, "--key", key, *words)]
        done = paypath("preflight", *config, *typed, "--format", "json", cwd=self.directory)
        assert done.out.count("\n") == 1, done
        result = json.loads(done.out)
        jsonschema.validate(result, {**result_schema(), "anyOf": [{"$ref": "#/$defs/preflight"}]})
        _holds_no_secret(done, key)
        return Said(done.status, result, done.out + done.err)

    def screen(self, pair: Pair, *words: str) -> str:
        """As a person reads it."""
        config = str(self.directory / "paypath.yaml")
        typed = ["--cert", str(pair.certificate), "--key", str(pair.private_key)]
        done = paypath("preflight", "--config", config, *typed, *words, env={"COLUMNS": "100", "PYTHONUTF8": "1"})
        assert len(done.out.splitlines()) <= SCREEN, done.out
        return done.out


def _holds_no_secret(done: Finished, key: pathlib.Path) -> None:
    """No line of the key file stands in any output."""
    if key.is_file() and os.access(key, os.R_OK) and b"PRIVATE KEY" in key.read_bytes():
        secret = [line for line in key.read_text().splitlines() if not line.startswith("-----") and len(line) > 16]
        assert secret
        assert not [line for line in secret if line in done.out or line in done.err]


@pytest.fixture
def desk(tmp_path: pathlib.Path, pki: Material) -> Desk:
    """An empty desk."""
    return Desk(tmp_path, pki)


@pytest.mark.server("nginx")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_right_candidate_is_ready(desk: Desk, start_nginx: StartServer, tls: str) -> None:
    """Every check passes, on both versions: the list of accepted CAs is seen in either."""
    desk.configure(start_nginx(tls=tls, crl=True).port)
    said = desk.preflight(desk.pair())
    assert (said.status, said.result["outcome"], said.objections) == (0, "passed", [])
    assert {c["outcome"] for c in said.result["checks"]} == {"passed"}
    assert said.result["candidate"]["serial"] != said.result["current"]["serial"]
    assert desk.screen(desk.pair()).startswith("READY to roll out\n")


@pytest.mark.server("nginx")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_the_incident_a_candidate_that_mends_the_path_passes_and_says_so(
    desk: Desk, start_nginx: StartServer, tls: str
) -> None:
    """The current certificate has expired, and every payment fails; this is the one that ends the outage."""
    desk.configure(start_nginx(tls=tls).port, current="expired")
    pair = desk.pair("expired client")
    said = desk.preflight(pair)
    assert (said.status, said.result["mends"]) == (0, ["billing"])
    assert (said.check("current-works"), said.check("request")) == ("failed", "passed")
    text = desk.screen(pair)
    assert text.startswith("READY to roll out\n")
    assert "does not work with the current identity now (client certificate expired" in " ".join(text.split())


def _expired(desk: Desk) -> Pair:
    return desk.pair(not_before=desk.pki.now - 30 * DAY, not_after=desk.pki.now - DAY)


def _wrong_ca(desk: Desk) -> Pair:
    return desk.pair(by=Authority.root("a CA that nobody trusts", now=desk.pki.now))


def _without_intermediate(desk: Desk) -> Pair:
    return desk.pair(send_chain=False)


def _wrong_intermediate(desk: Desk) -> Pair:
    issued = desk.pki.issuing.issue(CURRENT)
    other = desk.pki.root.intermediate("paypath test issuing CA")
    return write_pair(desk.directory, "new", Issued(issued.certificate, issued.key, (other.issued.certificate,)))


def _weakly_signed(desk: Desk) -> Pair:
    issued = desk.pki.issuing.issue(CURRENT)
    plain, by = issued.certificate, desk.pki.issuing.issued
    builder = x509.CertificateBuilder(plain.issuer, plain.subject, plain.public_key(), plain.serial_number)
    for extension in plain.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    builder = builder.not_valid_before(plain.not_valid_before_utc).not_valid_after(plain.not_valid_after_utc)
    signed = builder.sign(by.key, hashes.SHA224())
    assert signed.signature_hash_algorithm is not None
    return write_pair(desk.directory, "new", Issued(signed, issued.key, issued.chain))


WRONG: dict[str, tuple[Callable[[Desk], Pair], str]] = {
    "expired": (_expired, "tls.client_cert.expired"),
    "not yet valid": (
        lambda desk: desk.pair(not_before=desk.pki.now + DAY, not_after=desk.pki.now + 90 * DAY),
        "tls.client_cert.not_yet_valid",
    ),
    "inside its last rungs": (
        lambda desk: desk.pair(not_before=desk.pki.now - 90 * DAY, not_after=desk.pki.now + timedelta(hours=9)),
        "certificate.expiring",
    ),
    "wrong CA": (_wrong_ca, "tls.client_cert.unknown_ca"),
    "missing intermediate": (_without_intermediate, "tls.client_cert.chain_incomplete"),
    "intermediate of the same name": (_wrong_intermediate, "tls.client_cert.chain_incomplete"),
    "for servers only": (lambda desk: desk.pair(usages=(SERVER_AUTH,)), "tls.client_cert.wrong_eku"),
    "other subject": (lambda desk: desk.pair("another client"), "certificate.name_changed"),
    "other names": (lambda desk: desk.pair(san=("billing.internal",)), "certificate.name_changed"),
    "weak key": (lambda desk: desk.pair(rsa_bits=1024), "tls.client_cert.weak_key"),
    "the same file": (lambda desk: desk.pki.clients["good"], "certificate.unchanged"),
}


@pytest.mark.server("nginx")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_candidate_gets_the_exact_objection(name: str, desk: Desk, start_nginx: StartServer) -> None:
    """Status 1; the objection leads on the screen, and the control says that the path itself is well."""
    made, reason = WRONG[name]
    desk.configure(start_nginx(crl=True).port)
    pair = made(desk)
    said = desk.preflight(pair)
    assert (said.status, said.result["outcome"]) == (1, "failed")
    assert said.objections[0] == reason, said.objections
    assert said.check("current-works") == "passed"
    assert f" · {reason} (" in desk.screen(pair).splitlines()[0]


@pytest.mark.server("nginx")
def test_a_signature_below_the_paths_level(desk: Desk, start_nginx: StartServer) -> None:
    """The level is the path's: 3 asks for 128 bits, which SHA-224 does not give."""
    desk.configure(start_nginx().port, verify={"security_level": 3})
    said = desk.preflight(_weakly_signed(desk))
    assert said.status == 1
    assert "tls.client_cert.weak_signature" in said.objections
    assert said.check("handshake") == "skipped", "OpenSSL does not offer it"


@pytest.mark.server("nginx")
def test_a_new_name_can_be_meant(desk: Desk, start_nginx: StartServer) -> None:
    """`--allow-new-name`; the names still stand beside each other."""
    desk.configure(start_nginx().port)
    pair = desk.pair("another client", san=("billing.internal",))
    refused = desk.preflight(pair)
    assert refused.objections == ["certificate.name_changed", "certificate.name_changed"]
    said = desk.preflight(pair, "--allow-new-name")
    assert (said.status, said.check("same-subject")) == (0, "passed")
    assert "CN=another client, and the current one CN=good client" in said.everything


def test_the_files_by_themselves(desk: Desk, pki: Material) -> None:
    """Every way in which two files can be wrong, without a connector: status 1, or 3 where only the connector is missing."""
    desk.configure(_closed_port())
    good = desk.pair()
    other = pki.clients["revoked"]
    locked = desk.directory / "locked.key"
    locked.write_bytes(good.issued.encrypted_key_pem(b"open sesame"))
    password = desk.directory / "password"
    password.write_text("open sesame\n")
    wrong_password = desk.directory / "wrong"
    wrong_password.write_text("sesame\n")
    der = desk.directory / "new.der"
    der.write_bytes(good.issued.certificate.public_bytes(serialization.Encoding.DER))
    crt, key = good.certificate, good.private_key

    def first(certificate: pathlib.Path, private_key: pathlib.Path, *words: str | pathlib.Path) -> tuple[int, str]:
        said = desk.named(certificate, private_key, *words)
        return said.status, next(iter(said.objections), "")

    assert first(crt, other.private_key) == (1, "tls.client_key.mismatch")
    assert first(crt, locked) == (1, "tls.client_key.encrypted")
    assert first(crt, locked, "--key-password-file", wrong_password) == (1, "tls.client_key.bad_password")
    assert first(crt, locked, "--key-password-file", password) == (3, "")
    assert first(der, key) == (1, "tls.client_cert.file_malformed")
    assert first(desk.directory / "gone.crt", key) == (1, "tls.client_cert.file_missing")
    assert first(crt, desk.directory) == (1, "tls.client_key.file_unreadable")
    swapped = desk.named(key, crt)
    assert (swapped.status, swapped.objections) == (1, ["tls.client_cert.file_malformed"])
    assert "--cert and --key are swapped" in swapped.everything
    assert f"openssl x509 -inform DER -in {der} -out NEW.crt" in desk.named(der, key).everything


def test_a_leaf_that_does_not_come_first(desk: Desk) -> None:
    """The order of the file is wrong, not the key: which certificate it fits is told."""
    desk.configure(_closed_port())
    pair = desk.pair()
    leaf, *chain = x509.load_pem_x509_certificates(pair.certificate.read_bytes())
    content = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (*chain, leaf))
    pair.certificate.write_bytes(content)
    said = desk.preflight(pair)
    assert "tls.client_key.mismatch" in said.objections
    assert "fits certificate 2 of" in said.everything


@pytest.mark.server("haproxy")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_candidate_that_the_connector_has_revoked(desk: Desk, start_haproxy: StartServer, tls: str) -> None:
    """Nothing is wrong with its files: only the handshake shows it."""
    desk.configure(start_haproxy(tls=tls, crl=True).port)
    said = desk.preflight(desk.pki.clients["revoked"], "--allow-new-name")
    assert (said.status, said.objections) == (1, ["tls.client_cert.revoked"])
    assert (said.check("handshake"), said.check("request"), said.check("current-works")) == (
        "failed",
        "skipped",
        "passed",
    )


def test_a_connector_that_is_down_cannot_tell(desk: Desk) -> None:
    """Status 3, and the checks of the files stand; the current identity does not pass either."""
    desk.configure(_closed_port())
    pair = desk.pair()
    said = desk.preflight(pair)
    assert (said.status, said.result["outcome"], said.objections) == (3, "unknown", [])
    assert said.result["failure"]["reason"] == "tcp.refused"
    assert (said.check("key-matches"), said.check("handshake"), said.check("current-works")) == (
        "passed",
        "unknown",
        "failed",
    )
    text = desk.screen(pair)
    assert text.startswith("COULD NOT TELL · connector refuses connections")


@pytest.mark.server("nginx")
def test_a_connector_whose_upstream_is_broken_is_told_from_a_wrong_candidate(
    desk: Desk, start_nginx: StartServer
) -> None:
    """A 502 to the current identity and to the candidate alike: unknown, not an objection."""
    desk.configure(start_nginx(upstream_port=_closed_port()).port, health_path="/status")
    said = desk.preflight(desk.pair())
    assert (said.status, said.objections) == (3, [])
    assert said.result["failure"]["reason"] == "connector.http_5xx"
    assert "The current identity does not pass either" in said.everything


@pytest.mark.server("nginx")
def test_every_path_that_uses_the_identity_is_asked(desk: Desk, start_nginx: StartServer, pki: Material) -> None:
    """Two connectors, one of which is down: unknown, and each path has its own checks; `--path` asks one alone."""
    pair = pki.clients["good"]
    ports = {"billing": start_nginx().port, "refunds": _closed_port()}
    paths = {name: connector(port, trust=pki.trust, identity="shared") for name, port in ports.items()}
    write(desk.directory, paths, identities={"shared": (pair.certificate, pair.private_key)})
    new = desk.pair()
    said = desk.preflight(new)
    assert (said.status, said.result["paths"]) == (3, ["billing", "refunds"])
    assert (said.check("handshake", "billing"), said.check("handshake", "refunds")) == ("passed", "unknown")
    assert desk.preflight(new, "--path", "billing").status == 0
    assert desk.preflight(new, "--identity", "shared").status == 3


@pytest.mark.server("nginx")
def test_without_a_configuration(desk: Desk, start_nginx: StartServer, pki: Material) -> None:
    """`--connector` and the current files by hand; without a connector only the files are judged, and that is said."""
    port = start_nginx().port
    new, old = desk.pair(), pki.clients["good"]
    here = ("--connector", f"localhost:{port}", "--ca", pki.trust)
    said = desk.preflight(new, *here, "--current-cert", old.certificate, "--current-key", old.private_key)
    assert (said.status, said.check("same-subject"), said.check("current-works")) == (0, "passed", "passed")
    alone = desk.preflight(new, *here)
    assert (alone.status, alone.check("same-subject"), alone.result["current"]) == (0, "skipped", None)
    (desk.directory / "paypath.yaml").write_text("environment: staging\n")
    files = desk.preflight(new)
    assert (files.status, files.result["paths"]) == (3, [])
    assert "no connector was asked" in files.everything


@pytest.mark.server("nginx")
def test_an_identity_for_a_proxy_is_tried_on_its_own_leg(desk: Desk, start_nginx: StartServer, pki: Material) -> None:
    """`--identity` names it; the connector's identity stays as it is, and the proxy is shown the candidate."""
    authority = Authority.root("proxy root", now=pki.now)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.certificate_pem.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    server = write_pair(desk.directory, "p", authority.issue("localhost", san=["localhost"], usages=[SERVER_AUTH]))
    context.load_cert_chain(server.certificate, server.private_key)
    (desk.directory / "p.pem").write_bytes(authority.certificate_pem)
    old, good = write_pair(desk.directory, "old", authority.issue("us, to the proxy")), pki.clients["good"]
    port = start_nginx().port
    with proxying(tls=context) as proxy:
        keys = {"url": proxy.url, "identity": "outer", "trust": "p.pem"}
        paths = {"billing": connector(port, trust=pki.trust, identity="billing", proxy=keys)}
        pairs = {"billing": (good.certificate, good.private_key), "outer": (old.certificate, old.private_key)}
        write(desk.directory, paths, identities=pairs)
        said = desk.preflight(desk.pair("us, to the proxy", by=authority), "--identity", "outer")
        assert (said.status, said.check("handshake"), said.check("request")) == (0, "passed", "passed")
        assert f"with localhost:{proxy.port}, client certificate sent" in said.everything
        assert proxy.clients == [((("commonName", "us, to the proxy"),),)] * 2, "the current one, then the candidate"
        mixed_up = desk.preflight(good, "--identity", "outer")
        assert (mixed_up.status, mixed_up.check("current-works")) == (1, "passed")
        assert mixed_up.check("handshake") == "failed"


@pytest.mark.server("nginx")
def test_the_plugin_line(desk: Desk, start_nginx: StartServer) -> None:
    """For a job that tries each renewed certificate before it is rolled out."""
    file = desk.configure(start_nginx().port)
    good, bad = desk.pair(), desk.pki.clients["expired"]

    def line(pair: Pair) -> tuple[int, str]:
        typed = ["--cert", str(pair.certificate), "--key", str(pair.private_key)]
        done = paypath("preflight", "--config", file, *typed, "--format", "nagios")
        return done.status, done.out

    assert line(good)[0] == 0
    status, text = line(bad)
    assert (status, text.startswith("PAYPATH CRITICAL - client certificate expired")) == (2, True)


def test_the_lab(lab: Lab, tmp_path: pathlib.Path) -> None:
    """With the lab's own files: the current pair is no rotation; once it has expired on disk, the saved one mends the path."""
    identity = lab.directory / "identity"
    saved = [tmp_path / name for name in ("tls.crt", "tls.key")]
    for file in saved:
        file.write_bytes((identity / file.name).read_bytes())
    typed = ("--config", lab.config, "--cert", str(saved[0]), "--key", str(saved[1]), "--format", "json")
    same = paypath("preflight", *typed)
    assert (same.status, same.json_lines()[0]["objections"][0]["reason"]) == (1, "certificate.unchanged")  # type: ignore[index]  # a list of failures
    lab.put("client-cert-expired")
    try:
        mends = paypath("preflight", *typed)
        assert (mends.status, mends.json_lines()[0]["mends"]) == (0, ["billing"])
    finally:
        lab.delete("client-cert-expired")


def test_an_interruption_leaves_the_files_judged(desk: Desk) -> None:
    """Ctrl-C while a connector keeps us waiting: status 3, with what is known."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = desk.configure(silent.getsockname()[1])
        pair = desk.pair()
        typed = ["--cert", pair.certificate, "--key", pair.private_key, "--timeout", "1h", "--format", "json"]
        with subprocess.Popen(
            [PAYPATH, "preflight", "--config", file, *typed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            silent.settimeout(PATIENCE_S)
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=PATIENCE_S)
        result = json.loads(out)
        assert (process.returncode, result["outcome"]) == (3, "unknown")
        assert {c["name"]: c["outcome"] for c in result["checks"]}["key-matches"] == "passed"
        assert "stopping" in err


def _closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
