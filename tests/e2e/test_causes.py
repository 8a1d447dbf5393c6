"""Causes that are easily mistaken for others, as the on-call engineer is told them."""

import dataclasses
import pathlib
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from probe.lab.pki import SERVER_AUTH, Issued, self_signed
from tests.e2e.processes import paypath
from tests.e2e.test_connectors import tls_of
from tests.e2e.test_diagnose import SCREEN, identity, screen
from tests.matrix.material import superseded
from tests.servers.command import paypath_json
from tests.servers.material import Material, write_pair
from tests.servers.process import Server
from tests.support.connect_proxy import proxying

StartServer = Callable[..., Server]

CLOSED = "127.0.0.1:1"
"""Nothing listens there: what is wrong with our own files is said all the same."""


def _files(directory: pathlib.Path, certificate: bytes, pki: Material) -> list[str | pathlib.Path]:
    file = directory / "tls.crt"
    file.write_bytes(certificate)
    return [CLOSED, "--cert", file, "--key", pki.clients["good"].private_key, "--ca", pki.trust]


def test_a_file_in_the_wrong_order(pki: Material, tmp_path: pathlib.Path) -> None:
    """The intermediate stands before the leaf: verdict, certificate and steps say so, and nothing of two issues."""
    good = pki.clients["good"].issued
    words = _files(tmp_path, pki.issuing.certificate_pem + good.certificate_pem, pki)
    status, result = paypath_json("diagnose", *words)
    failure = result["failure"]
    assert (status, failure["reason"]) == (1, "tls.client_key.mismatch")
    assert "fits certificate 2 of " in failure["summary"]
    assert failure["certificate"]["subject"] == "CN=good client"
    text = screen(*words)
    assert "different issues" not in text
    assert "move that one to the front" in " ".join(text.split())
    assert "from one issue" not in text


def test_a_good_leaf_before_a_torn_intermediate(pki: Material, tmp_path: pathlib.Path) -> None:
    """It is the second certificate that is cut off."""
    pem = pki.clients["good"].issued.certificate_pem
    status, result = paypath_json("diagnose", *_files(tmp_path, pem[: len(pem) - 60], pki))
    assert (status, result["failure"]["reason"]) == (1, "tls.client_cert.file_malformed")
    assert "cannot be used: certificate 2 is cut off" in result["failure"]["summary"]


def test_pkcs12_as_certificate(pki: Material, tmp_path: pathlib.Path) -> None:
    """It is called by its name, with the command that makes PEM of it."""
    good = pki.clients["good"].issued
    bundle = pkcs12.serialize_key_and_certificates(
        b"x", good.key, good.certificate, None, BestAvailableEncryption(b"x")
    )
    status, result = paypath_json("diagnose", *_files(tmp_path, bundle, pki))
    assert (status, result["failure"]["reason"]) == (1, "tls.client_cert.file_malformed")
    assert "the file is PKCS#12 (.p12, .pfx); PEM is needed: openssl pkcs12 -in" in result["failure"]["summary"]


@pytest.mark.parametrize("how", [{"answer": b""}, {"resets": True}], ids=["closes", "resets"])
def test_a_proxy_that_hangs_up_on_connect(pki: Material, how: dict[str, object]) -> None:
    """Our CONNECT had been sent, so it is no reset before anything was."""
    with proxying(**how) as proxy:
        status, result = paypath_json("diagnose", "localhost:1", "--proxy", proxy.url, "--ca", pki.trust)
    failure = result["failure"]
    assert (status, failure["reason"], failure["proxy"]) == (1, "connector.proxy_hung_up", f"localhost:{proxy.port}")
    assert "instead of answering our CONNECT" in failure["summary"]


