"""The kinds of billing connector through the command line: proxies, the company's own API, and what stands behind a connector."""

import pathlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta

import jsonschema
import pytest

from probe.lab.pki import SERVER_AUTH, Authority
from probe.report.schema import result_schema
from tests.e2e import configuration
from tests.e2e.processes import paypath
from tests.e2e.upstream import Upstream, listening
from tests.servers import envoy_proxy, squid, tinyproxy
from tests.servers.command import paypath_json
from tests.servers.material import Material, write_pair
from tests.servers.process import Server, free_port
from tests.support.connect_proxy import ConnectProxy, proxying

StartServer = Callable[..., Server]
DAY = timedelta(days=1)
Keys = dict[str, object]

pytestmark = pytest.mark.server("nginx")

REFUSED_ROLE = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\nX-Smokescreen-Error: Client role cannot be determined\r\n"
    b"Content-Length: 25\r\n\r\nRequest rejected by proxy"
)
"""What Smokescreen answers to a client without certificate: the handshake went well (measured on the real one)."""
NO_DIAL = (
    b"HTTP/1.1 502 Bad Gateway\r\nX-Smokescreen-Error: Failed to connect to remote host\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
def stripe() -> Iterator[Upstream]:
    """The simulator, in plain HTTP."""
    with listening() as upstream:
        yield upstream


@pytest.fixture
def front(stripe: Upstream, start_nginx: StartServer) -> Server:
    """What stands in for api.stripe.com: the simulator behind TLS that asks for no client certificate."""
    return start_nginx(upstream_port=stripe.port, verify_client="off")


def far_end(pki: Material, front: Server) -> Keys:
    """The keys of the stand-in for Stripe."""
    return {"url": f"https://localhost:{front.port}", "trust": str(pki.trust)}


def write(
    directory: pathlib.Path, pki: Material, connector: Mapping[str, object], *, client: str = "good", **more: object
) -> str:
    """`paypath.yaml` with one path, `billing`, whose identity is one of the test clients."""
    pair = pki.clients[client]
    known = {"billing": (pair.certificate, pair.private_key), **more.pop("identities", {})}  # type: ignore[dict-item]
    return configuration.write(directory, {"billing": connector}, identities=known, **more)  # type: ignore[arg-type]


def run(*words: str | pathlib.Path) -> Keys:
    """The one result, which fits the published schema."""
    status, result = paypath_json(*words)
    assert status == {"passed": 0, "failed": 1, "unknown": 3}[result["outcome"]], result
    jsonschema.validate(result, result_schema(), cls=jsonschema.Draft202012Validator)
    return result


def tls_of(pki: Material, *, optional: bool = False) -> ssl.SSLContext:
    """A proxy's own TLS, with a client certificate of the test clients' CA."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki.trust))
    context.load_cert_chain(pki.server.certificate, pki.server.private_key)
    context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
    return context


def as_proxy(proxy: ConnectProxy, pki: Material, **more: object) -> Keys:
    """A connector of `kind: proxy` over mutual TLS."""
    known = {"kind": "proxy", "url": proxy.url, "trust": str(pki.trust), "identity": "billing"}
    return {name: value for name, value in (known | more).items() if value is not None}


def test_a_charge_through_a_proxy_behind_mutual_tls(
    pki: Material, front: Server, stripe: Upstream, tmp_path: pathlib.Path
) -> None:
    """The identity is shown to the connector, the key is seen only by what the tunnel leads to, and both hops are told apart."""
    with proxying(tls=tls_of(pki)) as proxy:
        more = {"upstream": far_end(pki, front), "stripe": {"api_key_file": stripe.write_key(tmp_path)}}
        file = write(tmp_path, pki, as_proxy(proxy, pki), **more)
        result = run("check", "card-charge", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    assert result["identity"][0]["subject"] == "CN=good client"
    assert result["peer_chain"][0]["source"]["endpoint"] == f"localhost:{proxy.port}"
    assert result["upstream"]["peer_chain"][0]["source"]["endpoint"] == f"localhost:{front.port}"
    assert (result["upstream"]["identity"], result["proxy"]) == ([], None)
    assert any(request.method == "POST" for request in stripe.received)
    assert b"sk_test" not in bytes(proxy.seen)


@pytest.mark.parametrize(
    ("answer", "reason", "hop", "blame", "said"),
    [
        (REFUSED_ROLE, "connector.proxy_refused", "probe-connector", "ours", "Client role cannot be determined"),
        (NO_DIAL, "connector.proxy_cannot_connect", "connector-stripe", "unknown", "Failed to connect to remote host"),
        (b"", "connector.closed_after_handshake", "probe-connector", "unknown", "hung up"),
    ],
)
def test_what_a_proxy_answers_instead_of_a_tunnel(
    pki: Material, front: Server, tmp_path: pathlib.Path, answer: bytes, reason: str, hop: str, blame: str, said: str
) -> None:
    """Smokescreen's measured answers: which reason, on which hop, who acts, and its own words."""
    with proxying(tls=tls_of(pki, optional=True), answer=answer) as proxy:
        file = write(tmp_path, pki, as_proxy(proxy, pki, identity=None), upstream=far_end(pki, front))
        failure = run("check", "mtls-handshake", "--config", file)["failure"]
    assert (failure["reason"], failure["hop"], failure["blame"]) == (reason, hop, blame), failure
    assert said in failure["summary"]
    assert f"The connector localhost:{proxy.port}" in failure["summary"]
    assert failure["proxy"] is None


def test_an_expired_identity_at_a_proxy(pki: Material, front: Server, tmp_path: pathlib.Path) -> None:
    """Refused on the first hop, as at any connector; the charge says so too, and names the certificate."""
    with proxying(tls=tls_of(pki)) as proxy:
        more = {"upstream": far_end(pki, front), "stripe": {"api_key": "sk_test_x"}}
        file = write(tmp_path, pki, as_proxy(proxy, pki), client="expired", **more)
        for scenario in ("mtls-handshake", "card-charge"):
            result = run("check", scenario, "--config", file)
            failure = result["failure"]
            assert (failure["reason"], failure["code"]) == ("tls.client_cert.expired", 5023)
            assert (failure["hop"], failure["blame"]) == ("probe-connector", "ours")
            assert failure["certificate"]["subject"] == "CN=expired client"
            assert result["upstream"] is None


def test_an_expired_certificate_at_the_end_of_the_tunnel(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """The first hop is well; the second is named, with the certificate that was presented in the tunnel."""
    authority = Authority.root("far root", now=pki.now)
    old = authority.issue(
        "localhost",
        san=["localhost"],
        usages=[SERVER_AUTH],
        not_before=pki.now - 20 * DAY,
        not_after=pki.now - 10 * DAY,
    )
    (tmp_path / "far-root.pem").write_bytes(authority.certificate_pem)
    far = start_nginx(server=write_pair(tmp_path, "far", old), verify_client="off")
    with proxying(tls=tls_of(pki)) as proxy:
        keys = {"url": f"https://localhost:{far.port}", "trust": "far-root.pem"}
        file = write(tmp_path, pki, as_proxy(proxy, pki), upstream=keys, stripe={"api_key": "sk_test_x"})
        for scenario in ("mtls-handshake", "card-charge"):
            failure = run("check", scenario, "--config", file)["failure"]
            assert (failure["reason"], failure["hop"]) == ("tls.server_cert.expired", "connector-stripe")
            assert failure["blame"] == "stripe"
            assert failure["summary"].startswith("Behind the connector: ")
        done = paypath("diagnose", "--path", "billing", "--config", file, env={"COLUMNS": "100", "PYTHONUTF8": "1"})
    assert "connector → Stripe" in done.out
    assert "Presented by the upstream" in done.out


@pytest.mark.server("tinyproxy")
def test_tinyproxy_in_the_clear(
    pki: Material, front: Server, stripe: Upstream, tmp_path: pathlib.Path, servers: ExitStack
) -> None:
    """A connector without TLS of its own: the tunnel is all there is, and the key still goes through it encrypted."""
    server = tinyproxy.start(tmp_path, pki)
    servers.callback(server.stop)
    connector = {"kind": "proxy", "url": f"http://localhost:{server.port}"}
    more = {"upstream": far_end(pki, front), "stripe": {"api_key_file": stripe.write_key(tmp_path)}}
    result = run("check", "card-charge", "--config", write(tmp_path, pki, connector, **more))
    assert result["outcome"] == "passed", result["failure"]
    assert result["upstream"]["tls"]["version"] == "TLSv1.3"


@pytest.mark.server("squid")
def test_squid_wants_credentials(
    pki: Material, front: Server, start_squid: StartServer, tmp_path: pathlib.Path
) -> None:
    """With them it makes the tunnel; without them it is we who have to act."""
    server = start_squid(credentials=True)
    connector = {"kind": "proxy", "url": f"http://localhost:{server.port}"}
    file = write(tmp_path, pki, connector, upstream=far_end(pki, front))
    failure = run("check", "mtls-handshake", "--config", file)["failure"]
    assert (failure["reason"], failure["blame"]) == ("connector.proxy_auth_required", "ours")
    (tmp_path / "c").write_text("us:hush")
    file = write(tmp_path, pki, connector | {"credentials_file": "c"}, upstream=far_end(pki, front))
    result = run("check", "mtls-handshake", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    assert "hush" not in str(result)


PROXIES = [pytest.param(name, marks=pytest.mark.server(name)) for name in ("squid", "envoy")]
START = {"squid": squid.start, "envoy": envoy_proxy.start}


@pytest.mark.parametrize("name", PROXIES)
def test_proxies_made_by_others(
    pki: Material, front: Server, stripe: Upstream, tmp_path: pathlib.Path, servers: ExitStack, name: str
) -> None:
    """Behind mutual TLS: the charge, what they answer where they cannot connect, and what is then in the inventory."""
    server = START[name](tmp_path, pki, tls="1.3")
    servers.callback(server.stop)
    connector = {"kind": "proxy", "url": f"https://localhost:{server.port}", "trust": str(pki.trust)}
    connector |= {"identity": "billing"}
    more = {"stripe": {"api_key_file": stripe.write_key(tmp_path)}}
    file = write(tmp_path, pki, connector, upstream=far_end(pki, front), **more)
    result = run("check", "card-charge", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    nowhere = {"url": f"https://localhost:{free_port()}", "trust": str(pki.trust)}
    file = write(tmp_path, pki, connector, upstream=nowhere, **more)
    failure = run("check", "card-charge", "--config", file)["failure"]
    assert (failure["reason"], failure["hop"]) == ("connector.proxy_cannot_connect", "connector-stripe")
    assert f"The connector localhost:{server.port} could not connect to " in failure["summary"]


def test_a_client_without_certificate_is_refused_by_a_proxy(
    pki: Material, front: Server, tmp_path: pathlib.Path
) -> None:
    """`client_certificate: withheld` shows none although there is one; a proxy that lets such a client through fails."""
    (tmp_path / "scenarios").mkdir()
    scenario = "name: bare\nevery: 5m\ndeadline: 10s\nsteps:\n- handshake: {client_certificate: withheld}\n"
    (tmp_path / "scenarios" / "bare.yaml").write_text(scenario)
    more = {"upstream": far_end(pki, front), "scenarios": {"directory": str(tmp_path / "scenarios")}}
    with proxying(tls=tls_of(pki, optional=True), answer=REFUSED_ROLE) as proxy:
        file = write(tmp_path, pki, as_proxy(proxy, pki), **more)
        assert run("check", "bare", "--config", file)["outcome"] == "passed"
        assert proxy.clients == []
    with proxying(tls=tls_of(pki, optional=True)) as proxy:
        file = write(tmp_path, pki, as_proxy(proxy, pki), **more)
        assert run("check", "bare", "--config", file)["failure"]["reason"] == "connector.not_refused"


def test_a_new_certificate_is_tried_up_to_the_tunnel(pki: Material, front: Server, tmp_path: pathlib.Path) -> None:
    """`preflight`: a proxy's judgement on an identity is known only after CONNECT."""
    new = write_pair(tmp_path, "new", pki.issuing.issue("good client"))
    words = ("preflight", "--cert", new.certificate, "--key", new.private_key, "--config")
    with proxying(tls=tls_of(pki)) as proxy:
        _, result = paypath_json(*words, write(tmp_path, pki, as_proxy(proxy, pki), upstream=far_end(pki, front)))
        assert result["outcome"] == "passed", result["objections"]
        (asked,) = [check for check in result["checks"] if check["name"] == "request"]
        assert asked["detail"] == f"CONNECT localhost:{front.port}: HTTP 200"
        proxy.answer = REFUSED_ROLE
        _, result = paypath_json(*words, write(tmp_path, pki, as_proxy(proxy, pki), upstream=far_end(pki, front)))
    assert result["outcome"] != "passed"
