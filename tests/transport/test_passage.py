"""Peers that hang, close, reset or speak something else, at every stage of the pass."""

import asyncio
import contextlib
import errno
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

import pytest
from aiodns.error import DNSError

from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.path import PhaseLimits
from probe.tls.stream import TlsStream
from probe.transport.dial import Address, FakeDialer
from tests.tls.rig import Rig, Silence, serve_raw
from tests.transport.hop import Hop, end, seen_kinds

SOON = PhaseLimits(
    default_s=30.0, by_phase={"dns": 0.05, "tcp": 0.05, "tls": 0.05, "accept": 0.05, "wait": 0.05, "receive": 0.2}
)
HOME = Address("127.0.0.1", 1)


@pytest.mark.parametrize("code", [1, 3, 4, 6, 11, 12])
async def test_dns_codes_stay_apart(hop: Hop, code: int) -> None:
    """Each c-ares status is kept as a number."""
    dialer = FakeDialer({"127.0.0.1": DNSError(code, "text")})
    seen = await hop.observe(1, dialer=dialer)
    assert end(seen) == (Phase.DNS, Ended.ERROR)
    assert seen.causes[0].dns_code == code
    assert [timing.phase for timing in seen.timings] == [Phase.DNS]


async def test_a_resolver_that_never_answers(hop: Hop) -> None:
    """The phase's limit ends the wait for the resolver."""
    seen = await hop.observe(1, dialer=FakeDialer({"127.0.0.1": None}), limits=SOON)
    assert end(seen) == (Phase.DNS, Ended.TIMED_OUT)


async def test_a_syn_that_nobody_answers(hop: Hop) -> None:
    """The phase's limit ends the wait for the connection."""
    dialer = FakeDialer({"127.0.0.1": (HOME,)}, {HOME: None})
    seen = await hop.observe(1, dialer=dialer, limits=SOON)
    assert end(seen) == (Phase.TCP, Ended.TIMED_OUT)


