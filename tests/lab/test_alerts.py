"""The connector's alerts, as three clients see them that share no code: our probe, Python's blocking ssl, `openssl s_client`; and curl.

The numbers are IANA's: 40 handshake_failure, 42 bad_certificate, 44 certificate_revoked, 45 certificate_expired, 48 unknown_ca,
116 certificate_required.
"""

import pathlib
import re
import socket
import ssl
import subprocess

import pytest

from probe.certificates.identity import read_identity
from probe.lab.thread import LabInThread
from probe.model.clock import SystemClock
from probe.model.network import Endpoint
from probe.model.path import Connector, Identity, PhaseLimits, TlsVersion, Verify
from probe.model.tls import AlertFrom
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe
from tests.lab.visitor import HEALTH, PATIENCE_S

CLIENTS = {
    "client-cert-missing": {"1.2": 40, "1.3": 116},
    "client-cert-unknown-ca": {"1.2": 48, "1.3": 48},
    "client-cert-expired": {"1.2": 45, "1.3": 45},
    "client-cert-not-yet-valid": {"1.2": 42, "1.3": 42},
    "client-cert-revoked": {"1.2": 44, "1.3": 44},
}
PAIRS = [(fault, version) for fault, numbers in CLIENTS.items() for version in numbers]
SERVERS = {"server-cert-expired": 10, "server-cert-unknown-ca": 20, "server-cert-wrong-name": 64}
"""X509_V_ERR of what the client finds; 64 is an IP address that does not match."""

each_refusal = pytest.mark.parametrize(("fault", "version"), PAIRS)


def endpoint(lab: LabInThread) -> tuple[str, int]:
    """Host and port."""
    host, _, port = lab.addresses.connector.removeprefix("https://").rpartition(":")
    return host, int(port)


def pair(lab: LabInThread, fault: str | None) -> tuple[pathlib.Path, pathlib.Path] | None:
    """Certificate and key to show."""
    identity = lab.directory / "identity"
    return None if fault == "client-cert-missing" else (identity / "tls.crt", identity / "tls.key")


async def observed(lab: LabInThread, fault: str | None, version: str) -> list[int]:
    """The fatal alerts that our own probe was sent."""
    host, port = endpoint(lab)
    files = pair(lab, fault)
    clock = SystemClock()
    observation = await HandshakeProbe(dialer=NetworkDialer(), contexts=ContextCache(), clock=clock).observe(
        Connector(
            url=lab.addresses.connector,
            endpoint=Endpoint(host=host, port=port, server_name="localhost"),
            trust=lab.directory / "ca.pem",
            verify=Verify(tls_min=TlsVersion(version), tls_max=TlsVersion(version)),
        ),
        identity=files and read_identity(Identity(name="lab", certificate=files[0], private_key=files[1])),
        http_path="/healthz",
        limits=PhaseLimits(default_s=PATIENCE_S),
        deadline=clock.monotonic() + PATIENCE_S,
    )
    assert observation.tls.version == f"TLSv{version}"
    return [alert.number for alert in observation.tls.alerts if alert.fatal and alert.sender is AlertFrom.PEER]


def blocking(lab: LabInThread, fault: str | None, version: str) -> bytes:
    """What Python's own blocking client is answered; raises what it raises."""
    context = ssl.create_default_context(cafile=lab.directory / "ca.pem")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[f"TLSv{version.replace('.', '_')}"]
    if files := pair(lab, fault):
        context.load_cert_chain(*files)
    with (
        socket.create_connection(endpoint(lab), PATIENCE_S) as sock,
        context.wrap_socket(sock, server_hostname="localhost") as stream,
    ):
        stream.sendall(HEALTH)
        return stream.recv(65536)


def s_client(lab: LabInThread, fault: str | None, version: str) -> str:
    """All that `openssl s_client` prints."""
    command = ["openssl", "s_client", "-connect", "{}:{}".format(*endpoint(lab)), f"-tls{version.replace('.', '_')}"]
    command += ["-CAfile", str(lab.directory / "ca.pem"), "-servername", "localhost", "-ign_eof"]
    if files := pair(lab, fault):
        command += ["-cert", str(files[0]), "-cert_chain", str(files[0]), "-key", str(files[1])]
    done = subprocess.run(command, input=HEALTH, capture_output=True, timeout=PATIENCE_S, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


def curl(lab: LabInThread, fault: str | None, version: str, *more: str) -> subprocess.CompletedProcess[str]:
    """What a person would type."""
    command = ["curl", "--silent", "--show-error", f"--tlsv{version}", "--tls-max", version, *more]
    command += ["--cacert", str(lab.directory / "ca.pem"), "--max-time", str(PATIENCE_S)]
    if files := pair(lab, fault):
        command += ["--cert", str(files[0]), "--key", str(files[1])]
    command.append(f"{lab.addresses.connector}/healthz")
    return subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False)


