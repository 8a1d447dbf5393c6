"""Verification as strict as the path says and no stricter: on every Python, and whatever the machine's openssl.cnf says.

Python 3.13 sets X509_STRICT by default, and Debian security level 2: a billing service that does neither can still be paid through.
"""

import json
import pathlib
from collections.abc import Callable

import pytest

from probe.lab.pki import SERVER_AUTH, Issued
from tests.e2e import configuration
from tests.e2e.processes import paypath
from tests.matrix.material import signed_with_sha1, without_authority_key
from tests.servers.material import Material, write_pair
from tests.servers.process import Server

StartServer = Callable[..., Server]

pytestmark = pytest.mark.server("openssl")

CNF = """\
openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = everywhere
[everywhere]
CipherString = DEFAULT:@SECLEVEL={level}
MaxProtocol = TLSv1.2
"""


def _good(pki: Material, _: pathlib.Path) -> Issued:
    return pki.issuing.issue("localhost", san=("localhost",), usages=(SERVER_AUTH,), rsa_bits=2048)


def _weak_key(pki: Material, _: pathlib.Path) -> Issued:
    return pki.issuing.issue("localhost", san=("localhost",), usages=(SERVER_AUTH,), rsa_bits=1024)


def _weak_signature(pki: Material, directory: pathlib.Path) -> Issued:
    return signed_with_sha1(directory, pki.issuing)


def _no_identifier(pki: Material, _: pathlib.Path) -> Issued:
    return without_authority_key(pki.issuing, pki.now)


def _no_names(pki: Material, _: pathlib.Path) -> Issued:
    return pki.issuing.issue("localhost", usages=(SERVER_AUTH,))


Make = Callable[[Material, pathlib.Path], Issued]


@pytest.fixture
def check(tmp_path: pathlib.Path, pki: Material, start_s_server: StartServer) -> Callable[..., dict]:
    """`paypath check` of a path to `s_server` with this certificate; gives the one result."""

    def run(
        make: Make, environ: dict[str, str] | None = None, trust: pathlib.Path | None = None, **verify: object
    ) -> dict:
        pair = write_pair(tmp_path, "server", make(pki, tmp_path))
        server = start_s_server(tls="1.3", server=pair, more=["-cipher", "DEFAULT:@SECLEVEL=0"])
        client = pki.clients["good"]
        path = configuration.connector(server.port, trust=trust or pki.trust, identity="good", verify=verify)
        identities = {"good": (client.certificate, client.private_key)}
        file = configuration.write(tmp_path, {"billing": path}, identities=identities)
        done = paypath("check", "mtls-handshake", "--config", str(file), "--format", "json", env=environ)
        assert done.out.count("\n") == 1, done.err
        result: dict = json.loads(done.out)
        return result

    return run


@pytest.mark.parametrize(
    ("make", "verify", "warned", "words"),
    [
        (_no_identifier, {}, "malformed", "Missing Authority Key Identifier, OpenSSL code 85"),
        (_weak_key, {"security_level": 1}, "weak_key", "`verify.security_level: 1`"),
        (_weak_signature, {"security_level": 0}, "weak_signature", "`verify.security_level: 0`"),
        (_no_names, {}, "name_mismatch", "known by its common name alone"),
    ],
)
def test_what_only_a_stricter_verifier_refuses_passes_with_a_warning(
    check: Callable[..., dict], make: Make, verify: dict[str, object], warned: str, words: str
) -> None:
    """Issue: as strict as the billing service, and no stricter; what is refused elsewhere is said, and wakes nobody."""
    result = check(make, **verify)
    assert result["outcome"] == "passed"
    (warning,) = result["warnings"]
    assert (warning["reason"], warning["severity"]) == (f"tls.server_cert.{warned}", "none")
    assert words in warning["summary"]


@pytest.mark.parametrize(
    ("make", "verify", "reason"),
    [
        (_no_identifier, {"strict": True}, "malformed"),
        (_weak_key, {}, "weak_key"),
        (_weak_signature, {}, "weak_signature"),
        (_weak_signature, {"security_level": 1}, "weak_signature"),
    ],
)
def test_the_same_is_refused_where_the_path_says_so(
    check: Callable[..., dict], make: Make, verify: dict[str, object], reason: str
) -> None:
    """For a billing service that is as strict."""
    result = check(make, **verify)
    assert (result["outcome"], result["failure"]["reason"]) == ("failed", f"tls.server_cert.{reason}")


@pytest.mark.parametrize("level", [0, 1, 2, 3, 5])
def test_openssl_cnf_decides_nothing(check: Callable[..., dict], tmp_path: pathlib.Path, level: int) -> None:
    """At its level 3 a good certificate would be refused, at level 0 a weak one taken; its newest version would be TLS 1.2."""
    file = tmp_path / "openssl.cnf"
    file.write_text(CNF.format(level=level))
    environ = {"OPENSSL_CONF": str(file)}
    passed = check(_good, environ)
    assert (passed["outcome"], passed["tls"]["version"], passed["warnings"]) == ("passed", "TLSv1.3", [])
    assert check(_weak_key, environ)["failure"]["reason"] == "tls.server_cert.weak_key"


def test_a_chain_that_ends_in_an_intermediate_must_be_allowed(
    check: Callable[..., dict], pki: Material, tmp_path: pathlib.Path
) -> None:
    """Python 3.13 takes one by default (PARTIAL_CHAIN); here a path says so, on every Python."""
    middle = tmp_path / "middle.pem"
    middle.write_bytes(pki.issuing.certificate_pem)
    refused = check(_good, trust=middle)
    assert (refused["outcome"], refused["failure"]["phase"]) == ("failed", "tls")
    assert check(_good, trust=middle, partial_chain=True)["outcome"] == "passed"
