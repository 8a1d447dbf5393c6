"""What shows that an answer came through another hand than his who wrote it: then he has seen no handshake of ours."""

import re
from typing import Final

from probe.classify.disclosures import is_nginxs_own_page
from probe.classify.verdicts import LOOKED_AT
from probe.model.answer import HttpAnswer

_FOOT: Final = re.compile(r"<hr><center>([^<]{1,80})</center>")
"""How nginx signs its pages: with what it says in `Server`, with `server_tokens off` too (measured, 1.22)."""
_NEVER_SAY: Final = frozenset({"envoy", "istio-envoy", "cloudflare"})
"""`Server` of those that refuse in the handshake, and know of no verify result to show."""
_ADDED_ON_THE_WAY: Final = frozenset({"via", "x-envoy-upstream-service-time", "x-forwarded-client-cert"})
"""Headers of who passes an answer on, or of who repeats what another has told it of the caller."""


def passed_on(answer: HttpAnswer) -> bool:
    """Whether it has a header of another's, another `Server` than at its page's foot, or is nginx's by that and not as nginx sends it."""
    foot, server = _FOOT.search(answer.body[:LOOKED_AT]), answer.headers.get("server", "").strip().lower()
    another_server = server not in {"", foot.group(1).strip().lower()} if foot else server in _NEVER_SAY
    nginxs = foot is not None or server.startswith("nginx")
    return another_server or (nginxs and _altered(answer)) or not _ADDED_ON_THE_WAY.isdisjoint(answer.headers)


def page_passed_on(answer: HttpAnswer) -> bool:
    """Whether it is a page of nginx's on a connection that stays open.

    nginx closes the connection after its two pages, whatever was asked for, and says so (measured, 1.22); who passes one on need not.
    """
    return is_nginxs_own_page(answer) and ends(answer) == "keep-alive"


def ends(answer: HttpAnswer) -> str:
    """What it says of the connection, in lower case; empty where nothing."""
    return answer.headers.get("connection", "").lower()


def _altered(answer: HttpAnswer) -> bool:
    """Whether the headers are not as nginx writes them (measured, 1.22).

    It says in each what becomes of the connection, which haproxy and Envoy leave out; begins names with capitals, where these write none; and
    puts `Server` before `Date`, where Apache writes its own `Date` first.
    """
    names = list(answer.headers)
    late = {"date", "server"} <= set(names) and names.index("date") < names.index("server")
    return late or "connection" not in names or answer.in_lower_case
