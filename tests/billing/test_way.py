"""The Stripe SDK over a socket that was made elsewhere."""

import asyncio
import pathlib
import ssl
from dataclasses import replace

import pytest

from probe.billing.stripe import NoWayError, SdkCaller
from probe.catalogue.catalogue import load
from probe.certificates.identity import read_identity
from probe.classify.stripe import judge_stripe
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Ended, Endpoint
from probe.model.outcome import Failed
from probe.model.path import Identity, KeyFrom, PaymentPath, Proxy
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.tunnel import ProxyTunnels
from probe.transport.way import SocketWays
from tests.billing.rig import INTENT, Ask, FakeConnector, Material, answer, path_to
from tests.support.connect_proxy import ConnectProxy, proxying


def over(path: PaymentPath, host: str, port: int) -> PaymentPath:
    """The same path with another place to connect to."""
    endpoint = Endpoint(host=host, port=port, server_name="connector.test")
    return replace(path, connector=replace(path.connector, endpoint=endpoint))


async def read(identity: Identity, security_level: int | None) -> LoadedIdentity:
    """An identity's files."""
    return read_identity(identity, security_level=security_level)


def through(path: PaymentPath, proxy: ConnectProxy, **more: object) -> PaymentPath:
    """The same path behind a proxy."""
    endpoint = Endpoint(host="127.0.0.1", port=proxy.port, server_name="proxy.test")
    named = Proxy(url=proxy.url, endpoint=endpoint, tls=proxy.tls is not None, **more)  # type: ignore[arg-type]  # the caller's keywords
    return replace(path, connector=replace(path.connector, proxy=named))


@pytest.fixture
def caller() -> SdkCaller:
    """The real caller, with the real ways."""
    clock, dialer, contexts = SystemClock(), NetworkDialer(), ContextCache()
    tunnels = ProxyTunnels(dialer=dialer, contexts=contexts, clock=clock, read=read)
    return SdkCaller(contexts=contexts, clock=clock, ways=SocketWays(dialer=dialer, clock=clock, tunnels=tunnels))


async def test_a_call_over_a_unix_socket(
    caller: SdkCaller, ask: Ask, connector: FakeConnector, material: Material, tmp_path: pathlib.Path
) -> None:
    """It is made under mutual TLS with every phase timed in order; the request names the URL's host."""
    connector.behaviour = answer(200, INTENT)
    server = await asyncio.start_unix_server(connector.serve, str(tmp_path / "c.sock"), ssl=material.server)
    path = over(path_to(1, material.trust, host="connector.test"), str(tmp_path / "c.sock"), 0)
    seen = await ask(path=path, caller=caller)
    server.close()
    assert seen.ended is Ended.COMPLETED, seen.causes
    assert seen.response is not None
    assert seen.response["id"] == "pi_1"
    assert seen.tls.client_certificate_sent
    assert connector.requests[0].headers["host"] == "connector.test:1"
    assert [t.phase for t in seen.timings][:3] == [Phase.DNS, Phase.TCP, Phase.TLS]
    assert [t.offset_s for t in seen.timings] == sorted(t.offset_s for t in seen.timings)


async def test_a_call_to_another_address(
    caller: SdkCaller, ask: Ask, connector: FakeConnector, material: Material
) -> None:
    """An explicit address with the name of the URL: no name is looked up."""
    connector.behaviour = answer(200, INTENT)
    path = over(path_to(1, material.trust, host="nowhere.invalid"), "127.0.0.1", connector.port)
    assert (await ask(path=path, caller=caller)).ended is Ended.COMPLETED


async def test_nobody_there(caller: SdkCaller, ask: Ask, material: Material, tmp_path: pathlib.Path) -> None:
    """The observation says so; the SDK was not asked."""
    path = over(path_to(1, material.trust), str(tmp_path / "none.sock"), 0)
    seen = await ask(path=path, caller=caller)
    assert (seen.ended, seen.phase, seen.http_method) == (Ended.ERROR, Phase.TCP, None)
    assert seen.causes[0].kind == "FileNotFoundError"


async def test_without_ways_it_is_our_own_mistake(ask: Ask, material: Material, tmp_path: pathlib.Path) -> None:
    """Better than to connect somewhere else."""
    with pytest.raises(NoWayError, match="billing"):
        await ask(path=over(path_to(1, material.trust), str(tmp_path / "c.sock"), 0))


async def test_a_call_through_a_proxy(
    caller: SdkCaller, ask: Ask, connector: FakeConnector, material: Material
) -> None:
    """The connector sees our certificate and the key, the proxy neither."""
    connector.behaviour = answer(200, INTENT)
    with proxying() as proxy:
        seen = await ask(path=through(path_to(connector.port, material.trust), proxy), caller=caller)
    assert seen.ended is Ended.COMPLETED, seen.causes
    assert seen.tls.client_certificate_sent
    assert seen.proxy is not None
    assert seen.timings[0].phase is Phase.TCP
    assert b"sk_test" not in bytes(proxy.seen)
    assert "sk_test" not in "".join(proxy.heads)


async def test_a_call_through_a_proxy_with_an_identity_of_its_own(
    caller: SdkCaller, ask: Ask, connector: FakeConnector, material: Material, tmp_path: pathlib.Path
) -> None:
    """TLS in TLS under the SDK; the facts of the call are those of the connector's TLS."""
    connector.behaviour = answer(200, INTENT)
    authority = Authority.root("proxy root", now=SystemClock().now())
    authority.issue("proxy.test", san=["proxy.test"], usages=[SERVER_AUTH]).write(
        tmp_path / "p.crt", tmp_path / "p.key"
    )
    authority.issue("us, to the proxy").write(tmp_path / "o.crt", tmp_path / "o.key")
    trust = tmp_path / "p.pem"
    trust.write_bytes(authority.certificate_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(trust))
    context.load_cert_chain(tmp_path / "p.crt", tmp_path / "p.key")
    context.verify_mode = ssl.CERT_REQUIRED
    outer = Identity(name="outer", certificate=tmp_path / "o.crt", private_key=tmp_path / "o.key")
    with proxying(tls=context) as proxy:
        path = through(path_to(connector.port, material.trust), proxy, identity=outer, trust=trust)
        seen = await ask(path=path, caller=caller)
    assert seen.ended is Ended.COMPLETED, seen.causes
    assert proxy.clients == [((("commonName", "us, to the proxy"),),)]
    assert "connector.test" in seen.presented[0].subject


async def test_a_call_that_the_proxy_refuses(caller: SdkCaller, ask: Ask, material: Material) -> None:
    """Named as the proxy's doing, with its status."""
    with proxying(answer=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        seen = await ask(path=through(path_to(1, material.trust), proxy), caller=caller)
    outcome = judge_stripe(seen, load(), key_from=KeyFrom.PROBE).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.evidence.http_status) == ("connector.proxy_refused", 403)
    assert "The proxy" in outcome.failure.summary
