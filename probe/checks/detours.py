"""Paths that another server may read as another path than the one that is written there."""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

_LAYERS: Final = 3
"""A proxy, a gateway and the application may each decode once."""
_LEADS_AWAY: Final = re.compile(
    r"""\\|;|//  # a slash to some, the beginning of parameters, nothing between slashes
    |%(?:2[ef]|5c|u)  # a dot, a slash or a backslash in disguise; `%u002e` is IIS's way
    |\ufffd  # no UTF-8: overlong forms of a dot or a slash are read by old decoders
    |(?:^|/)[\s.\x00-\x20\x7f]+(?=[/?\#]|$)""",  # `.` and `..`, with what some leave out of a name
    re.IGNORECASE | re.VERBOSE,
)


def detour(path: str) -> str | None:
    """What in the path of a request (up to its query) leads, or may lead, elsewhere: a dot segment, a slash, dot or backslash in an encoding.

    Servers differ in what they decode, merge and resolve (RFC 3986 5.2.4 and 6.2.2.3); a path that is safe reads the same to all of them.
    Returned as it stands there after decoding, `%25` for what is encoded more than three times over; None where there is nothing of the kind.
    """
    read = path.partition("?")[0]
    for _ in range(_LAYERS + 1):
        plain = unicodedata.normalize("NFKC", read)
        if (found := _LEADS_AWAY.search(plain)) is not None:
            return found.group()
        read, before = unquote(plain), plain
        if read == before:
            return None
    return "%25"
