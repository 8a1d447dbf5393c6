"""The real SDK against a path that breaks: how it ended, in which phase, and why."""

import asyncio
import contextlib
import pathlib
import socket
import struct
from collections.abc import AsyncIterator

import aiohttp
import pytest

from probe.billing.causes import causes_of, how_it_ended
from probe.billing.stripe import SdkCaller
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.network import Ended
from probe.model.path import PhaseLimits
from probe.redact.text import Redactor
from probe.tls.contexts import ContextCache
from tests.billing.rig import INTENT, Ask, FakeConnector, Material, Request, answer, hang, kinds, path_to


async def close(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Close without an answer."""
    writer.close()


async def reset(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Send RST in place of an answer."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def garbage(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Answer in another protocol."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


async def stalled_body(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Begin a body and never end it."""
    await answer(200, INTENT, length=1000)(_request, writer)
    await writer.drain()
    await hang(_request, writer)


async def bad_gzip(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Promise a compressed body and send another."""
    await answer(200, b"no gzip", headers={"Content-Encoding": "gzip"})(_request, writer)


@pytest.mark.parametrize(
    ("behaviour", "ended", "phase", "innermost"),
    [
        (hang, Ended.TIMED_OUT, Phase.WAIT, "CancelledError"),
        (close, Ended.EOF, Phase.WAIT, "ServerDisconnectedError"),
        (reset, Ended.RESET, Phase.WAIT, "ConnectionResetError"),
        (garbage, Ended.ERROR, Phase.WAIT, "BadStatusLine"),
        (answer(200, INTENT, length=1000), Ended.EOF, Phase.RECEIVE, "ContentLengthError"),
        (stalled_body, Ended.TIMED_OUT, Phase.RECEIVE, "CancelledError"),
        (bad_gzip, Ended.ERROR, Phase.RECEIVE, "ContentEncodingError"),
        (answer(200, b"x" * (5 * 1024 * 1024)), Ended.ERROR, Phase.RECEIVE, "AnswerTooLongError"),
    ],
)
async def test_no_whole_answer(
    ask: Ask, connector: FakeConnector, behaviour: object, ended: Ended, phase: Phase, innermost: str
) -> None:
    """How it ended, in which phase, and why, down to the first cause."""
    connector.behaviour = behaviour  # type: ignore[assignment]  # parametrized
    limits = PhaseLimits(default_s=20.0, by_phase={"wait": 0.3, "receive": 0.3} if ended is Ended.TIMED_OUT else {})
    observation = await ask(limits=limits)
    assert (observation.ended, observation.phase) == (ended, phase)
    assert kinds(observation)[0] == "APIConnectionError"
    assert innermost in kinds(observation)
    assert observation.response is None
    assert (observation.http is None) is (phase is Phase.WAIT)
    assert observation.request_span_id is not None


async def test_the_deadline_cuts_a_wait(ask: Ask, connector: FakeConnector) -> None:
    """Also where the phase would have had more time."""
    connector.behaviour = hang
    observation = await ask(within_s=0.5)
    assert (observation.ended, observation.phase) == (Ended.TIMED_OUT, Phase.WAIT)


async def test_refused(ask: Ask, material: Material) -> None:
    """Nothing listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        observation = await ask(path=path_to(free.getsockname()[1], material.trust))
    assert (observation.ended, observation.phase) == (Ended.ERROR, Phase.TCP)
    assert observation.causes[-1].errno == 111
    assert (observation.http, observation.request_span_id) == (None, None)


async def test_a_handshake_that_hangs(ask: Ask, material: Material) -> None:
    """The peer accepts the connection and says nothing: the time runs out in the tls phase."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = path_to(silent.getsockname()[1], material.trust)
        observation = await ask(path=path, limits=PhaseLimits(default_s=20.0, by_phase={"tls": 0.3}))
    assert (observation.ended, observation.phase) == (Ended.TIMED_OUT, Phase.TLS)


async def test_the_peer_closes_within_the_handshake(ask: Ask, material: Material) -> None:
    """Asyncio calls it a reset without a number; it was none."""

    async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.close()

    async with await asyncio.start_server(close_at_once, "127.0.0.1", 0) as server:
        observation = await ask(path=path_to(server.sockets[0].getsockname()[1], material.trust))
    assert (observation.ended, observation.phase) == (Ended.EOF, Phase.TLS)


async def test_a_server_name_that_does_not_fit(ask: Ask, connector: FakeConnector, material: Material) -> None:
    """Our own verification refuses; its code and the presented chain stay."""
    observation = await ask(path=path_to(connector.port, material.trust, server_name="other.test"))
    assert (observation.ended, observation.phase) == (Ended.ERROR, Phase.TLS)
    assert [cause.verify_code for cause in observation.causes if cause.verify_code] == [62]
    assert observation.presented[0].san == ("connector.test",)
    assert connector.requests == []


async def test_an_untrusted_server(
    ask: Ask, connector: FakeConnector, material: Material, tmp_path: pathlib.Path
) -> None:
    """The issuer is not in our trust file."""
    other = tmp_path / "other.pem"
    other.write_bytes(type(material.authority).root("Other Root", now=SystemClock().now()).certificate_pem)
    observation = await ask(path=path_to(connector.port, other))
    assert observation.phase is Phase.TLS
    assert observation.causes[-1].verify_code in {19, 20}
    assert [alert.number for alert in observation.tls.alerts] == [48]


async def test_without_a_client_certificate(ask: Ask) -> None:
    """Under TLS 1.3 the refusal comes after the handshake; an asyncio server sends no alert with it."""
    observation = await ask(identity=None)
    assert observation.ended in {Ended.EOF, Ended.RESET, Ended.ERROR}
    assert observation.tls.client_certificate_requested
    assert not observation.tls.client_certificate_sent


async def test_a_trust_file_that_cannot_be_read(ask: Ask, connector: FakeConnector, tmp_path: pathlib.Path) -> None:
    """Our own set-up stands in the way: nothing is sent."""
    observation = await ask(path=path_to(connector.port, tmp_path / "none.pem"))
    assert observation.ended is Ended.NOT_STARTED
    assert kinds(observation)[0] == "ContextError"
    assert connector.connections == 0


class NameServer(asyncio.DatagramProtocol):
    """Answers every question with one response code; with None never."""

    def __init__(self, code: int | None) -> None:
        """3 is NXDOMAIN, 2 SERVFAIL, 5 REFUSED (RFC 1035 4.1.1)."""
        self._code = code

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # as asyncio calls it
        """Keep the way back."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """The question with the header of an answer; additional records are cut off with their count."""
        if self._code is not None:
            end = data.index(0, 12) + 5
            header = data[:2] + struct.pack(">HHHHH", 0x8180 | self._code, 1, 0, 0, 0)
            self._transport.sendto(header + data[12:end], addr)


@contextlib.asynccontextmanager
async def name_server(code: int | None) -> AsyncIterator[SdkCaller]:
    """A name server on loopback, and a caller that asks it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(code), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        yield SdkCaller(
            contexts=ContextCache(),
            clock=SystemClock(),
            resolver=lambda: aiohttp.AsyncResolver(nameservers=[f"127.0.0.1:{port}"], timeout=20.0, tries=1),
        )
    finally:
        transport.close()


@pytest.mark.parametrize(("code", "ares"), [(3, 4), (2, 3), (5, 6)])
async def test_names_that_do_not_resolve(ask: Ask, material: Material, code: int, ares: int) -> None:
    """c-ares tells apart what getaddrinfo calls one error."""
    async with name_server(code) as caller:
        observation = await ask(path=path_to(443, material.trust, host="connector.example"), caller=caller)
    assert (observation.ended, observation.phase) == (Ended.ERROR, Phase.DNS)
    assert [cause.dns_code for cause in observation.causes if cause.dns_code] == [ares]


async def test_a_name_server_that_does_not_answer(ask: Ask, material: Material) -> None:
    """The time runs out in the dns phase."""
    async with name_server(None) as caller:
        observation = await ask(
            path=path_to(443, material.trust, host="connector.example"),
            caller=caller,
            limits=PhaseLimits(default_s=20.0, by_phase={"dns": 0.3}),
        )
    assert (observation.ended, observation.phase) == (Ended.TIMED_OUT, Phase.DNS)


async def test_a_name_in_place_of_an_address(ask: Ask, connector: FakeConnector, material: Material) -> None:
    """The lookup is a phase of its own."""
    connector.behaviour = answer(200, INTENT)
    observation = await ask(path=path_to(connector.port, material.trust, host="localhost"))
    assert observation.ended is Ended.COMPLETED
    assert [each.phase for each in observation.timings][:3] == [Phase.DNS, Phase.TCP, Phase.TLS]


def test_the_systems_own_limit_is_a_timeout() -> None:
    """ETIMEDOUT: the kernel gave up on the peer."""
    error = ConnectionError("outer")
    error.__cause__ = TimeoutError(110, "Connection timed out")
    assert how_it_ended(error) is Ended.TIMED_OUT
    assert [cause.errno for cause in causes_of(error, Redactor())] == [None, 110]
