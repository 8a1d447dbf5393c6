"""The admin face over real HTTP: what it answers, to whom, and what it cuts off."""

import asyncio
import base64
import io
import json
import pathlib
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import jsonschema
import pytest
import pytest_asyncio

from probe.classify.expiry import Judged
from probe.model.clock import FakeClock
from probe.model.run import Run
from probe.model.secret import Secret
from probe.report.board import Board
from probe.server import listening
from probe.server.admin import AdminFace, Reloaded
from probe.server.feed import MOST_LISTENERS
from probe.server.guard import HEADERS, SERVER, Access, guarded
from probe.server.listening import Listener
from probe.server.metrics import metrics_routes
from probe.server.openapi import document
from probe.transport.http_server import UNEXPECTED, UNREADABLE
from probe.verdict.forecast import Forecast
from tests.report import runs as made
from tests.report.test_board import path, scenario

TOKEN = "a-token-that-nobody-guesses"
PAGES = ("/", "/api/v1/status", "/api/v1/runs", "/api/v1/certificates", "/api/v1/openapi.json", "/probe?path=billing")


@dataclass
class Behind:
    """A board with one path, and handshakes that are counted."""

    board: Board
    probed: list[str] = field(default_factory=list)
    place: tuple[str, str] = ("staging", "here")
    reloads: Reloaded = field(default_factory=lambda: Reloaded(taken=True, text="nothing has changed"))
    reloaded: int = 0

    def certificates(self) -> Sequence[Judged]:
        """None are known."""
        return ()

    def forecasts(self) -> Sequence[Forecast]:
        """None are known."""
        return ()

    def paths(self) -> Sequence[str]:
        """One."""
        return ("billing",)

    @property
    def reload_problem(self) -> str | None:
        """As the last reload left it."""
        return None if self.reloads.taken else self.reloads.text

    async def reload(self) -> Reloaded:
        """Counted."""
        self.reloaded += 1
        return self.reloads

    async def probe(self, path: str) -> Run:
        """Counted."""
        self.probed.append(path)
        return made.passed()


@dataclass
class Face:
    """A listener with what stands behind it."""

    url: str
    behind: Behind
    clock: FakeClock

    async def get(self, target: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers (lower case)."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + target, headers=headers) as answer,
        ):
            return answer.status, await answer.text(), {k.lower(): v for k, v in answer.headers.items()}

    async def json(self, target: str) -> dict[str, Any]:
        """A good answer, which fits what is described."""
        status, text, _ = await self.get(target)
        assert status == 200, text
        found: dict[str, Any] = json.loads(text)
        return found


async def _serve(access: Access) -> AsyncIterator[Face]:
    clock = FakeClock(made.STARTED)
    board = Board(clock)
    board.configure([(scenario("mtls-handshake"), path())])
    behind = Behind(board)
    face = AdminFace(behind, clock=clock, version="0")
    listener = Listener(
        "127.0.0.1", 0, [*guarded(access, face.routes()), *metrics_routes(lambda _: (b"", ""), lambda: True)]
    )
    host, port = await listener.start()
    yield Face(f"http://{host}:{port}", behind, clock)
    face.close()
    await listener.stop()


@pytest_asyncio.fixture
async def face() -> AsyncIterator[Face]:
    """On the loopback, without a token."""
    async for served in _serve(Access()):
        yield served


@pytest_asyncio.fixture
async def locked() -> AsyncIterator[Face]:
    """With a token."""
    async for served in _serve(Access(token=Secret(TOKEN))):
        yield served


def _failing(face: Face) -> None:
    for found in (made.passed(), made.expired(), made.expired()):
        face.behind.board.run_finished(replace(found, scenario="mtls-handshake", path="billing"))
    face.clock.advance(60)


def _schema(name: str) -> dict[str, Any]:
    described: dict[str, Any] = document("0")
    return {"$ref": f"#/components/schemas/{name}", "components": described["components"]}


async def test_status_answers_the_question(face: Face) -> None:
    """Can money flow, and if not, why: as the description says, before any run and in the incident."""
    before = await face.json("/api/v1/status")
    jsonschema.validate(before, _schema("status"))
    assert (before["verdict"], before["money_flows"]) == ("unknown", None)
    _failing(face)
    status = await face.json("/api/v1/status")
    jsonschema.validate(status, _schema("status"))
    assert (status["verdict"], status["money_flows"]) == ("failing", False)
    (found,) = status["paths"]
    assert found["failure"]["reason"] == "tls.client_cert.expired"
    assert {hop["hop"]: hop["state"] for hop in found["hops"]}["TLS"] == "bad"


