"""The listener for Stripe's webhooks: takes what is signed with the path's secret, and refuses everything else."""

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from probe.billing.inbox import Delivery, Inbox
from probe.billing.signed import Refused, read_delivery
from probe.model.secret import Secret
from probe.server.listening import IDLE_S, Listener
from probe.transport.http_server import not_whole, whole_body

MOST_BYTES: Final = 1024 * 1024
"""Of one delivery; Stripe's own are far smaller."""
TAKEN: Final = "taken"


class WebhookServer:
    """Listens on one address from `start` to `stop`. A stranger who does not know the secret learns and changes nothing."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        secrets: Mapping[str, Secret],
        inbox: Inbox,
        on_live: Callable[[str, str], None],
        count: Callable[[str, str], None],
    ) -> None:
        """`secrets` by path. `on_live` is told path and event of what says live mode, `count` path and outcome of every delivery."""
        self._secrets = secrets
        self._inbox = inbox
        self._on_live = on_live
        self._count = count
        routes = [web.post("/webhooks/{path}", self._take)]
        self._listener = Listener(host, port, routes, setting="listen.webhooks", most_body=MOST_BYTES)

    async def start(self) -> tuple[str, int]:
        """Listen, and say where. Raises `ListenError`."""
        host, port = await self._listener.start()
        self._inbox.listening = True
        return host, port

    def accept(self, secrets: Mapping[str, Secret]) -> None:
        """Verify with these from now on, by path."""
        self._secrets = secrets

    async def stop(self) -> None:
        """Stop listening."""
        self._inbox.listening = False
        await self._listener.stop()

    async def _take(self, request: web.Request) -> web.Response:
        """200 for what is Stripe's, 400 for what is not, 404 where nothing is delivered, 408 for what does not come whole."""
        path = request.match_info["path"]
        secret = self._secrets.get(path)
        if secret is None:
            return web.Response(status=404, text="no webhooks are delivered here\n")
        body = await _body(request)
        if body is None:
            return not_whole()
        came = read_delivery(body, request.headers.get("Stripe-Signature"), secret)
        match came:
            case Refused():
                self._inbox.refuse(path, came.value)
                self._count(path, came.value)
                return web.Response(status=400, text=f"refused: {came.value}\n")
            case Delivery():
                if came.live:  # before anybody is woken who would send something
                    self._on_live(path, came.event_id)
                self._inbox.take(path, came)
                self._count(path, TAKEN)
                return web.Response(text="taken\n")


async def _body(request: web.Request) -> bytes | None:
    """What was posted, or None where it did not come whole. Not encoded as it says it is empty: nobody has signed that."""
    try:
        return await whole_body(request, within_s=IDLE_S)
    except web.RequestPayloadError:
        return b""
