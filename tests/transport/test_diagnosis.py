"""The second connection, against servers made by others."""

import asyncio
import dataclasses
import pathlib
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import CLIENT_AUTH, SERVER_AUTH, Authority
from probe.model.answer import HttpAnswer
from probe.model.clock import FakeClock, SystemClock
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.path import Diagnostics, PhaseLimits, Verify
from probe.model.staple import StapleSignature, StapleStatus
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Address, FakeDialer, NetworkDialer
from tests.servers.material import Material, Pair, write_pair
from tests.servers.ocsp import Answer, response
from tests.servers.process import Server
from tests.support.pages import serving
from tests.transport.hop import Hop

StartServer = Callable[..., Server]

BOTH = pytest.mark.parametrize("tls", ["1.2", "1.3"])
NGINX = pytest.mark.server("nginx")
OPENSSL = pytest.mark.server("openssl")
LIMITS = PhaseLimits(default_s=30.0)


def diagnosis(
    dialer: NetworkDialer | FakeDialer | None = None, clock: SystemClock | FakeClock | None = None
) -> Diagnosis:
    """One on the real network, unless told otherwise."""
    return Diagnosis(dialer=dialer or NetworkDialer(), clock=clock or SystemClock())


async def look(hop: Hop, port: int, client: str | None = "good", **changes: object) -> HandshakeObservation:
    """A handshake, and the second connection after it."""
    changes = {"diagnostics": Diagnostics.ALWAYS, **changes}
    seen = await hop.observe(port, client, **changes)
    return await diagnosis().completed(
        seen, hop.connector(port, **changes), limits=LIMITS, deadline=time.monotonic() + 60
    )


@pytest.fixture
def expired_everywhere(tmp_path: pathlib.Path, pki: Material) -> Pair:
    """A server certificate that is expired, for another name and for clients only, below an expired intermediate."""
    day = timedelta(days=1)
    issuing = pki.root.intermediate("expired CA", not_before=pki.now - 9 * day, not_after=pki.now - day)
    leaf = issuing.issue(
        "wrong",
        san=("other.internal",),
        usages=(CLIENT_AUTH,),
        not_before=pki.now - 9 * day,
        not_after=pki.now - 2 * day,
    )
    return write_pair(tmp_path, "wrong", leaf)


@OPENSSL
@BOTH
async def test_every_verify_error_with_its_depth(
    hop: Hop, start_s_server: StartServer, expired_everywhere: Pair, tls: str
) -> None:
    """One handshake stops at the first of four; the second connection has them all, and the CAs also under TLS 1.2."""
    seen = await look(hop, start_s_server(tls=tls, server=expired_everywhere).port)
    facts = seen.diagnostics
    assert facts is not None
    assert [(e.depth, e.code) for e in facts.verify_errors] == [(0, 10), (0, 26), (0, 62), (1, 10)]
    subjects = [e.certificate.subject for e in facts.verify_errors if e.certificate]
    assert subjects == ["CN=wrong", "CN=wrong", "CN=wrong", "CN=expired CA"]
    assert facts.tls_version == f"TLSv{tls}"
    assert facts.acceptable_cas == ("CN=paypath test root",)
    assert seen.tls.acceptable_cas == (() if tls == "1.2" else ("CN=paypath test root",))
    assert facts.presented[0] == seen.presented[0]
    assert facts.engine.startswith("OpenSSL ")


