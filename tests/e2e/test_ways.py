"""Ways to the connector through the command line: unix socket, other address, proxies, every address."""

import pathlib
import ssl
from collections.abc import Callable

import jsonschema
import pytest

from probe.lab.pki import SERVER_AUTH, Authority
from probe.report.schema import result_schema
from tests.e2e import configuration
from tests.e2e.processes import paypath
from tests.e2e.test_diagnose import SCREEN, identity, screen
from tests.servers.command import paypath_json
from tests.servers.material import Material, write_pair
from tests.servers.process import Server
from tests.support.connect_proxy import proxying

StartServer = Callable[..., Server]

pytestmark = pytest.mark.server("nginx")


def check(directory: pathlib.Path, pki: Material, connector: dict[str, object], **identities: object) -> dict:
    """`paypath check mtls-handshake` of one path that uses the good client; its result fits the schema."""
    good = pki.clients["good"]
    known = {"billing": (good.certificate, good.private_key), **identities}
    file = configuration.write(directory, {"billing": connector}, identities=known)
    status, result = paypath_json("check", "mtls-handshake", "--config", file)
    assert status == (0 if result["outcome"] == "passed" else 1)
    jsonschema.validate(result, result_schema(), cls=jsonschema.Draft202012Validator)
    return result


def test_a_unix_socket(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """The URL's port is closed; the socket is not."""
    start_nginx(socket=tmp_path / "c.sock")
    more = {"socket": "c.sock", "identity": "billing"}
    result = check(tmp_path, pki, configuration.connector(1, trust=pki.trust, **more))
    assert result["outcome"] == "passed"
    (tmp_path / "c.sock").unlink()
    result = check(tmp_path, pki, configuration.connector(1, trust=pki.trust, **more))
    assert result["failure"]["reason"] == "tcp.refused"
    assert str(tmp_path / "c.sock") in result["failure"]["summary"]
    (tmp_path / "c.sock").touch()
    result = check(tmp_path, pki, configuration.connector(1, trust=pki.trust, **more))
    assert result["failure"]["reason"] == "tcp.refused"
    assert "no socket, but a file" in result["failure"]["summary"]


def test_a_path_that_no_socket_can_have(tmp_path: pathlib.Path) -> None:
    """A mistake of the configuration for every command, and no connector that is unreachable."""
    connector = configuration.connector(1, trust=tmp_path, socket="s" * 108)
    file = configuration.write(tmp_path, {"billing": connector})
    for words in (("validate",), ("check", "mtls-handshake"), ("diagnose", "--path", "billing")):
        done = paypath(*words, "--config", str(file))
        assert (done.status, done.out) == (2, "")
        assert f"{file}:" in done.err
        assert "`socket` leads to" in done.err
        assert "a unix socket has at most 107; move the socket" in done.err


def test_another_address(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """Connected to by address, verified by the URL's name."""
    more = {"address": f"127.0.0.1:{start_nginx().port}", "identity": "billing"}
    assert check(tmp_path, pki, configuration.connector(1, trust=pki.trust, **more))["outcome"] == "passed"


def test_a_proxy_behind_mutual_tls(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """Each leg with its own identity, from the configuration; the leg to the proxy is told in the result."""
    authority = Authority.root("proxy root", now=pki.now)
    server = write_pair(tmp_path, "p", authority.issue("localhost", san=["localhost"], usages=[SERVER_AUTH]))
    outer = write_pair(tmp_path, "outer", authority.issue("us, to the proxy"))
    (tmp_path / "p.pem").write_bytes(authority.certificate_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.certificate_pem.decode())
    context.load_cert_chain(server.certificate, server.private_key)
    context.verify_mode = ssl.CERT_REQUIRED
    port = start_nginx().port
    with proxying(tls=context) as proxy:
        keys = {"url": proxy.url, "identity": "outer", "trust": "p.pem"}
        connector = configuration.connector(port, trust=pki.trust, identity="billing", proxy=keys)
        result = check(tmp_path, pki, connector, outer=(outer.certificate, outer.private_key))
    assert result["outcome"] == "passed", result["failure"]
    assert result["proxy"]["http_status"] == 200
    assert result["proxy"]["tls"]["version"] == "TLSv1.3"
    assert proxy.clients == [((("commonName", "us, to the proxy"),),)]


def test_diagnose_through_a_proxy(pki: Material, start_nginx: StartServer) -> None:
    """`--proxy` with credentials; without them it is the proxy that refuses."""
    port = start_nginx().port
    words = (f"localhost:{port}", *identity(pki, "good"))
    with proxying(credentials="us:hush") as proxy:
        status, result = paypath_json("diagnose", *words, "--proxy", proxy.url.replace("//", "//us:hush@"))
        assert (status, result["outcome"]) == (0, "passed"), result["failure"]
        status, result = paypath_json("diagnose", *words, "--proxy", proxy.url)
    assert status == 1
    assert result["failure"]["reason"] == "connector.proxy_auth_required"
    assert "The proxy" in result["failure"]["summary"]
    assert (result["tls"], result["proxy"]["http_status"]) == (None, 407)


def test_every_address(pki: Material, start_nginx: StartServer) -> None:
    """Each address of `localhost`, as many as this machine has, with its own outcome."""
    port = start_nginx().port
    status, result = paypath_json("diagnose", f"localhost:{port}", *identity(pki, "good"), "--all-addresses")
    (step,) = result["steps"]
    outcomes = {one["address"]: one["outcome"] for one in step["addresses"]}
    assert outcomes[f"127.0.0.1:{port}"] == "passed"
    assert (status == 0) == (set(outcomes.values()) == {"passed"})


def test_the_steps_are_about_the_proxy_that_is_not_there(pki: Material) -> None:
    """The command to copy names the proxy's host and port, not the connector's."""
    with proxying() as gone:
        pass
    text = screen("localhost:9", *identity(pki, "good"), "--proxy", gone.url)
    assert f"nc -vz localhost {gone.port}" in text
    assert f"✗ through the proxy localhost:{gone.port}" in text


@pytest.mark.server("squid")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_an_expired_identity_for_the_proxy_on_one_screen(pki: Material, start_squid: StartServer, tls: str) -> None:
    """Squid refuses it: the verdict, the hop, the certificates and the steps speak of the proxy and of its own identity."""
    squid, expired = start_squid(tls=tls), pki.clients["expired"]
    leg = ("--proxy-ca", pki.trust, "--proxy-cert", expired.certificate, "--proxy-key", expired.private_key)
    text = screen("localhost:9", *identity(pki, "good"), "--proxy", f"https://localhost:{squid.port}", *leg)
    assert text.startswith("FAILED 5023 · proxy: client certificate expired · tls.client_cert.expired")
    assert f"✗ through the proxy localhost:{squid.port}" in text
    assert "the connector itself was not reached" in text
    assert "Presented by the proxy" in text
    assert f"Our identity for the proxy  {expired.certificate}" in text
    assert f"-in {expired.certificate}" in text
    assert len(text.splitlines()) <= SCREEN, text


@pytest.mark.server("squid")
def test_who_acts_where_the_proxy_refuses(pki: Material, start_squid: StartServer, tmp_path: pathlib.Path) -> None:
    """In the result: the reason, the proxy, and our identity for it apart from the connector's."""
    server = start_squid(tls="1.3")
    keys = {"url": f"https://localhost:{server.port}", "identity": "outer", "trust": str(pki.trust)}
    connector = configuration.connector(
        443, trust=pki.trust, identity="billing", proxy=keys, url="https://denied.test:443"
    )
    outer = pki.clients["good"]
    result = check(tmp_path, pki, connector, outer=(outer.certificate, outer.private_key))
    failure = result["failure"]
    assert (failure["reason"], failure["blame"], failure["code"]) == ("connector.proxy_refused", "network", 5024)
    assert failure["proxy"] == f"localhost:{server.port}"
    assert result["proxy"]["identity"][0]["subject"] == "CN=good client"
    assert result["proxy"]["peer_chain"][0]["subject"] == "CN=localhost"
