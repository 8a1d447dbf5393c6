"""A collector's address that redirects: the SDK takes every answer below 400 for a success, follows none, and all that was sent is gone."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import requests

_REDIRECTS: Final = range(300, 400)
_LONGEST: Final = 200
"""Characters of an address that are shown."""


class RedirectedError(Exception):
    """Nothing was taken; the text says where the answer points to."""


def session() -> "requests.Session":
    """What an exporter sends by: an answer that redirects is an error there, as the exporter's HTTP raises them."""
    import requests  # noqa: PLC0415 - slow, and only for who exports

    made = requests.Session()
    made.hooks["response"].append(_refuse)
    return made


def _refuse(answer: "requests.Response", *_: object, **__: object) -> None:
    if answer.status_code not in _REDIRECTS:
        return
    answer.close()
    where = _without_secrets(answer.url, answer.headers.get("Location", ""))
    raise RedirectedError(f"HTTP {answer.status_code}, a redirect{where and f' to {where}'}, which is not followed")


def _without_secrets(asked: str, location: str) -> str:
    """Where it points to, without names, passwords, queries and fragments; empty where that is no address."""
    try:
        parts = urlsplit(urljoin(asked, location))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    if not location or not host:
        return ""
    shown = f"{parts.scheme}://{host}{parts.path}"
    return "".join(c for c in shown if c.isprintable())[:_LONGEST]