@NGINX
@BOTH
async def test_a_staple_of_nginx(
    hop: Hop, start_nginx: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """The staple comes, is read, and its signature is the issuer's; nothing else is wrong."""
    file = tmp_path / "staple.der"
    file.write_bytes(response(pki.server.issued, pki.issuing, pki.now))
    seen = await look(hop, start_nginx(tls=tls, staple=file).port)
    facts = seen.diagnostics
    assert facts is not None
    assert facts.staple is not None
    assert (facts.staple.status, facts.staple.signature) == (StapleStatus.GOOD, StapleSignature.VERIFIED)
    assert facts.verify_errors == ()
    assert not facts.must_staple
    assert seen == dataclasses.replace(seen, diagnostics=facts)
    assert (seen.ended, seen.http and seen.http.status) == (Ended.COMPLETED, 200)


@OPENSSL
@BOTH
async def test_a_staple_of_openssl_that_says_revoked(
    hop: Hop, start_s_server: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """What the staple says has no say in the handshake: it completed before, and stays so."""
    file = tmp_path / "staple.der"
    file.write_bytes(response(pki.server.issued, pki.issuing, pki.now, Answer(revoked_at=pki.now)))
    seen = await look(hop, start_s_server(tls=tls, more=["-status_file", str(file)]).port)
    facts = seen.diagnostics
    assert facts is not None
    assert facts.staple is not None
    assert (facts.staple.status, facts.staple.revoked_at) == (StapleStatus.REVOKED, pki.now)
    assert seen.ended is Ended.COMPLETED


@NGINX
async def test_neither_certificate_nor_request(hop: Hop, start_nginx: StartServer) -> None:
    """What nginx logs of the second connection is that nothing was asked on it; the one request is the first one's."""
    server = start_nginx()
    seen = await look(hop, server.port)
    assert seen.diagnostics is not None
    server.wait_for_log("closed connection while waiting for request")
    requests = server.log.with_name("access.log").read_text().splitlines()
    assert [line.split('"')[1] for line in requests] == ["GET /healthz HTTP/1.1"]


@OPENSSL
async def test_strictness_is_the_paths(hop: Hop, start_s_server: StartServer, pki: Material) -> None:
    """Its CRL, its trust, and an intermediate trusted by itself where the path says so."""
    port = start_s_server().port
    crl = await look(hop, port, verify=Verify(crl=pki.crl))
    alone = await look(hop, port, trust=pki.chain)
    partial = await look(hop, port, trust=pki.chain, verify=Verify(partial_chain=True))
    found = [seen.diagnostics.verify_errors for seen in (crl, alone, partial) if seen.diagnostics]
    assert [[error.code for error in errors] for errors in found] == [[], [2], []]


@OPENSSL
async def test_an_unknown_ca(hop: Hop, start_s_server: StartServer, pki: Material, tmp_path: pathlib.Path) -> None:
    """A chain whose root is not ours, sent whole: the objection is at the root."""
    stranger = Authority.root("a stranger", now=pki.now)
    leaf = stranger.issue("localhost", san=("localhost",), usages=(SERVER_AUTH,))
    whole = dataclasses.replace(leaf, chain=(stranger.issued.certificate,))
    seen = await look(hop, start_s_server(server=write_pair(tmp_path, "stranger", whole)).port)
    assert seen.diagnostics is not None
    assert [(e.depth, e.code) for e in seen.diagnostics.verify_errors] == [(1, 19)]


SHAKEN = HandshakeObservation(
    endpoint=Endpoint(host="127.0.0.1", port=8443, server_name="localhost"),
    started_at=SystemClock().now(),
    phase="receive",  # type: ignore[arg-type]  # replaced below where it matters
    ended=Ended.COMPLETED,
    peer_address="127.0.0.1",
)


def spoken(**changes: object) -> HandshakeObservation:
    """A first connection that spoke TLS."""
    tls = dataclasses.replace(SHAKEN.tls, version="TLSv1.3")
    return dataclasses.replace(SHAKEN, **{"tls": tls, **changes})  # type: ignore[arg-type]  # the caller's keywords


REFUSING = FakeDialer(names={}, connections={Address("127.0.0.1", 8443): ConnectionRefusedError(111, "refused")})


@pytest.mark.parametrize(
    ("when", "changes", "made"),
    [
        (Diagnostics.OFF, {"ended": Ended.ERROR}, False),
        (Diagnostics.ON_FAILURE, {}, False),
        (Diagnostics.ON_FAILURE, {"http": HttpAnswer(status=200)}, False),
        (Diagnostics.ON_FAILURE, {"http": HttpAnswer(status=400)}, True),
        (Diagnostics.ON_FAILURE, {"ended": Ended.ERROR}, True),
        (Diagnostics.ALWAYS, {}, True),
        (Diagnostics.ALWAYS, {"tls": SHAKEN.tls}, False),
        (Diagnostics.ALWAYS, {"peer_address": None}, False),
    ],
)
async def test_when_it_is_made(hop: Hop, when: Diagnostics, changes: dict[str, object], made: bool) -> None:  # noqa: FBT001 - a table
    """Where the path wants it, and the peer came as far as to speak TLS."""
    clock = FakeClock(SystemClock().now())
    found = await diagnosis(REFUSING, clock).completed(
        spoken(**changes), hop.connector(8443, diagnostics=when), limits=LIMITS, deadline=60.0
    )
    assert (found.diagnostics is not None) is made


async def test_seldom_enough(hop: Hop) -> None:
    """At most one connection to an endpoint in five minutes; another endpoint has its own."""
    clock = FakeClock(SystemClock().now())
    seldom = diagnosis(REFUSING, clock)
    connector = hop.connector(8443, diagnostics=Diagnostics.ALWAYS)
    other = dataclasses.replace(connector, endpoint=dataclasses.replace(connector.endpoint, host="other.internal"))

    async def made(wanted: object) -> bool:
        found = await seldom.completed(spoken(), wanted, limits=LIMITS, deadline=clock.monotonic() + 60)  # type: ignore[arg-type]  # a connector
        return found.diagnostics is not None

    assert [await made(connector), await made(connector), await made(other)] == [True, False, True]
    clock.advance(299)
    assert not await made(connector)
    clock.advance(2)
    assert await made(connector)


async def test_what_goes_wrong_is_written_down(hop: Hop) -> None:
    """A refused connection, a peer that never answers, and an unreadable CRL leave the observation as it was."""
    connector = hop.connector(8443, diagnostics=Diagnostics.ALWAYS)
    silent = FakeDialer(names={}, connections={Address("127.0.0.1", 8443): None})
    lost = Verify(crl=pathlib.Path("/nonexistent/crl.pem"))
    tries = [
        (REFUSING, connector, LIMITS),
        (silent, connector, PhaseLimits(default_s=0.01)),
        (REFUSING, dataclasses.replace(connector, verify=lost), LIMITS),
    ]
    ends = []
    for dialer, wanted, limits in tries:
        found = await diagnosis(dialer).completed(spoken(), wanted, limits=limits, deadline=time.monotonic() + 60)
        assert found.diagnostics is not None
        assert dataclasses.replace(found, diagnostics=None) == spoken()
        ends.append((found.diagnostics.ended, found.diagnostics.causes[0].kind))
    assert ends == [
        (Ended.ERROR, "ConnectionRefusedError"),
        (Ended.TIMED_OUT, "TimeoutError"),
        (Ended.ERROR, "FileNotFoundError"),
    ]


async def test_a_peer_that_speaks_no_tls_any_more(hop: Hop) -> None:
    """Garbage and a hang-up on the second connection are told as what they are."""

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await diagnosis().completed(
            spoken(), hop.connector(port, diagnostics=Diagnostics.ALWAYS), limits=LIMITS, deadline=time.monotonic() + 60
        )
    assert found.diagnostics is not None
    assert found.diagnostics.ended is Ended.ERROR
    assert found.diagnostics.presented == ()
    assert found.diagnostics.causes[0].kind == "BrokenOffError"


async def test_no_time_left(hop: Hop) -> None:
    """What is left of the run's time belongs to the run."""
    clock = FakeClock(SystemClock().now())
    connector = hop.connector(8443, diagnostics=Diagnostics.ALWAYS)
    found = await diagnosis(REFUSING, clock).completed(spoken(), connector, limits=LIMITS, deadline=0.0)
    assert found.diagnostics is None


@OPENSSL
@BOTH
async def test_a_missing_intermediate_is_told_from_an_unknown_ca_by_aia(
    hop: Hop, start_s_server: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """Found where the leaf says; from then on every run knows it, and not one in five minutes."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=other.issued.certificate.public_bytes(Encoding.DER))

    other = pki.root.intermediate("CA of servers alone")
    async with serving(answer) as url:
        names = ("localhost",)
        leaf = other.issue("localhost", san=names, usages=(SERVER_AUTH,), send_chain=False, issuer_url=url)
        port = start_s_server(tls=tls, server=write_pair(tmp_path, "alone", leaf)).port
        connector = hop.connector(port, diagnostics=Diagnostics.ON_FAILURE)
        looking, deadline = diagnosis(), time.monotonic() + 60
        first, again = await hop.observe(port), await hop.observe(port)
        seen = await looking.completed(first, connector, limits=LIMITS, deadline=deadline)
        later = await looking.completed(again, connector, limits=LIMITS, deadline=deadline)
        off = dataclasses.replace(connector, diagnostics=Diagnostics.OFF)
        unseen = await looking.completed(again, off, limits=LIMITS, deadline=deadline)
    assert (first.verify_code in {20, 21}, first.completing) == (True, ())
    assert seen.diagnostics is not None
    assert (seen.diagnostics.completed_by_issuers, [i.url for i in seen.diagnostics.issuers]) == (True, [url])
    assert [c.subject for c in seen.completing] == ["CN=CA of servers alone"]
    assert (later.diagnostics, later.completing) == (None, seen.completing)
    assert unseen == again


@OPENSSL
async def test_an_unknown_ca_stays_one_when_its_intermediate_is_found(
    hop: Hop, start_s_server: StartServer, pki: Material, tmp_path: pathlib.Path
) -> None:
    """What was found leads nowhere here: the reason must not say that only an intermediate is missing."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=stranger.issued.certificate.public_bytes(Encoding.DER))

    stranger = Authority.root("a root of strangers", now=pki.now).intermediate("a CA of strangers")
    async with serving(answer) as url:
        leaf = stranger.issue("localhost", san=("localhost",), usages=(SERVER_AUTH,), send_chain=False, issuer_url=url)
        seen = await look(hop, start_s_server(tls="1.3", server=write_pair(tmp_path, "strange", leaf)).port)
    assert seen.completing == ()
    assert seen.diagnostics is not None
    (found,) = seen.diagnostics.issuers
    assert found.certificate is not None
    assert (found.certificate.subject, seen.diagnostics.completed_by_issuers) == ("CN=a CA of strangers", False)
