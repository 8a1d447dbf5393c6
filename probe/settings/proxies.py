"""The proxies that the environment names (`HTTPS_PROXY` and the like), by which telemetry and pages go: each must be read alike by whoever reads it.

A raw `#`, `/` or `?` in its password ends the name of the host there: what stands before it is then a host or a port that the libraries
quote in their messages.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from probe.documents.mistakes import Mistake, Place

SCHEME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_READ: Final = frozenset({"http_proxy", "https_proxy", "all_proxy"})
"""In any case, as `urllib.request.getproxies_environment` reads them."""
_BEHIND: Final = re.compile(r"[/?#\\]")
"""What ends the host and port of a URL (RFC 3986 3.2; browsers and urllib3 take `\\` for it too)."""
_HOST_PORT: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[^\s\[\]]+)?\]|[^\s:\[\]]+)(?::([0-9]{0,5}))?", re.ASCII)
_HINT: Final = "write it as `http://proxy:3128`; in a name and password before an `@`, write `%23` for `#`, `%2F` for `/`, `%3F` for `?`, `%40` for `@`"


def proxy_mistakes(environ: Mapping[str, str]) -> Iterator[Mistake]:
    """One for each of these variables that is no proxy's URL. The value is in no message."""
    for name, text in environ.items():
        if name.lower() in _READ and text.strip() and not _is_url(text.strip()):
            yield Mistake.at(Place(name), name, "this is not the URL of a proxy", _HINT)


def _is_url(text: str) -> bool:
    """With or without a scheme. An `@` behind the host was meant to stand before it."""
    written = SCHEME.sub("", text).removeprefix("//")
    authority = _BEHIND.split(written, maxsplit=1)[0]
    found = _HOST_PORT.fullmatch(authority.rpartition("@")[2])
    return found is not None and int(found[1] or 1) in range(1, 65536) and "@" not in written.removeprefix(authority)