@each_refusal
async def test_our_probe(lab: LabInThread, fault: str, version: str) -> None:
    """One fatal alert, the right one."""
    with lab.fault(fault):
        assert await observed(lab, fault, version) == [CLIENTS[fault][version]]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
async def test_a_good_one_is_welcome(lab: LabInThread, version: str) -> None:
    """Under both versions, with every client."""
    assert await observed(lab, None, version) == []
    assert blocking(lab, None, version).startswith(b"HTTP/1.1 200 OK")


@each_refusal
def test_pythons_blocking_ssl(lab: LabInThread, fault: str, version: str) -> None:
    """The alert's name is in what it raises: nothing else came in its place."""
    names = {
        40: "HANDSHAKE_FAILURE",
        42: "BAD_CERTIFICATE",
        44: "CERTIFICATE_REVOKED",
        45: "CERTIFICATE_EXPIRED",
        48: "UNKNOWN_CA",
        116: "CERTIFICATE_REQUIRED",
    }
    with lab.fault(fault), pytest.raises(ssl.SSLError, match=f"ALERT_{names[CLIENTS[fault][version]]}"):
        blocking(lab, fault, version)


@pytest.mark.server("openssl")
@each_refusal
def test_s_client(lab: LabInThread, fault: str, version: str) -> None:
    """It prints the number."""
    with lab.fault(fault):
        printed = s_client(lab, fault, version)
    assert re.findall(r"SSL alert number (\d+)", printed) == [str(CLIENTS[fault][version])], printed


@pytest.mark.server("openssl")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_s_client_with_a_good_one(lab: LabInThread, version: str) -> None:
    """It verifies us and is answered."""
    printed = s_client(lab, None, version)
    assert "Verify return code: 0 (ok)" in printed
    assert '{"status": "ok"}' in printed


@pytest.mark.server("curl")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl(lab: LabInThread, version: str) -> None:
    """The line of docs/lab.md: answered with the identity, refused with the alert without one and with an expired one."""
    done = curl(lab, None, version)
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"status": "ok"}', "")
    refused = curl(lab, "client-cert-missing", version)
    assert refused.returncode in {35, 56}, refused
    assert re.search(r"alert (handshake failure|certificate required)", refused.stderr)
    with lab.fault("client-cert-expired"):
        # Without --verbose, curl's message for TLS 1.2 speaks of "certificate verification", as if it had refused (7.88).
        assert "TLS alert, certificate expired" in curl(lab, None, version, "--verbose").stderr


@pytest.mark.server("curl")
def test_curl_sees_what_is_wrong_with_the_server(lab: LabInThread) -> None:
    """Status 60 for its certificate, 7 for nobody there, 22 for 502, 18 for half an answer."""
    for fault, status in {
        "server-cert-expired": 60,
        "server-cert-unknown-ca": 60,
        "server-cert-wrong-name": 60,
        "connector-down": 7,
        "connector-502": 22,
        "connector-truncated": 18,
        "connector-close": 52,
    }.items():
        with lab.fault(fault):
            done = curl(lab, None, "1.3", "--fail")
        assert done.returncode == status, (fault, done)


@pytest.mark.parametrize("fault", SERVERS)
def test_server_certificates(lab: LabInThread, fault: str) -> None:
    """Each is refused for its own reason, by a client that verifies."""
    context = ssl.create_default_context(cafile=lab.directory / "ca.pem")
    with (
        lab.fault(fault),
        socket.create_connection(endpoint(lab), PATIENCE_S) as sock,
        pytest.raises(ssl.SSLCertVerificationError) as raised,
    ):
        context.wrap_socket(sock, server_hostname="127.0.0.1")
    assert raised.value.verify_code == SERVERS[fault]
