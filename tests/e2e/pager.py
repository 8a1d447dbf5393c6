"""A webhook that takes Alertmanager's notifications, and waits for them."""

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S


@dataclass(frozen=True, slots=True)
class Notification:
    """What arrived, where, and when."""

    receiver: str
    status: str
    alerts: tuple[dict[str, Any], ...]
    at_s: float
    """Monotonic."""


class Webhook:
    """Everything that arrived."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.received: list[Notification] = []
        self._arrived = threading.Condition()
        self.address = ""

    def take(self, told: dict[str, Any]) -> None:
        """One more."""
        made = Notification(told["receiver"], told["status"], tuple(told["alerts"]), SystemClock().monotonic())
        with self._arrived:
            self.received.append(made)
            self._arrived.notify_all()

    def wait_for(self, wanted: Callable[[Notification], bool]) -> Notification:
        """The first that is wanted."""
        with self._arrived:
            fine = self._arrived.wait_for(lambda: any(wanted(one) for one in self.received), PATIENCE_S)
            assert fine, f"not among what arrived: {self.received}"
            return next(one for one in self.received if wanted(one))


@contextmanager
def listening() -> Iterator[Webhook]:
    """A webhook on loopback for as long as the block lasts."""
    webhook = Webhook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            webhook.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
            """Keep the test's output quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        webhook.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield webhook
        server.shutdown()
        thread.join()


def post(address: str, told: dict[str, Any]) -> None:
    """Send one notification, as Alertmanager does."""
    body = json.dumps(told).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
