"""Evidence inside of libraries that hide their connections."""

import asyncio
import contextlib
import pathlib
import ssl

import aiohttp
import pytest

from probe.model.path import Verify
from probe.model.tls import AlertFrom, TlsFacts
from probe.tls.contexts import ContextCache
from probe.tls.evidence import Recording, recording
from probe.tls.stream import TlsStream
from tests.tls.rig import Rig

BOTH = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


async def answer(stream: TlsStream) -> None:
    """Answer one HTTP request."""
    await stream.read()
    await stream.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")


async def post(context: ssl.SSLContext, port: int) -> Recording:
    """One POST through aiohttp on a fresh connection, and what was recorded of it."""
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    with recording() as record:
        async with aiohttp.ClientSession(connector=connector) as session:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.post(f"https://localhost:{port}/", data=b"x") as response:
                    await response.read()
    return record


def client(rig: Rig, trust: pathlib.Path, *, identity: bool = True) -> ssl.SSLContext:
    """A context as the Stripe SDK is given it."""
    offered = (rig.good.certificate_pem, rig.good.key_pem) if identity else ()
    return ContextCache().client(Verify(), trust, *offered)


@BOTH
async def test_a_good_call_is_recorded(rig: Rig, version: ssl.TLSVersion) -> None:
    """Through aiohttp the same facts are kept as on a socket of our own."""
    trust = rig.file("ca.pem", rig.root.certificate_pem)
    async with rig.serve(rig.server_context(version=version), answer) as served:
        record = await post(client(rig, trust), served.port)
    facts = record.facts()
    assert facts.established
    assert facts.client_certificate_sent
    assert facts.client_certificate_answered
    assert not facts.resumed
    assert ssl.DER_cert_to_PEM_cert(record.presented[0]).encode() == rig.server.certificate_pem


@BOTH
async def test_our_refusal_keeps_the_presented_chain(rig: Rig, version: ssl.TLSVersion) -> None:
    """What asyncio drops with the failed object is kept before that: the chain, and our alert's number too."""
    trust = rig.file("ca.pem", rig.stranger.certificate_pem)
    async with rig.serve(rig.server_context(version=version), answer) as served:
        record = await post(client(rig, trust), served.port)
    assert [(a.sender, a.number) for a in record.facts().alerts if a.fatal] == [(AlertFrom.US, 48)]
    assert ssl.DER_cert_to_PEM_cert(record.presented[0]).encode() == rig.server.certificate_pem


async def test_the_peers_alert_is_recorded(rig: Rig) -> None:
    """Under TLS 1.2 a missing client certificate is alert 40, which aiohttp does not show."""
    trust = rig.file("ca.pem", rig.root.certificate_pem)
    async with rig.serve(rig.server_context(version=ssl.TLSVersion.TLSv1_2), answer) as served:
        record = await post(client(rig, trust, identity=False), served.port)
    assert [(a.sender, a.number) for a in record.facts().alerts if a.fatal] == [(AlertFrom.PEER, 40)]
    assert record.facts().client_certificate_requested
    assert record.facts().client_certificate_answered
    assert not record.facts().client_certificate_sent


async def test_recordings_do_not_mix(rig: Rig) -> None:
    """Concurrent calls over one context have their own records."""
    trust = rig.file("ca.pem", rig.root.certificate_pem)
    good, bare = client(rig, trust), client(rig, trust, identity=False)
    contexts = [good, bare] * 10
    async with (
        rig.serve(rig.server_context(version=ssl.TLSVersion.TLSv1_2), answer) as served,
        asyncio.TaskGroup() as group,
    ):
        tasks = [group.create_task(post(context, served.port)) for context in contexts]
    assert [task.result().facts().established for task in tasks] == [True, False] * 10


def test_an_empty_recording() -> None:
    """Without a connection there are no facts, and no error."""
    with recording() as record:
        pass
    assert record.facts() == TlsFacts()
    assert record.presented == ()