async def test_runs_are_the_latest_first_and_can_be_chosen(face: Face) -> None:
    """By path and scenario, so many of them; a parameter that does not exist is said."""
    _failing(face)
    runs = (await face.json("/api/v1/runs?limit=2"))["runs"]
    assert [run["outcome"] for run in runs] == ["failed", "failed"]
    for run in runs:
        jsonschema.validate(run, _schema("run"))
    assert (await face.json("/api/v1/runs?path=other"))["runs"] == []
    for wrong in ("?limit=0", "?limit=9999", "?limit=x", "?pth=billing", "?path=a&path=b"):
        status, text, headers = await face.get(f"/api/v1/runs{wrong}")
        assert status == 400, wrong
        assert json.loads(text)["error"]
        assert headers.items() >= {(k.lower(), v) for k, v in HEADERS.items()}


async def test_probe_reaches_configured_paths_only(face: Face) -> None:
    """A handshake on the path that is named; anything else is refused, and nothing is sent."""
    jsonschema.validate(await face.json("/probe?path=billing"), _schema("run"))
    assert face.behind.probed == ["billing"]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/probe", 400),
        ("/probe?path=", 404),
        ("/probe?path=https://example.com", 404),
        ("/probe?path=//example.com/billing", 404),
        ("/probe?path=billing@example.com", 404),
        ("/probe?path=billing%20", 404),
        ("/probe?path=billing%00", 404),
        ("/probe?path=Billing", 404),
        ("/probe?path=../billing", 404),
        ("/probe?path[]=billing", 400),
        ("/probe?target=example.com", 400),
        ("/probe?path=billing&target=example.com", 400),
        ("/probe?path=billing&host=example.com:443", 400),
        ("/probe?path=billing&path=other", 400),
        ("/probe/billing", 404),
        ("//example.com/probe?path=billing", 404),
    ],
)
async def test_no_trick_makes_it_probe_something_else(face: Face, target: str, status: int) -> None:
    """A host, a second name or a parameter more in the query: refused, and nothing is sent."""
    assert (await face.get(target))[0] == status
    assert not face.behind.probed


async def test_reload_says_what_became_of_it(face: Face) -> None:
    """Taken, or refused with the reason, which then stands on the page; only a POST does anything, and none of another site's."""
    status, text, _ = await face.get("/-/reload", "POST")
    assert (status, json.loads(text)) == (200, {"reloaded": True, "text": "nothing has changed"})
    face.behind.reloads = Reloaded(taken=False, text="paypath.yaml:3:1: unknown key `locatoin`")
    status, text, _ = await face.get("/-/reload", "POST")
    assert (status, json.loads(text)["reloaded"]) == (409, False)
    assert "unknown key `locatoin`" in (await face.get("/"))[1]
    assert (await face.get("/-/reload"))[0] in {404, 405}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert (await face.get("/-/reload", "POST", **headers))[0] in {403, 421}
    assert face.behind.reloaded == 2


async def test_the_page_says_it_without_a_script(face: Face) -> None:
    """The verdict, the certificate, what to do; nothing of it comes from elsewhere, and what peers say is text."""
    _failing(face)
    evil = made.with_text(made.expired(), summary="<script>alert(1)</script> said the peer")
    face.behind.board.run_finished(replace(evil, scenario="mtls-handshake", path="billing"))
    status, html, headers = await face.get("/")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Money cannot flow</h1>" in html
    assert "CN=billing-service,O=Example" in html
    assert "openssl x509 -in /etc/billing/tls/tls.crt" in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>" not in html
    assert "http://" not in html.replace("http://127.0.0.1", "")
    assert "https://" not in html