async def test_refused(hop: Hop) -> None:
    """A closed port gives its errno."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        seen = await hop.observe(unused.getsockname()[1])
    assert end(seen) == (Phase.TCP, Ended.ERROR)
    assert seen.causes[0].errno == errno.ECONNREFUSED
    assert not seen.client_hello_sent


async def test_silence_after_the_connection(hop: Hop) -> None:
    """A listener that never accepts: our hello went out, and nothing came."""
    with Silence() as silence:
        seen = await hop.observe(silence.port, limits=SOON)
    assert end(seen) == (Phase.TLS, Ended.TIMED_OUT)
    assert seen.client_hello_sent
    assert seen.bytes_received == 0


async def test_the_runs_deadline_cuts_the_wait(hop: Hop) -> None:
    """The run's deadline ends the phase that it falls in, as that phase's timeout."""
    with Silence() as silence:
        seen = await hop.observe(silence.port, within_s=0.1)
    assert end(seen) == (Phase.TLS, Ended.TIMED_OUT)


async def test_a_stall_inside_of_the_handshake(hop: Hop) -> None:
    """A partial ServerHello and then nothing: the bytes that came are counted."""

    async def stall(sock: socket.socket) -> None:
        with sock:
            await asyncio.get_running_loop().sock_recv(sock, 4096)
            await asyncio.get_running_loop().sock_sendall(sock, b"\x16\x03\x03\x00\x7a\x02\x00")
            await asyncio.get_running_loop().sock_recv(sock, 4096)

    async with serve_raw(stall) as port:
        seen = await hop.observe(port, limits=SOON)
    assert end(seen) == (Phase.TLS, Ended.TIMED_OUT)
    assert seen.bytes_received == 7


def say(words: bytes) -> Callable[[socket.socket], Awaitable[None]]:
    """A peer that reads the hello, says `words` and closes."""

    async def connection(sock: socket.socket) -> None:
        with sock:
            await asyncio.get_running_loop().sock_recv(sock, 65536)
            await asyncio.get_running_loop().sock_sendall(sock, words)

    return connection


@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example ESMTP\r\n", b"SSH-2.0-x\r\n"]
)
async def test_not_tls(hop: Hop, words: bytes) -> None:
    """What is no TLS at all is kept as its first bytes."""
    async with serve_raw(say(words)) as port:
        seen = await hop.observe(port)
    assert end(seen) == (Phase.TLS, Ended.ERROR)
    assert seen.first_bytes == words[:64]
    assert seen.causes[0].ssl_reason == "WRONG_VERSION_NUMBER"


async def test_closed_inside_of_the_handshake(hop: Hop) -> None:
    """A FIN after our hello is EOF, not a reset and not an alert."""
    async with serve_raw(say(b"")) as port:
        seen = await hop.observe(port)
    assert end(seen) == (Phase.TLS, Ended.EOF)
    assert seen.client_hello_sent
    assert seen.tls.alerts == ()


async def test_reset_inside_of_the_handshake(hop: Hop) -> None:
    """An RST after our hello is a reset."""

    async def reset(sock: socket.socket) -> None:
        with sock:
            await asyncio.get_running_loop().sock_recv(sock, 65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serve_raw(reset) as port:
        seen = await hop.observe(port)
    assert end(seen) == (Phase.TLS, Ended.RESET)
    assert seen.causes[0].errno == errno.ECONNRESET


async def test_an_alert_that_comes_just_before_a_reset(hop: Hop) -> None:
    """An alert in front of an RST is read."""

    async def refuse(sock: socket.socket) -> None:
        with sock:
            await asyncio.get_running_loop().sock_recv(sock, 65536)
            await asyncio.get_running_loop().sock_sendall(sock, b"\x15\x03\x03\x00\x02\x02\x70")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serve_raw(refuse) as port:
        seen = await hop.observe(port)
    assert end(seen) == (Phase.TLS, Ended.ERROR)
    assert [(a.number, a.name) for a in seen.tls.alerts] == [(112, "unrecognized_name")]


Talk = Callable[[TlsStream], Awaitable[None]]


async def hang_up(stream: TlsStream) -> None:
    """Close as soon as the handshake is over."""


async def read_and_hang_up(stream: TlsStream) -> None:
    """Read the question and close without an answer."""
    await stream.read()


async def mute(stream: TlsStream) -> None:
    """Read for ever, answer nothing."""
    while await stream.read():
        pass


def answer(words: bytes, *, stay: bool = False) -> Talk:
    """Answer the question with `words`, and close, or stay without another word."""

    async def talk(stream: TlsStream) -> None:
        await stream.read()
        await stream.write(words)
        while stay and await stream.read():
            pass

    return talk


CUT = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
WHOLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\nno"


@pytest.mark.parametrize(
    ("talk", "expected", "kind"),
    [
        (read_and_hang_up, (Phase.WAIT, Ended.EOF), "EOFError"),
        (mute, (Phase.WAIT, Ended.TIMED_OUT), "TimeoutError"),
        (answer(b"*hello*"), (Phase.RECEIVE, Ended.ERROR), "NotHttpError"),
        (answer(CUT), (Phase.RECEIVE, Ended.EOF), "IncompleteAnswerError"),
        (answer(CUT, stay=True), (Phase.RECEIVE, Ended.TIMED_OUT), "TimeoutError"),
        (answer(WHOLE, stay=True), (Phase.RECEIVE, Ended.COMPLETED), None),
    ],
)
async def test_after_the_handshake(
    hop: Hop, rig: Rig, talk: Talk, expected: tuple[Phase, Ended], kind: str | None
) -> None:
    """A peer that has accepted us and then hangs, closes, cuts off or speaks something else."""
    limits = SOON if expected[1] is Ended.TIMED_OUT else None
    limits = PhaseLimits(default_s=30.0, by_phase={expected[0].value: 0.05}) if limits else None
    async with rig.serve(rig.server_context(verify=False), talk) as served:
        seen = await hop.observe(served.port, None, trust=rig.file("ca.pem", rig.root.certificate_pem), limits=limits)
    assert end(seen) == expected
    assert seen_kinds(seen)[:1] == ([kind] if kind else [])
    assert seen.request_span_id is not None
    if expected[0] is Phase.RECEIVE and kind != "NotHttpError":
        assert seen.http is not None
        assert seen.http.status in {200, 503}


async def test_repeated_headers_are_joined(hop: Hop, rig: Rig) -> None:
    """Header names come in lower case, and repeated ones joined."""
    async with rig.serve(rig.server_context(verify=False), answer(WHOLE)) as served:
        seen = await hop.observe(served.port, None, trust=rig.file("ca.pem", rig.root.certificate_pem))
    assert seen.http is not None
    assert seen.http.headers == {"content-length": "2", "x-a": "1, 2"}


async def test_closed_after_our_certificate(hop: Hop, rig: Rig) -> None:
    """A bare hang-up under TLS 1.3 while the peer judges our certificate ends the accept phase."""
    context = rig.server_context(verify=False)
    context.num_tickets = 0
    context.verify_mode = ssl.CERT_OPTIONAL
    async with rig.serve(context, hang_up) as served:
        seen = await hop.observe(served.port, None, trust=rig.file("ca.pem", rig.root.certificate_pem))
    assert end(seen) == (Phase.ACCEPT, Ended.EOF)
    assert seen.http_path is None
    said = seen.causes[0].text  # none was sent, so nothing is said of it
    assert said == "the peer closed the connection after our part of the handshake, without an alert"


async def test_a_name_that_is_written_whole_is_asked_for_without_its_last_dot(hop: Hop, rig: Rig) -> None:
    """RFC 6066 3 has no dot at the end of a server name, and certificates have none: curl passes, and so do we."""
    context, asked = rig.server_context(verify=False), []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with rig.serve(context, answer(WHOLE)) as served:
        endpoint = Endpoint(host="127.0.0.1", port=served.port, server_name="localhost.")
        trust = rig.file("ca.pem", rig.root.certificate_pem)
        seen = await hop.observe(served.port, None, trust=trust, endpoint=endpoint)
    assert (end(seen), asked) == ((Phase.RECEIVE, Ended.COMPLETED), ["localhost"])


async def test_a_server_without_tickets_is_given_a_grace(hop: Hop, rig: Rig) -> None:
    """Without a session ticket (Envoy) the question is asked after a short grace."""
    context = rig.server_context(verify=False)
    context.num_tickets = 0
    context.verify_mode = ssl.CERT_OPTIONAL
    async with rig.serve(context, answer(WHOLE)) as served:
        seen = await hop.observe(served.port, None, trust=rig.file("ca.pem", rig.root.certificate_pem))
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED)
    assert not seen.tls.session_ticket
    accept = next(timing for timing in seen.timings if timing.phase is Phase.ACCEPT)
    assert accept.duration_s >= 0.15


async def test_what_the_request_carries(hop: Hop, rig: Rig) -> None:
    """One GET with Host, our user agent, the trace context, and the wish to close."""
    heard: list[bytes] = []

    async def listen(stream: TlsStream) -> None:
        heard.append(await stream.read())
        await stream.write(WHOLE)

    async with rig.serve(rig.server_context(verify=False), listen) as served:
        await hop.observe(served.port, None, trust=rig.file("ca.pem", rig.root.certificate_pem))
    first, *lines = heard[0].decode().split("\r\n")
    assert first == "GET /healthz HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines if line)
    assert headers["host"] == f"127.0.0.1:{served.port}"
    assert headers["user-agent"].startswith("paypath/")
    assert headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert headers["connection"] == "keep-alive"


async def test_a_cancelled_pass_closes_its_connection(hop: Hop) -> None:
    """Cancelling an observation leaves no socket behind, and the peer sees the end."""
    ended = asyncio.Event()

    async def wait_for_end(sock: socket.socket) -> None:
        with sock, contextlib.suppress(ConnectionError):
            while await asyncio.get_running_loop().sock_recv(sock, 4096):
                pass
        ended.set()

    async with serve_raw(wait_for_end) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await hop.observe(port)
        await asyncio.wait_for(ended.wait(), 30)
