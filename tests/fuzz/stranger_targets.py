"""What reads the bytes of whoever comes to our doors, and of who is asked about a renewal, held to its contract."""

import asyncio
import contextlib
import functools
import socket
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from probe.billing.inbox import Delivery
from probe.billing.signed import Refused, read_delivery, sign
from probe.certificates import managed_kubernetes
from probe.certificates.managed_claim import prove
from probe.certificates.managed_metrics import NotCertManagerError, claim_of
from probe.classify.expiry import Judged
from probe.model.clock import SystemClock
from probe.model.run import Run
from probe.model.secret import Secret
from probe.report.board import Board
from probe.server.admin import AdminFace, Reloaded
from probe.server.guard import Access, guarded
from probe.server.listening import Listener
from probe.verdict.forecast import Forecast
from tests.fuzz.material import NOW
from tests.support.runs import make_certificate, make_failed_run

SECRET: Final = Secret("whsec_hush0123456789")
TOKEN: Final = Secret("a-token-that-nobody-guesses")
_ENDED_S: Final = 0.01
"""Who has not answered by then mostly waits for the rest of the request; a slow answer is not looked at, and none is held against it."""
PATIENCE_S: Final = 60.0
_REFUSED: Final = range(400, 500)
_FAULTS: Final = frozenset({500, 502, 504})
"""503 is said where too many listen to events."""


def webhook(data: bytes) -> None:
    """A delivery: a line for its signature's header, then its body; and the same body signed rightly."""
    header, _, body = data.partition(b"\n")
    stranger = read_delivery(body, header.decode("utf-8", "surrogateescape"), SECRET)
    assert isinstance(stranger, Refused)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    came = read_delivery(body, sign(text, SECRET, at=int(SystemClock().now().timestamp())), SECRET)
    if isinstance(came, Delivery):
        f"{came.event_id} {came.kind} {came.object_id}".encode()
    else:
        assert came is Refused.MALFORMED


def renewal(data: bytes) -> None:
    """What a cluster says of a Certificate: the API server's JSON, or cert-manager's metrics; proven, or not, in one line."""
    claims = []
    with contextlib.suppress(managed_kubernetes.NotReadableError):
        claims.append(managed_kubernetes._claim("Certificate a/b", managed_kubernetes._object(data)))
    try:
        said = claim_of(data.decode("utf-8", "replace"), namespace="a", certificate="b")
    except NotCertManagerError:
        said = ""
    if isinstance(said, str):
        assert "\n" not in said
    else:
        claims.append(said)
    for claim in claims:
        detail = prove(claim, make_certificate(), at=NOW).detail
        assert "\n" not in detail
        detail.encode()


def request(data: bytes) -> None:
    """Any bytes at the status page: where it asks for a token 4xx or no answer, where it does not no fault of ours; and it serves the next one."""
    locked, opened = _answer(data, _face(TOKEN), _ENDED_S), _answer(data, _face(None), _ENDED_S)
    assert _status(locked) in {None, *_REFUSED}, locked
    assert _status(opened) not in _FAULTS, opened
    assert TOKEN.reveal().encode() not in locked
    assert _status(_answer(_SOUND, _face(TOKEN), PATIENCE_S)) == HTTPStatus.OK


def _status(answered: bytes) -> int | None:
    return int(answered.split(b" ", 2)[1]) if answered else None


def _answer(data: bytes, port: int, limit_s: float) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.settimeout(limit_s)
        try:
            stranger.sendall(data)
            return stranger.recv(65536)
        except (TimeoutError, ConnectionError):
            return b""


class _Nothing:
    """What stands behind a face with one path of which nothing is known."""

    place = ("staging", "here")
    reload_problem: str | None = None

    def __init__(self) -> None:
        self.board = Board(SystemClock())

    def certificates(self) -> Sequence[Judged]:
        return ()

    def forecasts(self) -> Sequence[Forecast]:
        return ()

    def paths(self) -> Sequence[str]:
        return ("billing",)

    async def reload(self) -> Reloaded:
        return Reloaded(taken=True, text="nothing has changed")

    async def probe(self, path: str) -> Run:
        assert path == "billing"
        return make_failed_run()


@functools.cache
def _face(token: Secret | None) -> int:
    """The port of a face that asks for this token, served by a thread for as long as the process lives."""
    ready: list[int] = []
    listening = threading.Event()

    async def serve() -> None:
        face = AdminFace(_Nothing(), clock=SystemClock(), version="0")
        _, port = await Listener("127.0.0.1", 0, guarded(Access(token=token), face.routes())).start()
        ready.append(port)
        listening.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), name="face", daemon=True).start()
    listening.wait()
    return ready[0]


def _get(target: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


_SOUND: Final = _get("/api/v1/status", f"Authorization: Bearer {TOKEN.reveal()}", "Connection: close")


def seeds() -> dict[Callable[[bytes], None], tuple[bytes, ...]]:
    """What to begin from."""
    return {
        webhook: (
            b't=1,v1=00\n{"object": "event", "id": "evt_1", "type": "charge.succeeded", "livemode": true, "data": {"object": {"id": "ch_1"}}}',
            b"\n{}",
        ),
        renewal: (
            (
                b'{"kind": "Certificate", "status": {"conditions": [{"type": "Ready", "status": "True", "message": "m"}], '
                b'"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00+01:00", "renewalTime": "2026-12-01T00:00:00Z"}}'
            ),
            (
                b'certmanager_certificate_expiration_timestamp_seconds{name="b",namespace="a"} 1.7e9\n'
                b'certmanager_certificate_ready_status{condition="True",name="b",namespace="a"} 1\n'
            ),
        ),
        request: (
            _get("/api/v1/status"),
            _get("/api/v1/runs?path=billing&limit=3", "Last-Event-ID: 7"),
            _get("/probe?path=billing", "Authorization: Basic YTpi"),
            _get("/-/reload", "Authorization: Bearer x", "Origin: http://localhost", "Content-Length: 2", method="POST") + b"{}",
            _get("/assets/..%2f..%2fetc%2fpasswd", "Transfer-Encoding: chunked", method="PUT") + b"1\r\na\r\n0\r\n\r\n",
        ),
    }  # fmt: skip
