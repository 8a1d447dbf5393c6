"""`paypath preflight` against nginx with required client certificates, and against servers that send alerts: right and wrong candidates."""

import pathlib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from probe.documents.reference import DOCS
from probe.lab.pki import SERVER_AUTH, Authority, Issued
from tests.conftest import StartServer
from tests.e2e.desk import CURRENT, Desk, closed_port
from tests.servers.material import Material, Pair, write_pair

DAY = timedelta(days=1)
DOCUMENTED = re.findall(
    r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", (DOCS / "preflight.md").read_text(encoding="utf-8"), re.MULTILINE
)
"""The first columns of its tables of checks."""


@pytest.fixture
def desk(tmp_path: pathlib.Path, pki: Material) -> Desk:
    """An empty desk."""
    return Desk(tmp_path, pki)


@pytest.mark.server("nginx")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_right_candidate_is_ready(desk: Desk, start_nginx: StartServer, tls: str) -> None:
    """Every check passes, on both versions: the list of accepted CAs is seen in either."""
    server = start_nginx(tls=tls, crl=True)
    desk.configure(server.port)
    said = desk.preflight(desk.pair())
    assert (said.status, said.result["outcome"], said.objections) == (0, "passed", [])
    assert {c["outcome"] for c in said.result["checks"]} == {"passed"}
    assert sorted(c["name"] for c in said.result["checks"]) == sorted(re.findall("[a-z-]+", " ".join(DOCUMENTED)))
    assert not (desk.directory / "state").exists()
    assert said.result["candidate"]["serial"] != said.result["current"]["serial"]
    assert desk.screen(desk.pair()).startswith("READY to roll out\n")
    asked = server.log.with_name("access.log").read_text(encoding="utf-8").count("GET /healthz")
    assert asked in {3, 4}, "two connections each, of which nginx may write the last one down later"


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
    desk.configure(closed_port())
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
    desk.configure(closed_port())
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
    desk.configure(closed_port())
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
    desk.configure(start_nginx(upstream_port=closed_port()).port, health_path="/status")
    said = desk.preflight(desk.pair())
    assert (said.status, said.objections) == (3, [])
    assert said.result["failure"]["reason"] == "connector.http_5xx"
    assert "The current identity does not pass either" in said.everything
