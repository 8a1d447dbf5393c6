"""Peers that never stop, at full speed or one byte at a time: each phase keeps its limit, and the memory its bounds."""

import gzip
import ssl

import pytest

from probe.model.failure import Phase
from probe.model.network import Ended
from probe.transport.answer import BODY_LIMIT
from tests.fuzz.peer import Behaviour, Peer, after_handshake, drip, plain
from tests.fuzz.peer_targets import judge, judge_call
from tests.fuzz.probing import HASTY, PATIENT, SHORT_S, Probing, bounded_memory, hasty

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
CUT_OFF = {
    "body": (OK + b"\r\n", b"x"),
    "a body of a known length": (OK + b"Content-Length: 999999999999999\r\n\r\n", b"x"),
    "chunks": (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "tiny chunks": (CHUNKED, b"1\r\nx\r\n"),
}
REFUSED = {
    "header lines": (OK, b"a: b\r\n"),
    "one header line": (OK + b"a: ", b"x"),
    "a status line": (b"HTTP/1.1 200 ", b"x"),
    "an extension of a chunk": (CHUNKED + b"1;", b"x"),
    "one trailer": (CHUNKED + b"0\r\n", b"x"),
    "no HTTP": (b"", b"\0"),
}
FOR_EVER = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n"),
}


@pytest.mark.parametrize("said", CUT_OFF.values(), ids=CUT_OFF)
async def test_a_body_without_end_is_cut_off(probing: Probing, said: tuple[bytes, ...]) -> None:
    """What fits is kept, and it counts as an answer: long before any limit of time."""
    with Peer(after_handshake(*said)) as peer, bounded_memory():
        seen = await probing.handshake(peer.port, PATIENT)
    assert (seen.phase, seen.ended) == (Phase.RECEIVE, Ended.COMPLETED)
    assert seen.http is not None
    assert len(seen.http.body) == BODY_LIMIT
    judge(seen)


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
async def test_what_cannot_become_an_answer_is_refused(probing: Probing, said: tuple[bytes, ...]) -> None:
    """Past its bound no head, chunk or trailer is waited for."""
    with Peer(after_handshake(*said)) as peer, bounded_memory():
        seen = await probing.handshake(peer.port, PATIENT)
    assert (seen.phase, seen.ended) == (Phase.RECEIVE, Ended.ERROR)
    assert seen.causes[0].kind == "NotHttpError"
    judge(seen)


@VERSIONS
@pytest.mark.parametrize("said", FOR_EVER.values(), ids=FOR_EVER)
async def test_what_may_go_on_for_ever_meets_the_limit(
    probing: Probing, said: tuple[bytes, ...], version: ssl.TLSVersion
) -> None:
    """Also at full speed, where the socket always has more and the coroutine would never be suspended."""
    with Peer(after_handshake(*said, version=version)) as peer, bounded_memory():
        seen = await probing.handshake(peer.port, hasty(Phase.RECEIVE))
    assert (seen.phase, seen.ended) == (Phase.RECEIVE, Ended.TIMED_OUT)
    judge(seen)


@pytest.mark.parametrize(
    "said", [b"\0", b"\x16\x03\x03\x40\x00", b"HTTP/1.1 400 Bad\r\n", b"\x15\x03\x03\x00\x02\x01\x00"]
)
async def test_a_flood_in_place_of_a_handshake(probing: Probing, said: bytes) -> None:
    """The handshake fails, and the goodbye does not wait for the end of the flood."""
    with Peer(plain(said)) as peer, bounded_memory():
        seen = await probing.handshake(peer.port, HASTY)
    assert seen.phase is Phase.TLS
    assert seen.ended is not Ended.COMPLETED
    judge(seen)


DRIPS: dict[str, tuple[Behaviour, Phase]] = {
    "handshake": (drip(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03", tls=False), Phase.TLS),
    "head": (drip(b"HTTP/1.1 200 OK\r\na", tls=True), Phase.RECEIVE),
    "body": (drip(OK + b"\r\na", tls=True), Phase.RECEIVE),
    "chunk": (drip(CHUNKED + b"400\r\na", tls=True), Phase.RECEIVE),
}


@pytest.mark.parametrize(("behaviour", "phase"), DRIPS.values(), ids=DRIPS)
async def test_a_drip_of_bytes_meets_the_limit_of_its_phase(
    probing: Probing, behaviour: Behaviour, phase: Phase
) -> None:
    """A limit is for the whole phase and not for the wait for its next byte."""
    with Peer(behaviour) as peer:
        seen = await probing.handshake(peer.port, hasty(phase))
    assert (seen.phase, seen.ended) == (phase, Ended.TIMED_OUT)
    assert seen.timings[-1].duration_s >= SHORT_S
    judge(seen)


async def test_the_deadline_of_the_run_cuts_a_drip(probing: Probing) -> None:
    """Where the phase would allow more."""
    with Peer(drip(OK + b"\r\na", tls=True)) as peer:
        seen = await probing.handshake(peer.port, PATIENT, within_s=1.0)
    assert seen.ended is Ended.TIMED_OUT
    assert sum(timing.duration_s for timing in seen.timings) < PATIENT.default_s


SDK_ENDLESS = {**CUT_OFF, **REFUSED, **FOR_EVER}


@pytest.mark.parametrize("said", SDK_ENDLESS.values(), ids=SDK_ENDLESS)
async def test_the_sdk_and_a_peer_without_end(probing: Probing, said: tuple[bytes, ...]) -> None:
    """The parser of aiohttp reads here; what it would take for ever is cut by the limit, the rest by bounds."""
    with Peer(after_handshake(*said)) as peer, bounded_memory():
        seen = await probing.stripe(peer.port, HASTY)
    assert seen.ended in {Ended.ERROR, Ended.TIMED_OUT}
    judge_call(seen)


@pytest.mark.parametrize("said", [OK + b"Content-Type: application/json\r\n\r\n1", b"HTTP/1.1 200 OK\r\na"])
async def test_the_sdk_and_a_drip(probing: Probing, said: bytes) -> None:
    """The limit is for the whole phase here too."""
    with Peer(drip(said, tls=True)) as peer:
        seen = await probing.stripe(peer.port, HASTY)
    assert seen.ended is Ended.TIMED_OUT
    judge_call(seen)


async def test_the_sdk_and_a_compressed_flood(probing: Probing) -> None:
    """What unpacks to a thousand times itself is not unpacked whole."""
    body = gzip.compress(bytes(1 << 26), 9)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    with Peer(after_handshake(head + body, b"\0")) as peer, bounded_memory():
        seen = await probing.stripe(peer.port, PATIENT)
    assert seen.ended is Ended.ERROR
    judge_call(seen)