@pytest.mark.server("openssl")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_an_issuer_that_our_list_revokes(
    pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path, tls: str
) -> None:
    """It fails, and points at the issuer; where the list of its own issuer is missing, that is a warning."""
    server = start_s_server(tls=tls)
    good, file = pki.clients["good"], tmp_path / "crl.pem"
    words = (f"localhost:{server.port}", "--cert", good.certificate, "--key", good.private_key, "--ca", pki.trust)
    file.write_bytes(pki.issuing.crl() + pki.root.crl([pki.issuing.issued.certificate]))
    status, result = paypath_json("diagnose", *words, "--crl", file)
    failure = result["failure"]
    assert (status, failure["reason"], failure["confidence"]) == (1, "tls.server_cert.revoked", "proven")
    assert failure["certificate"]["subject"] == "CN=paypath test issuing CA"
    assert (failure["evidence"]["verify_code"], failure["phase"]) == (23, "tls")
    file.write_bytes(pki.issuing.crl())
    status, result = paypath_json("diagnose", *words, "--crl", file)
    (warning,) = result["warnings"]
    assert (status, warning["reason"], warning["severity"]) == (0, "tls.crl.unavailable", "none")
    assert "has no list of its issuer, CN=paypath test root" in warning["summary"]


@pytest.mark.server("haproxy", "nginx")
@pytest.mark.parametrize("kind", ["haproxy", "nginx"])
def test_a_superseded_intermediate_beside_another_cause(
    request: pytest.FixtureRequest, pki: Material, tmp_path: pathlib.Path, kind: str
) -> None:
    """The connector holds the renewed intermediate and says so: it refuses what is revoked, and not our old issuer."""
    good = pki.clients["revoked"].issued
    old = dataclasses.replace(good, chain=(superseded(pki.root, pki.issuing, pki.now),))
    pair = write_pair(tmp_path, "old", old)
    both = tmp_path / "both.pem"
    both.write_bytes(pki.root.certificate_pem + pki.issuing.certificate_pem)
    server = request.getfixturevalue(f"start_{kind}")(crl=True, accepted=both)
    words = (f"localhost:{server.port}", "--ca", pki.trust, "--cert", pair.certificate, "--key", pair.private_key)
    status, result = paypath_json("diagnose", *words)
    wanted = {"haproxy": "tls.client_cert.revoked", "nginx": "tls.client_cert.rejected"}[kind]
    assert (status, result["failure"]["reason"]) == (1, wanted)
    assert result["failure"]["also"] == ["tls.client_cert.chain_expired"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A server certificate whose names are not what they look like, and what is to be said of it."""

    asked: str = "localhost"
    common: str
    name: x509.GeneralName
    """The only alternative name."""
    reason: str = "tls.server_cert.name_mismatch"
    also: tuple[str, ...] = ()
    told: str | None = None
    """What the text says that it is for; None where it is not told for its names."""
    trusted: bool = True
    ended: bool = False

    def issued(self, pki: Material) -> Issued:
        """By the issuer that the probe trusts, or by itself."""
        if not self.trusted:
            return self_signed(self.common, now=pki.now, san=[self.name])
        day = timedelta(days=1)
        times = {"not_before": pki.now - 2 * day, "not_after": pki.now - day} if self.ended else {}
        return pki.issuing.issue(self.common, san=[self.name], usages=(SERVER_AUTH,), **times)


NAMES = {
    "an address as a DNS name, on one that nobody trusts": Odd(
        asked="127.0.0.1",
        common="x",
        name=x509.DNSName("127.0.0.1"),
        trusted=False,
        reason="tls.server_cert.self_signed",
        also=("tls.server_cert.name_mismatch",),
    ),
    "an address as a DNS name": Odd(
        asked="127.0.0.1", common="x", name=x509.DNSName("127.0.0.1"), told="127.0.0.1 as a DNS name"
    ),
    "a URI that is no URL, beside a common name, on an expired one": Odd(
        common="localhost",
        name=x509.UniformResourceIdentifier("urn:uuid:1f0e"),
        ended=True,
        reason="tls.server_cert.expired",
    ),
    "a URI with the address that was asked for": Odd(
        asked="127.0.0.1",
        common="localhost",
        name=x509.UniformResourceIdentifier("127.0.0.1"),
        told="127.0.0.1 as a URI, localhost by its common name",
    ),
    "a DNS name that ends in a dot": Odd(
        common="x", name=x509.DNSName("localhost."), told="localhost. with a dot at its end"
    ),
}


@pytest.mark.server("openssl")
@pytest.mark.parametrize("case", NAMES)
def test_a_name_counts_by_its_kind(
    case: str, pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """As OpenSSL has it, which the reason is by and `also` must not contradict; and nobody reads that it is for a name and not for the same."""
    odd = NAMES[case]
    server = start_s_server(server=write_pair(tmp_path, "odd", odd.issued(pki)))
    status, result = paypath_json("diagnose", f"{odd.asked}:{server.port}", "--ca", pki.trust, "--no-http")
    failure = result["failure"]
    assert (status, failure["reason"], failure["also"]) == (1, odd.reason, list(odd.also))
    assert odd.told is None or f"it is for {odd.told}, not for {odd.asked}." in failure["summary"]


@pytest.mark.server("openssl")
def test_hundreds_of_names_on_one_screen(pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path) -> None:
    """Those next to ours and how many there are, wherever they are told; the result has all of them."""
    names = [f"shop-{number}.customers.test" for number in range(400)]
    issued = pki.issuing.issue("front", san=[*names, "ourhost.customers.test"], usages=(SERVER_AUTH,))
    server = start_s_server(server=write_pair(tmp_path, "front", issued))
    words = (f"localhost:{server.port}", *identity(pki, "good"), "--server-name", "ourhosts.customers.test")
    text = screen(*words)
    assert len(text.splitlines()) <= SCREEN, text
    told = "ourhost.customers.test, shop-0.customers.test, shop-1.customers.test"
    assert f"it is for {told} and " in " ".join(text.split())
    assert "for ourhost.customers.test and 400 more" in " ".join(text.split())
    status, result = paypath_json("diagnose", *words)
    failure = result["failure"]
    assert (status, failure["reason"]) == (1, "tls.server_cert.name_mismatch")
    assert f"it is for {told} and 398 more" in failure["summary"]
    assert failure["summary"].endswith(" and 398 more, not for ourhosts.customers.test.")
    assert len(failure["summary"]) < 500
    assert len(failure["certificate"]["san"]) == len(result["peer_chain"][0]["san"]) == 401
    line = paypath("diagnose", *map(str, words), "--format", "nagios").out
    assert len(line) < 1000
    assert "and 398 more" in line


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("client", "also", "words"),
    [
        (None, ["tls.client_cert.missing"], "It had asked for a client certificate, and none was sent; "),
        ("good", [], "an answer (asked for /); who refuses a client certificate, or the lack of one, "),
    ],
)
def test_a_front_that_hangs_up_after_the_handshake(
    pki: Material, client: str | None, also: list[str], words: str, tls: str
) -> None:
    """As nginx's `stream` does for want of a certificate; a crash looks the same, so the reason is no finer, and the text says both."""
    who = ["--ca", pki.trust] if client is None else identity(pki, client)
    with proxying(tls=tls_of(pki, optional=True), answer=b"") as front:
        status, result = paypath_json("diagnose", f"localhost:{front.port}", *who, "--tls-max", tls)
    failure = result["failure"]
    assert (status, failure["reason"], failure["also"]) == (1, "connector.closed_after_handshake", also), failure
    assert words in failure["summary"]
    assert failure["blame"] == ("connector" if client == "good" else "unknown")
    assert client is not None or "our certificate" not in failure["evidence"]["detail"]


BESIDE = {
    "an address": (x509.IPAddress(ip_address("127.0.0.1")), " (127.0.0.1)"),
    "a URI": (x509.UniformResourceIdentifier("urn:x:y"), " (urn:x:y as a URI)"),
    "a mail address": (x509.RFC822Name("ops@connector.test"), ""),
}
"""The only alternative name; how the warning tells it."""


@pytest.mark.server("openssl")
@pytest.mark.parametrize("beside", BESIDE)
def test_a_name_that_only_the_common_name_has(
    beside: str, pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """The warning does not deny the alternative name that is there, whatever its kind."""
    name, told = BESIDE[beside]
    pair = write_pair(tmp_path, "odd", pki.issuing.issue("localhost", san=[name], usages=(SERVER_AUTH,)))
    server, good = start_s_server(server=pair), pki.clients["good"]
    words = ("--ca", pki.trust, "--cert", good.certificate, "--key", good.private_key)
    status, result = paypath_json("diagnose", f"localhost:{server.port}", *words)
    (warning,) = [one for one in result["warnings"] if one["reason"] == "tls.server_cert.name_mismatch"]
    assert status == 0
    assert f"has no DNS name among its subject alternative names{told}: it is known by its common" in warning["summary"]
