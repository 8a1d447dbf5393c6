"""Where `paypath preflight` tries a candidate: every path that uses the identity, its proxy, no configuration, the lab; and being stopped."""

import json
import pathlib
import signal
import socket
import ssl
import subprocess

import pytest

from probe.lab.pki import SERVER_AUTH, Authority
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.desk import Desk, closed_port
from tests.e2e.processes import PATIENCE_S, Lab, paypath
from tests.forked.program import PAYPATH
from tests.servers.material import Material, Pair, write_pair
from tests.support.connect_proxy import proxying


@pytest.fixture
def desk(tmp_path: pathlib.Path, pki: Material) -> Desk:
    """An empty desk."""
    return Desk(tmp_path, pki)


@pytest.mark.server("nginx")
def test_every_path_that_uses_the_identity_is_asked(desk: Desk, start_nginx: StartServer, pki: Material) -> None:
    """Two connectors, one of which is down: unknown, and each path has its own checks; `--path` asks one alone."""
    pair = pki.clients["good"]
    ports = {"billing": start_nginx().port, "refunds": closed_port()}
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
