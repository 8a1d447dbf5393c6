"""Mistakes that show only when two values are seen together.

They are looked for in the unchecked tree, so that they are told together with all others; whatever has the wrong
type is left to the models.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import file_holds_live_key, holds_live_key, label_holds_secret, live_key, quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.tree import Loc, dotted
from probe.model.path import ConnectorKind
from probe.settings.addresses import dial_address, host_port, is_loopback, listen_address, split_url
from probe.settings.care import care_mistakes
from probe.settings.connector import STRIPE
from probe.settings.kinds import kind_mistakes
from probe.settings.paging_across import paging_mistakes
from probe.settings.reading import Written
from probe.settings.secret_values import KEY_HINT
from probe.settings.secrets import maps

_KEYS_OF_SECRETS: Final = ("api_key", "private_key_password", "password")
_FILES: Final = ("certificate", "private_key", "trust", "crl", "client_ca", "socket", "directory", "file", "files")
_LONGEST_SOCKET: Final = 107
"""Bytes of `sun_path` without the zero at its end (unix(7))."""
_NAMED: Final = {("paths",), ("identities",), ("pages", "sinks")}
"""Where the keys are names, which become labels."""
_IN_A_LABEL: Final = "a secret stands here, which every metric, page and row of the history would show"
_NO_LABEL: Final = "take another name; secrets go into files of their own, such as `api_key_file`"
_OF_TLS: Final = ("identity", "trust", "server_name", "verify")


def mistakes_across(written: Written) -> Iterator[Mistake]:
    """All of them, in no order."""
    yield from _unknown_identities(written)
    yield from _lab_off_loopback(written)
    yield from _ways(written)
    yield from _tls_range(written)
    yield from care_mistakes(written)
    yield from kind_mistakes(written)
    yield from paging_mistakes(written)
    yield from _admin_face(written)
    yield from _live_keys(written, written.tree, ())


def _connectors(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    for name, path in maps(tree.get("paths")):
        if isinstance(path.get("connector"), Mapping):
            yield ("paths", name, "connector"), path["connector"]


def _proxies(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    for loc, connector in _connectors(tree):
        if isinstance(connector.get("proxy"), Mapping):
            yield (*loc, "proxy"), connector["proxy"]


def _upstreams(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    for name, path in maps(tree.get("paths")):
        if isinstance(path.get("upstream"), Mapping):
            yield ("paths", name, "upstream"), path["upstream"]


def _sides(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    """Whatever TLS is spoken with."""
    yield from _connectors(tree)
    yield from _proxies(tree)
    yield from _upstreams(tree)


def _unknown_identities(written: Written) -> Iterator[Mistake]:
    known = tuple(name for name, _ in maps(written.tree.get("identities")))
    for loc, connector in _sides(written.tree):
        name, at = connector.get("identity"), (*loc, "identity")
        if isinstance(name, str) and name not in known:
            hint = suggestion(name, known) if known else f"add it: `identities: {{{name}: {{certificate: …}}}}`"
            message = f"unknown identity {quoted(name)}"
            yield Mistake.at(written.places.value(at), dotted(at), message, hint)


def _lab_off_loopback(written: Written) -> Iterator[Mistake]:
    if written.tree.get("environment") != "lab":
        return
    dialled = [each for loc, connector in _connectors(written.tree) for each in _dialled(loc, connector)]
    for found in (dialled, _behind(written.tree)):
        for host, at in found:
            if host is not None and not is_loopback(host):
                message = f"environment `lab` is only for connectors on the loopback, and {quoted(host)} is not"
                yield Mistake.at(written.places.value(at), dotted(at), message, "name the environment otherwise")


def _dialled(loc: Loc, connector: Mapping[str, Any]) -> Iterator[tuple[str | None, Loc]]:
    """The hosts that are connected to, each with its place. A unix socket is on this machine."""
    if isinstance(connector.get("proxy"), Mapping):
        yield _host(connector["proxy"].get("url")), (*loc, "proxy", "url")
    if connector.get("socket") is not None:
        return
    if connector.get("address") is not None:
        yield _address_host(connector["address"]), (*loc, "address")
    else:
        yield _host(connector.get("url")), (*loc, "url")


def _behind(tree: Mapping[str, Any]) -> Iterator[tuple[str | None, Loc]]:
    """The hosts behind the connectors, each with its place; a proxy connects to Stripe unless told otherwise."""
    for name, path in maps(tree.get("paths")):
        upstream, connector = path.get("upstream"), path.get("connector")
        tunnels = isinstance(connector, Mapping) and connector.get("kind") == ConnectorKind.PROXY
        if isinstance(upstream, Mapping) and upstream.get("address") is not None:
            yield _address_host(upstream["address"]), ("paths", name, "upstream", "address")
        elif isinstance(upstream, Mapping) and upstream.get("url") is not None:
            yield _host(upstream["url"]), ("paths", name, "upstream", "url")
        elif tunnels:
            yield _host(STRIPE), ("paths", name, "connector", "kind")


def _address_host(address: object) -> str | None:
    """The host of an address; None where there is none, which the models refuse."""
    try:
        return host_port(dial_address(address))[0]
    except ValueError:
        return None


def _long_socket(written: Written, at: Loc, socket: object) -> Iterator[Mistake]:
    """A path that no socket can have, taken as the engine takes it: relative to the file, links as links."""
    if not isinstance(socket, str):
        return
    path = written.directory(at) / socket
    length = len(os.fsencode(path))
    if length > _LONGEST_SOCKET:
        message = f"`socket` leads to {quoted(str(path))}, which has {length} bytes: a unix socket has at most {_LONGEST_SOCKET}"
        hint = "move the socket, or name a shorter link to its directory"
        yield Mistake.at(written.places.value(at), dotted(at), message, hint)


def _ways(written: Written) -> Iterator[Mistake]:
    """Ways to the connector that exclude each other."""
    for loc, connector in _connectors(written.tree):
        if connector.get("socket") is not None and connector.get("address") is not None:
            at = (*loc, "address")
            message = "`address` and `socket` are both set: there is one place to connect to"
            yield Mistake.at(written.places.key(at), dotted(at), message, "keep one of them")
        if connector.get("socket") is not None and connector.get("proxy") is not None:
            at = (*loc, "proxy")
            message = "`socket` and `proxy` are both set: a proxy does not lead to a unix socket of this machine"
            yield Mistake.at(written.places.key(at), dotted(at), message, "keep one of them")
        other = next((key for key in ("socket", "proxy") if connector.get(key) is not None), None)
        if connector.get("addresses") == "all" and other is not None:
            at = (*loc, "addresses")
            message = f"`addresses: all` and `{other}` are both set: no name is looked up here then"
            yield Mistake.at(written.places.value(at), dotted(at), message, "keep one of them")
        yield from _long_socket(written, (*loc, "socket"), connector.get("socket"))
    for loc, proxy in _proxies(written.tree):
        for key in _OF_TLS if str(proxy.get("url")).startswith("http://") else ():
            if proxy.get(key) is not None:
                message = f"`{key}` means nothing here: no TLS is spoken with a proxy whose URL begins with `http:`"
                hint = "leave it out, or write the URL with `https:`"
                yield Mistake.at(written.places.key((*loc, key)), dotted((*loc, key)), message, hint)


def _host(url: object) -> str | None:
    """The host of a URL; None where there is none, which the models refuse."""
    try:
        return split_url(url)[0] or None if isinstance(url, str) else None
    except (ValueError, KeyError):
        return None


def _tls_range(written: Written) -> Iterator[Mistake]:
    for loc, connector in _sides(written.tree):
        verify, at = connector.get("verify"), (*loc, "verify", "tls_max")
        if isinstance(verify, Mapping) and (str(verify.get("tls_min", "1.2")), str(verify.get("tls_max"))) == (
            "1.3",
            "1.2",
        ):
            yield Mistake.at(written.places.value(at), dotted(at), "`tls_max` is older than `tls_min`", "swap them")


def _admin_face(written: Written) -> Iterator[Mistake]:
    """Off the loopback whoever asks must show who they are; and two listeners cannot share an address."""
    listen, loc = written.tree.get("listen"), ("listen", "admin")
    if not isinstance(listen, Mapping) or listen.get("admin") is None:
        return
    try:
        admin = host_port(listen_address(listen["admin"]))
        metrics = host_port(listen_address(listen.get("metrics", "127.0.0.1:9464")))
    except ValueError:
        return
    tls = listen.get("admin_tls")
    by_certificate = isinstance(tls, Mapping) and tls.get("client_ca") is not None
    by_token = any(listen.get(key) is not None for key in ("admin_token", "admin_token_file"))
    place = written.places.value(loc)
    if not (is_loopback(admin[0]) or by_certificate or by_token):
        hint = "write `127.0.0.1:9465`, or let people show who they are: `listen.admin_tls` with `client_ca`, or `listen.admin_token_file`"
        yield Mistake.at(place, dotted(loc), "`admin` must stay on the loopback, where nothing else protects it", hint)
    if admin == metrics and admin[1] and (tls is not None or by_token):
        message = "`admin` and `metrics` have one address, and only `admin` is protected"
        yield Mistake.at(place, dotted(loc), message, "give `admin` a port of its own, such as `127.0.0.1:9465`")


def _names_file(loc: Loc) -> bool:
    """Whether the name of a file stands here."""
    last = loc[-1] if loc else ""
    return last in _FILES or (isinstance(last, str) and last.endswith("_file")) or loc[:-1] == ("certificates", "watch")


def _is_label(loc: Loc) -> bool:
    return loc in {("environment",), ("location",)} or loc[-1:] in {("server_name",), ("managed_by",)}


def _live_keys(written: Written, value: object, loc: Loc) -> Iterator[Mistake]:
    """Live-mode keys where no key belongs: they must not become a label either, nor may other secrets. A file may be named `sk_live_key`."""
    if (
        isinstance(value, str)
        and (file_holds_live_key(value) if _names_file(loc) else holds_live_key(value))
        and loc[-1:] not in [(k,) for k in _KEYS_OF_SECRETS]
    ):
        yield Mistake.at(written.places.value(loc), dotted(loc), "a live-mode Stripe key stands here", KEY_HINT)
    elif isinstance(value, str) and _is_label(loc) and label_holds_secret(value):
        yield Mistake.at(written.places.value(loc), dotted(loc), _IN_A_LABEL, _NO_LABEL)
    for key, below in value.items() if isinstance(value, Mapping) else ():
        if live_key(key):
            yield Mistake.at(
                written.places.key((*loc, key)), dotted(loc), "a live-mode Stripe key stands here", KEY_HINT
            )
        elif loc in _NAMED and label_holds_secret(key):
            yield Mistake.at(written.places.key((*loc, key)), dotted(loc), _IN_A_LABEL, _NO_LABEL)
        yield from _live_keys(written, below, (*loc, key))
    for index, below in enumerate(value) if isinstance(value, list) else ():
        yield from _live_keys(written, below, (*loc, index))
