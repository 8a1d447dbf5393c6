"""Write one HTTP/1.1 request."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Final

import probe
from probe.model.path import Connector

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN: Final = re.compile(r"[\x00\r\n]")


class UnsendableError(ValueError):
    """What is no request of HTTP: a scenario's templates came to something that breaks out of its line, or is no text."""


def render_request(
    connector: Connector,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The bytes of a request that asks for the connection to be closed. Our own headers give way to the caller's.

    Raises UnsendableError where method, path or a header would break out of its line.
    """
    lines = {
        "host": _authority(connector),
        "user-agent": f"paypath/{probe.__version__}",
        "accept": "*/*",
        "connection": "close",
    }
    content = None if body is None else body.encode()
    if content is not None:
        lines["content-length"] = str(len(content))
    if traceparent is not None:
        lines["traceparent"] = traceparent
    lines |= {name.lower(): value for name, value in (headers or {}).items()}
    target = urllib.parse.quote(path if path.startswith("/") else f"/{path}", safe="/?&=%:;,@!$'()*+~-._#[]")
    for name, value in lines.items():
        if not _TOKEN.fullmatch(name) or _FORBIDDEN.search(value):
            raise UnsendableError(f"the header {name!r} cannot be sent: its name or value is not one line of HTTP")
    if not _TOKEN.fullmatch(method):
        raise UnsendableError(f"{method!r} is not an HTTP method")
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + (content or b"")


def _authority(connector: Connector) -> str:
    """The URL's host and port, as the Stripe SDK sends it too; the endpoint where the URL has none."""
    authority = urllib.parse.urlsplit(connector.url).netloc.rpartition("@")[2]
    return authority or str(connector.endpoint)
