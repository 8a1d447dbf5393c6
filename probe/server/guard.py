"""Who may ask the admin face, and that no other site's page can ask in their name.

On the loopback whoever is on the machine may; elsewhere a client certificate (checked by TLS itself) or a token is needed. A browser on the machine
is the danger that remains: another site's page could send requests there (cross-site requests), or make its own name lead to the loopback (DNS rebinding).
"""

import base64
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from probe.model.secret import Secret

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer of the admin face."""
SERVER: Final = "paypath"
"""Who answers; which versions run here is nobody's business."""

_OURS: Final = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site (W3C Fetch Metadata): from our own page, or typed by a person."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the admin face is protected."""

    token: Secret | None = None
    """Asked for as a bearer token, or as the password of Basic, which browsers ask people for."""
    host: str = "127.0.0.1"
    """Where it listens."""
    by_certificate: bool = False
    """TLS lets only those in who hold a certificate of the right CA."""

    @property
    def by_name(self) -> bool:
        """Whether only the loopback protects it: then a request has to name the loopback too."""
        return self.token is None and not self.by_certificate


def guarded(access: Access, routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The same routes behind the guard; a listener may have others beside them."""
    return [web.RouteDef(route.method, route.path, _guard(access, route.handler), route.kwargs) for route in routes]


def _guard(access: Access, handler: Any) -> Handler:  # noqa: ANN401 - aiohttp's own type of a handler says no more
    async def guard(request: web.Request) -> web.StreamResponse:
        refused = _refusal(request, access)
        if refused is not None:
            return refused
        response: web.StreamResponse = await handler(request)
        return response

    return guard


def _refusal(request: web.Request, access: Access) -> web.StreamResponse | None:
    if access.by_name and _host(request.host) not in {*_LOOPBACK, access.host}:
        return _problem(421, f"this address answers to localhost only, not to `{request.host[:100]}`")
    if access.token is not None and not _knows(request.headers.get("Authorization", ""), access.token):
        said = _problem(401, "a token is needed: `Authorization: Bearer TOKEN`, or the token as password")
        said.headers["WWW-Authenticate"] = 'Basic realm="paypath", charset="UTF-8"'
        return said
    if _acts(request) and _foreign(request):
        return _problem(403, "another site's page may not ask for this")
    return None


def _acts(request: web.Request) -> bool:
    """Whether the request makes paypath do something: all that is not a look."""
    return request.method not in {"GET", "HEAD"} or request.path == "/probe"


def _foreign(request: web.Request) -> bool:
    """Whether a browser sent it for another site's page. Programs send none of these headers."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OURS
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    try:
        return origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()
    except ValueError:  # no address at all
        return True


def _knows(given: str, token: Secret) -> bool:
    scheme, _, rest = given.strip().partition(" ")
    presented = rest.strip()
    if scheme.lower() == "basic":
        try:
            presented = base64.b64decode(presented, validate=True).decode("utf-8").partition(":")[2]
        except ValueError:  # no Base64, no UTF-8, or no ASCII to begin with
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(presented.encode("utf-8", "surrogateescape"), token.reveal().encode())


def _host(host: str) -> str:
    """The name of a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response({"error": detail}, status=status)
