"""Ways to a connector other than its URL's host, as handshakes and others take them."""

import pathlib
import socket
import time
from dataclasses import replace

import pytest

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.outcome import Failed, Passed
from probe.model.path import Diagnostics, PhaseLimits
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.way import SocketWays
from tests.servers.nginx import NginxOptions
from tests.servers.process import Server
from tests.transport.hop import Hop, end
from tests.transport.test_handshake import StartServer


def at_socket(path: pathlib.Path) -> Endpoint:
    """A connector behind a unix socket whose certificate is for `localhost`."""
    return Endpoint(host=str(path), port=0, server_name="localhost")


@pytest.fixture
def listening(start_nginx: StartServer, tmp_path: pathlib.Path) -> tuple[Server, pathlib.Path]:
    """Nginx at a unix socket too."""
    path = tmp_path / "s.sock"
    assert NginxOptions(socket=path).socket == path
    return start_nginx(socket=path), path


@pytest.mark.server("nginx")
async def test_a_handshake_over_a_unix_socket(hop: Hop, listening: tuple[Server, pathlib.Path]) -> None:
    """It has all phases and facts, and passes; the request names the URL's host."""
    server, path = listening
    seen = await hop.observe(server.port, endpoint=at_socket(path))
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED), seen.causes
    assert seen.peer_address == str(seen.endpoint) == str(path)
    assert seen.http is not None
    assert seen.http.status == 200
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed)


@pytest.mark.server("nginx")
async def test_the_second_connection_takes_the_socket_too(hop: Hop, listening: tuple[Server, pathlib.Path]) -> None:
    """What looks deeper looks at the same place."""
    dialer, clock = NetworkDialer(), SystemClock()
    probe = HandshakeProbe(
        dialer=dialer, contexts=hop.contexts, clock=clock, diagnosis=Diagnosis(dialer=dialer, clock=clock)
    )
    connector = replace(hop.connector(1), endpoint=at_socket(listening[1]), diagnostics=Diagnostics.ALWAYS)
    seen = await probe.observe(
        connector,
        identity=None,
        http_path=None,
        limits=PhaseLimits(default_s=30.0),
        deadline=time.monotonic() + 60.0,
    )
    assert seen.diagnostics is not None
    assert seen.diagnostics.presented == seen.presented


@pytest.mark.parametrize(
    ("there", "says"), [(False, "there is no such socket"), (True, "nobody listens at it any more")]
)
async def test_a_socket_at_which_nobody_listens(hop: Hop, tmp_path: pathlib.Path, there: bool, says: str) -> None:  # noqa: FBT001 - a parameter of the test
    """Refused, with what is wrong about the socket."""
    path = tmp_path / "gone.sock"
    if there:
        with socket.socket(socket.AF_UNIX) as once:
            once.bind(str(path))
    seen = await hop.observe(1, endpoint=at_socket(path))
    outcome = judge_handshake(seen, load(), at=seen.started_at).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tcp.refused"
    assert says in outcome.failure.summary
    assert str(path) in outcome.failure.summary
    assert ":0" not in outcome.failure.summary


async def test_a_full_backlog_is_no_connection(hop: Hop, tmp_path: pathlib.Path) -> None:
    """A unix socket whose queue is full refuses with EAGAIN, which asyncio takes for a connection under way."""
    path = tmp_path / "full.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(0)
        queued = [socket.socket(socket.AF_UNIX) for _ in range(8)]
        for one in queued:
            one.setblocking(False)  # noqa: FBT003 - socket's own signature
            one.connect_ex(str(path))
        seen = await hop.observe(1, endpoint=at_socket(path))
        for one in queued:
            one.close()
    assert seen.phase is Phase.TCP
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Failed)


@pytest.mark.server("nginx")
async def test_a_taken_socket_outlives_its_way(hop: Hop, listening: tuple[Server, pathlib.Path]) -> None:
    """What takes the socket closes it; what leaves it has it closed."""
    ways = SocketWays(dialer=NetworkDialer(), clock=SystemClock())
    connector = replace(hop.connector(1), endpoint=at_socket(listening[1]))
    limits = PhaseLimits(default_s=30.0)
    async with ways.reach(connector, limits=limits, deadline=time.monotonic() + 60.0) as reached:
        assert (reached.ended, reached.phase) == (Ended.COMPLETED, Phase.TCP)
        taken = reached.take()
    with taken:
        assert taken.getpeername() == str(listening[1])
    async with ways.reach(connector, limits=limits, deadline=time.monotonic() + 60.0):
        pass
