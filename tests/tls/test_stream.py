"""The driver, both sides of it, over real sockets."""

import asyncio
import contextlib
import socket
import ssl
import time

import pytest

from probe.model.tls import AlertFrom
from probe.tls.evidence import Evidence
from probe.tls.stream import TlsStream
from tests.tls.rig import Rig, Silence, dial

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
BOTH = pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])


async def converse(stream: TlsStream) -> bytes:
    """Shake hands, write at once, read the answer and close; a refusal shows in the evidence."""
    answer = b""
    try:
        with contextlib.suppress(OSError):
            await stream.handshake(time.monotonic() + 20)
            with contextlib.suppress(ConnectionError):
                await stream.write(b"hi")
            answer = await stream.read(deadline=time.monotonic() + 20)
    finally:
        await stream.close()
    return answer


def fatal(evidence: Evidence) -> list[tuple[AlertFrom, int]]:
    """Who ended the connection with which alerts."""
    return [(alert.sender, alert.number) for alert in evidence.alerts if alert.fatal]


def der(pem: bytes) -> bytes:
    """The first certificate of a PEM."""
    return ssl.PEM_cert_to_DER_cert(pem.decode().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----")


@BOTH
async def test_both_sides_talk(rig: Rig, version: ssl.TLSVersion) -> None:
    """A good client certificate gives an answer, and both sides know what was negotiated."""
    async with rig.serve(rig.server_context(version=version)) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(rig.good), server_hostname="localhost")
        assert await converse(stream) == b"hello"
    facts = stream.evidence.facts()
    assert facts.version == version.name.replace("v1_", "v1.")
    assert (facts.established, facts.resumed) == (True, False)
    assert facts.client_certificate_requested
    assert facts.client_certificate_sent
    assert facts.cipher
    assert facts.group in {"x25519", "X25519MLKEM768"}
    assert fatal(stream.evidence) == []
    assert stream.evidence.presented[0] == der(rig.server.certificate_pem)
    assert stream.evidence.built == (der(rig.server.certificate_pem), der(rig.root.certificate_pem))
    assert stream.bytes_sent > 0
    assert stream.bytes_received > 0
    assert stream.first_bytes[0] == 0x16
    assert served.evidence[0].facts().client_certificate_sent
    assert served.evidence[0].presented[0] == der(rig.good.certificate_pem)


@BOTH
@pytest.mark.parametrize("who", ["none", "unknown", "expired", "revoked"])
async def test_the_servers_alert_arrives(rig: Rig, version: ssl.TLSVersion, who: str) -> None:
    """A refused client certificate gives the peer's alert with its number, although we wrote first."""
    revoked = rig.root.issue("revoked")
    issued = {"none": None, "unknown": rig.unknown, "expired": rig.expired, "revoked": revoked}[who]
    context = rig.server_context(crl=rig.root.crl([revoked.certificate]), version=version)
    async with rig.serve(context) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(issued), server_hostname="localhost")
        assert await converse(stream) == b""
    number = {"none": 116 if version is V13 else 40, "unknown": 48, "expired": 45, "revoked": 44}[who]
    assert fatal(stream.evidence) == [(AlertFrom.PEER, number)]
    assert fatal(served.evidence[0]) == [(AlertFrom.US, number)]


@BOTH
async def test_our_alert_arrives_and_the_chains_stay(rig: Rig, version: ssl.TLSVersion) -> None:
    """When we refuse the server, it learns why, and both chains are kept."""
    presented = rig.stranger.issue("localhost", san=["localhost"])
    async with rig.serve(rig.server_context(presented, version=version)) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(rig.good), server_hostname="localhost")
        with pytest.raises(ssl.SSLCertVerificationError):
            await stream.handshake()
        await stream.close()
    assert fatal(served.evidence[0]) == [(AlertFrom.PEER, 48)]
    assert stream.evidence.presented == (der(presented.certificate_pem),)
    assert stream.evidence.built == stream.evidence.presented
    assert not stream.evidence.established
    assert stream.evidence.certificate_requested is (True if version is V13 else None)


async def test_evidence_never_mixes(rig: Rig) -> None:
    """A hundred concurrent handshakes with four outcomes give a hundred right alerts."""
    clients = {
        None: rig.client_context(rig.good),
        116: rig.client_context(),
        48: rig.client_context(rig.unknown),
        45: rig.client_context(rig.expired),
    }
    expected = list(clients) * 25
    async with rig.serve(rig.server_context(version=V13)) as served:
        streams = [TlsStream(await dial(served.port), clients[n], server_hostname="localhost") for n in expected]
        async with asyncio.TaskGroup() as group:
            for stream in streams:
                group.create_task(converse(stream))
    assert [fatal(s.evidence) for s in streams] == [[(AlertFrom.PEER, n)] if n else [] for n in expected]


