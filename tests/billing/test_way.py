"""The Stripe SDK over a socket that was made elsewhere."""

import asyncio
import pathlib
from dataclasses import replace

import pytest

from probe.billing.stripe import NoWayError, SdkCaller
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.observation import Ended, Endpoint
from probe.model.path import PaymentPath
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.way import SocketWays
from tests.billing.rig import INTENT, Ask, FakeConnector, Material, answer, path_to


def over(path: PaymentPath, host: str, port: int) -> PaymentPath:
    """The same path with another place to connect to."""
    endpoint = Endpoint(host=host, port=port, server_name="connector.test")
    return replace(path, connector=replace(path.connector, endpoint=endpoint))


@pytest.fixture
def caller() -> SdkCaller:
    """The real caller, with the real ways."""
    clock = SystemClock()
    return SdkCaller(contexts=ContextCache(), clock=clock, ways=SocketWays(dialer=NetworkDialer(), clock=clock))


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
