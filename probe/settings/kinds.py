"""Mistakes in what belongs to one kind of connector and stands at another, and in what stands behind it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import Loc, dotted
from probe.model.path import ConnectorKind
from probe.settings.addresses import without_secrets
from probe.settings.reading import Written
from probe.settings.secrets import maps

_OF_KIND: Final[Mapping[str, ConnectorKind]] = {
    "credentials": ConnectorKind.PROXY,
    "credentials_file": ConnectorKind.PROXY,
    "canary": ConnectorKind.API,
}
"""Keys of a connector -> the only kind that has them."""
_NOT_OF_A_PROXY: Final[Mapping[str, str]] = {
    "proxy": "it cannot be reached through another proxy",
    "health_path": "its answer to CONNECT says whether it works; what `upstream.health_path` asks is asked in the tunnel",
}
_UPSTREAM_NOT_OF_A_PROXY: Final[Mapping[str, str]] = {
    "identity": "in the tunnel it is the probe itself that speaks with the upstream",
    "address": "the connector itself connects to the upstream",
}
_OF_TLS: Final = ("identity", "trust", "server_name", "verify")


def kind_mistakes(written: Written) -> Iterator[Mistake]:
    """All of them, in no order."""
    for name, path in maps(written.tree.get("paths")):
        connector, loc = path.get("connector"), ("paths", name)
        if not isinstance(connector, Mapping):
            continue
        kind = connector.get("kind", ConnectorKind.TERMINATING.value)
        yield from _foreign_keys(written, (*loc, "connector"), connector, kind)
        if kind == ConnectorKind.PROXY:
            yield from _of_a_proxy(written, loc, path, connector)
            continue
        yield from _in_the_clear(written, loc, connector)
        upstream = path.get("upstream")
        if isinstance(upstream, Mapping) and upstream.get("url") is None:
            hint = "add it: `https://HOST:PORT`, where the connector connects to"
            at = (*loc, "upstream")
            yield Mistake.at(written.places.key(at), dotted((*at, "url")), "`url` is missing", hint)
        if kind == ConnectorKind.API and path.get("stripe") is not None:
            message = "`stripe`: a connector of `kind: api` does not speak Stripe's API"
            hint = "leave it out, and write `http` steps"
            at = (*loc, "stripe")
            yield Mistake.at(written.places.key(at), dotted(at), message, hint)


def _foreign_keys(written: Written, loc: Loc, connector: Mapping[str, Any], kind: object) -> Iterator[Mistake]:
    for key, wanted in _OF_KIND.items():
        if connector.get(key) is not None and kind != wanted:
            at = (*loc, key)
            message = f"`{key}` is only for connectors of `kind: {wanted}`"
            yield Mistake.at(written.places.key(at), dotted(at), message, f"leave it out, or write `kind: {wanted}`")


def _in_the_clear(written: Written, loc: Loc, connector: Mapping[str, Any]) -> Iterator[Mistake]:
    url, at = str(connector.get("url")), (*loc, "connector", "url")
    if url.startswith("http://"):
        message = f"`url`: {quoted(without_secrets(url))} is not a URL with https"
        yield Mistake.at(written.places.value(at), dotted(at), message, "write it as `https://host:8443`")


def _of_a_proxy(written: Written, loc: Loc, path: Mapping[str, Any], connector: Mapping[str, Any]) -> Iterator[Mistake]:
    for key, why in _NOT_OF_A_PROXY.items():
        if connector.get(key) is not None:
            at = (*loc, "connector", key)
            message = f"`{key}` means nothing for a connector of `kind: proxy`: {why}"
            yield Mistake.at(written.places.key(at), dotted(at), message, "leave it out")
    if connector.get("addresses") == "all":
        at = (*loc, "connector", "addresses")
        message = (
            "`addresses: all` cannot be used with `kind: proxy`: each tunnel is made by the first address that answers"
        )
        yield Mistake.at(written.places.value(at), dotted(at), message, "leave it out")
    for key in _OF_TLS if str(connector.get("url")).startswith("http://") else ():
        if connector.get(key) is not None:
            at = (*loc, "connector", key)
            message = f"`{key}` means nothing here: no TLS is spoken with a connector whose URL begins with `http:`"
            hint = "leave it out, or write the URL with `https:`"
            yield Mistake.at(written.places.key(at), dotted(at), message, hint)
    upstream = path.get("upstream")
    for key, why in _UPSTREAM_NOT_OF_A_PROXY.items() if isinstance(upstream, Mapping) else ():
        if isinstance(upstream, Mapping) and upstream.get(key) is not None:
            at = (*loc, "upstream", key)
            message = f"`{key}` means nothing behind a connector of `kind: proxy`: {why}"
            yield Mistake.at(written.places.key(at), dotted(at), message, "leave it out")