@pytest.mark.parametrize("target", [*PAGES, "/assets/status.css", "/assets/status.js", "/assets/x"])
async def test_every_answer_carries_the_security_headers(face: Face, target: str) -> None:
    """Also what is refused or not found; and none tells what software it comes from."""
    _, _, headers = await face.get(target)
    assert headers.items() >= {(name.lower(), value) for name, value in HEADERS.items()}
    assert headers["server"] == "paypath"


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [("GET", "/-/nothing", 404), ("POST", "/", 405), ("GET", "/metrics", 200), ("HEAD", "/api/v1/events", 200)],
)
async def test_what_no_route_of_the_page_answers_carries_them_too(
    face: Face, method: str, target: str, expected: int
) -> None:
    """And a HEAD for the events ends: there is nothing to wait for."""
    status, _, headers = await face.get(target, method)
    assert status == expected
    assert headers.items() >= {(name.lower(), value) for name, value in HEADERS.items()}
    assert headers["server"] == "paypath"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/page"},
        {"Origin": "null"},
    ],
)
async def test_no_other_site_can_trigger_anything(face: Face, headers: dict[str, str]) -> None:
    """A page in a browser on the machine may not make paypath send a handshake."""
    status, _, _ = await face.get("/probe?path=billing", **headers)
    assert status == 403
    assert not face.behind.probed


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
async def test_programs_and_our_own_page_may(face: Face, headers: dict[str, str]) -> None:
    """Programs send none of these headers; our page and the address bar send their own."""
    assert (await face.get("/probe?path=billing", **headers))[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9464", "127.0.0.1.evil.example", "[::2]"])
async def test_a_foreign_name_that_leads_here_gets_nothing(face: Face, host: str) -> None:
    """DNS rebinding: the name is another one, the address is ours."""
    for target in PAGES:
        assert (await face.get(target, Host=host))[0] == 421
    assert not face.behind.probed


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9464", "127.0.0.1:1", "[::1]:80"])
async def test_the_loopback_has_several_names(face: Face, host: str) -> None:
    """With any port: a forwarded one is another."""
    assert (await face.get("/api/v1/status", Host=host))[0] == 200


async def test_a_token_opens_and_nothing_else_does(locked: Face) -> None:
    """As a bearer token or as a password; every page asks for it, and the metrics beside it do not."""
    good = (f"Bearer {TOKEN}", f"bearer {TOKEN}", "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode())
    for value in good:
        assert (await locked.get("/api/v1/status", Authorization=value, Host="paypath.example"))[0] == 200
    bad = (
        "",
        "Bearer",
        "Bearer x",
        f"Bearer {TOKEN}x",
        f"Digest {TOKEN}",
        "Basic !!!",
        "Basic /w==",
        "Basic ü",
        "Bearer \udcff",
        TOKEN,
    )
    for target in PAGES:
        for value in bad:
            status, text, headers = await locked.get(target, Authorization=value)
            assert status == 401, (target, value)
            assert headers["www-authenticate"].startswith("Basic")
            assert TOKEN not in text
    assert (await locked.get("/healthz"))[0] == 200
    assert not locked.behind.probed


async def test_events_come_as_they_happen_and_can_be_taken_up_again(face: Face) -> None:
    """From now on, or from the last one that was seen; a finished run is told too."""
    _failing(face)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{face.url}/api/v1/events", headers={"Last-Event-ID": "0"}) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        first = await _event(answer)
        assert first["id"] == "1"
        event = json.loads(first["data"])
        jsonschema.validate(event, _schema("event"))
        assert (event["event"], event["reason"]) == ("first_failure", "tls.client_cert.expired")
        face.behind.board.run_finished(replace(made.passed(), scenario="mtls-handshake", path="billing"))
        assert json.loads((await _event(answer))["data"])["event"] == "recovered"
        assert (await _event(answer))["event"] == "run"


async def test_the_last_event_of_a_process_before_this_one_hides_none_of_this_one(face: Face) -> None:
    """Numbers begin anew with each process."""
    _failing(face)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{face.url}/api/v1/events", headers={"Last-Event-ID": "300"}) as answer,
    ):
        assert (await _event(answer))["id"] == "1"


async def _event(answer: aiohttp.ClientResponse) -> dict[str, str]:
    fields: dict[str, str] = {}
    while True:
        line = (await answer.content.readline()).decode().rstrip("\n")
        name, _, value = line.partition(": ")
        if name in {"id", "event", "data"}:
            fields[name] = value
        elif not line and fields:
            return fields


async def test_listeners_are_counted_and_those_who_go_are_forgotten(face: Face) -> None:
    """One more than there is room for is told so; when one goes, another has room."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        answers = [await session.get(f"{face.url}/api/v1/events") for _ in range(MOST_LISTENERS)]
        assert {answer.status for answer in answers} == {200}
        async with session.get(f"{face.url}/api/v1/events") as refused:
            assert refused.status == 503
        answers[0].close()
        while True:  # the server notices at its next message
            face.behind.board.run_finished(replace(made.passed(), scenario="mtls-handshake", path="billing"))
            await asyncio.sleep(0)
            async with session.get(f"{face.url}/api/v1/events") as again:
                if again.status == 200:
                    break
        for answer in answers:
            answer.close()


async def test_oversized_requests_are_cut_off(face: Face) -> None:
    """A request line, a header, many headers, a body: an error at once, and the face goes on."""
    assert (await face.get("/?" + "x" * 20_000))[0] in {400, 414}
    assert (await face.get("/", **{"X-Long": "x" * 20_000}))[0] == 400
    assert (await face.get("/", **{f"X-{n}": "x" for n in range(200)}))[0] == 400
    assert (await face.get("/api/v1/status"))[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nrubbish\r\n\r\n",
    ],
)
async def test_a_refusal_tells_no_versions_and_is_dressed_like_every_answer(face: Face, sent: bytes) -> None:
    """What the parser refuses is answered by aiohttp itself, which says that it is aiohttp, on which Python."""
    host, _, port = face.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answers = await reader.read()
    writer.close()
    assert b" 400 " in answers
    for head in (part.partition(b"\r\n\r\n")[0].lower() for part in answers.split(b"HTTP/1.")[1:]):
        for name, value in {**HEADERS, "Server": SERVER}.items():
            assert f"{name}: {value}".lower().encode() in head
    assert b"aiohttp" not in answers
    assert b"Python" not in answers


_TOLD = b"sk_live_" + b"51ABCDEFGHIJKLMNOPQRSTUVWX"
_ALIVE = b" HTTP/1.1\r\nHost: localhost\r\n"
_LAST = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"GET /metrics" + _ALIVE + b"X: " + _TOLD + b"\0\r\n\r\n", 400, UNREADABLE),
        (b"GET /metrics" + _ALIVE + _TOLD + b" : x\r\n\r\n", 400, UNREADABLE),
        (_TOLD + b"\r\n\r\n", 400, UNREADABLE),
        (b"GET /?" + _TOLD * 400 + _ALIVE + b"\r\n", 400, UNREADABLE),
        (b"POST /" + _ALIVE + b"Transfer-Encoding: chunked\r\n" + _LAST + _TOLD + b"\r\n", 400, UNREADABLE),
        (
            b"GET /metrics" + _ALIVE + b"Content-Encoding: br\r\nContent-Length: 5\r\n" + _LAST + b"abcde",
            400,
            UNREADABLE,
        ),
        (b"GET /metrics" + _ALIVE + b"Expect: " + _TOLD + b"\r\n" + _LAST, 417, UNEXPECTED),
    ],
)
async def test_a_refusal_repeats_nothing_of_what_was_sent(face: Face, sent: bytes, status: int, said: str) -> None:
    """Whoever sent a key by mistake finds it in no log of answers; and which libraries are missing here is nobody's business."""
    host, _, port = face.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b" %d " % status in head.partition(b"\r\n")[0]
    assert b"Server: paypath" in head
    assert body.decode() == said


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
    ],
)
async def test_slow_requests_are_cut_off(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Who sends nothing, half a request, or a body drop by drop, holds no connection."""
    monkeypatch.setattr(listening, "IDLE_S", 0.2)
    async for face in _serve(Access()):
        host, _, port = face.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        await writer.drain()
        await reader.read()  # returns when the other side has closed; the test's own timeout is the limit
        writer.close()


@pytest.mark.parametrize("target", ["/api/v1/status", "/metrics", "/nowhere"])
async def test_a_body_that_is_not_encoded_as_it_says(face: Face, target: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody reads it; it changes no answer, and no stranger writes a traceback into our log."""
    for encoding in ("gzip", "deflate"):
        for method, status in (("GET", (await face.get(target))[0]), ("POST", 405)):
            async with aiohttp.ClientSession() as session:
                headers, said = {"Content-Encoding": encoding}, io.BytesIO(b"neither")
                async with session.request(method, face.url + target, data=said, headers=headers) as claimed:
                    assert claimed.status == status
    assert caplog.records == []


async def test_what_is_described_is_what_is_answered(face: Face, tmp_path: pathlib.Path) -> None:
    """Schemathesis makes up requests from the description, and holds each answer against it."""
    _failing(face)
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        program, "run", f"{face.url}/api/v1/openapi.json", "--exclude-path", "/api/v1/events", "--max-examples", "15",
        "--workers", "1", "--seed", "1", "--no-color", "--generation-database", "none",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