async def test_a_ticket_is_waited_for(rig: Rig) -> None:
    """Under TLS 1.3 the server's session ticket is seen before anything is written."""
    async with rig.serve(rig.server_context(version=V13)) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(rig.good), server_hostname="localhost")
        await stream.handshake()
        assert await stream.read_until(lambda seen: seen.session_ticket, time.monotonic() + 20)
        await stream.write(b"hi")
        assert await stream.read() == b"hello"
        await stream.close()


async def test_waiting_for_acceptance_raises_the_refusal(rig: Rig) -> None:
    """Reading first under TLS 1.3 raises the peer's alert, and nothing was written that could lose it."""
    async with rig.serve(rig.server_context(version=V13)) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(), server_hostname="localhost")
        await stream.handshake()
        with pytest.raises(ssl.SSLError):
            await stream.read_until(lambda seen: seen.session_ticket, time.monotonic() + 20)
        await stream.close()
    assert fatal(stream.evidence) == [(AlertFrom.PEER, 116)]


async def test_early_words_are_kept(rig: Rig) -> None:
    """What a server says before it was asked is not lost by the wait for something else."""

    async def talk_first(stream: TlsStream) -> None:
        await stream.write(b"220 ready")

    async with rig.serve(rig.server_context(version=V12), talk_first) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(rig.good), server_hostname="localhost")
        await stream.handshake()
        assert not await stream.read_until(lambda seen: bool(seen.fatal_alert), time.monotonic() + 20)
        assert await stream.read(3) + await stream.read() == b"220 ready"
        assert await stream.read() == b""
        await stream.close()


async def test_a_silent_peer_ends_in_a_timeout(rig: Rig) -> None:
    """The handshake's deadline is kept, and the hello went out."""
    with Silence() as silence:
        stream = TlsStream(await dial(silence.port), rig.client_context(), server_hostname="localhost")
        with pytest.raises(TimeoutError):
            await stream.handshake(time.monotonic() + 0.05)
        await stream.close()
    assert stream.bytes_sent > 0
    assert stream.bytes_received == 0


async def test_much_data_both_ways(rig: Rig) -> None:
    """A megabyte goes through in both directions at the same time."""
    size = 1 << 20

    async def echo(stream: TlsStream) -> None:
        while data := await stream.read():
            await stream.write(data)

    async with rig.serve(rig.server_context(), echo) as served:
        stream = TlsStream(await dial(served.port), rig.client_context(rig.good), server_hostname="localhost")
        await stream.handshake()
        received = 0
        async with asyncio.TaskGroup() as group:
            group.create_task(stream.write(b"x" * size))
            while received < size:
                received += len(await stream.read())
        await stream.close()
    assert received == size


async def test_a_context_without_evidence_is_refused() -> None:
    """A context that was not prepared is our own mistake, and says how to mend it."""
    with Silence() as silence:
        sock = await dial(silence.port)
        with sock, pytest.raises(TypeError, match="record_on"):
            TlsStream(sock, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), server_hostname="localhost")


@BOTH
async def test_a_timeout_in_the_same_turn_of_the_loop_loses_nothing(rig: Rig, version: ssl.TLSVersion) -> None:
    """What arrives while a busy loop lets the deadline pass is still there to be read (`sock_recv` would have lost it)."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)  # noqa: FBT003 - socket's own signature
    client = TlsStream(ours, rig.client_context(rig.good, version=version), server_hostname="localhost")
    server = TlsStream(theirs, rig.server_context(version=version), server_side=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(client.handshake())
        group.create_task(server.handshake())
    if version is V13:
        assert await client.read_until(lambda seen: seen.session_ticket)  # else they are what wakes it
    server.tls.write(b"late")
    sealed = server._outgoing.read()
    deadline = loop.time() + 0.05

    def busy() -> None:
        """Keep the loop until the deadline is over: then bytes and timeout are due in one turn."""
        theirs.send(sealed)
        while loop.time() < deadline:
            pass

    loop.call_soon(busy)
    with pytest.raises(TimeoutError):
        await client.read_until(lambda _: False, deadline)
    assert await client.read(deadline=loop.time() + 20) == b"late"
    await asyncio.gather(client.close(), server.close())
