"""Values that lead somewhere: URLs, names that are looked up, addresses to listen on and to connect to."""

import ipaddress
import re
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from probe.documents.fields import refused, text
from probe.documents.masking import quoted

_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_BEHIND_PATH: Final = re.compile(r"[?#]")
_ORDINARY_PORT: Final = {"https": 443, "http": 80}


def split_url(url: str) -> tuple[str, int]:
    """Host (without brackets) and port of a checked URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _ORDINARY_PORT[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether a host as written can only be this machine: a loopback address, or `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def host_port(address: str) -> tuple[str, int]:
    """Host and port of a checked listening address."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def without_secrets(written: str) -> str:
    """As it is shown where it is refused: without a query and a fragment, in which a token may stand, and without a name and a password."""
    path = _BEHIND_PATH.split(written, maxsplit=1)[0]
    before, _, host = path.rpartition("@")
    behind = f"{written[len(path)]}…" if written != path else ""
    return f"***@{host}{behind}" if before else f"{path}{behind}"


def connector_url(value: object) -> str:
    """`https://HOST[:PORT][/PREFIX]`, or `http:` of a connector that is a proxy; without a trailing slash."""
    scheme = "http" if isinstance(value, str) and value.startswith("http://") else "https"
    return _url(value, (scheme,), "write it as `https://host:8443`")


def upstream_url(value: object) -> str:
    """`https://HOST[:PORT][/PREFIX]`; without a trailing slash."""
    return _url(value, ("https",), "write it as `https://host:8443`")


def proxy_url(value: object) -> str:
    """`http://HOST:PORT`, or `https://HOST:PORT` where TLS is spoken with the proxy itself; no path."""
    written = _url(
        value, ("http", "https"), "write it as `http://proxy:3128`, or `https://proxy:3129` for TLS with the proxy"
    )
    if urlsplit(written).path:
        raise refused(f"{quoted(written)} has a path", "leave out what stands behind the port")
    return written


def any_url(value: object) -> str:
    """An http or https URL."""
    return _url(value, ("http", "https"), "write it as `http://127.0.0.1:9901/certs`")


def listen_address(value: object) -> str:
    """`HOST:PORT`, an IPv6 address in brackets; port 0 lets the system choose."""
    written = text(value)
    host, colon, port = written.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    fine = bool(colon and port.isascii() and port.isdigit() and int(port[:6]) <= 65535)  # noqa: PLR2004 - 16 bits
    if not fine or not (_is_address(bare) if host != bare else _HOST.fullmatch(bare)):
        raise refused(f"{quoted(written)} is not an address to listen on", "write it as `127.0.0.1:9464`")
    return written


def dial_address(value: object) -> str:
    """`HOST:PORT` to connect to, an IPv6 address in brackets."""
    hint = "write it as `10.0.0.5:8443` or `[2001:db8::5]:8443`"
    try:
        written = listen_address(value)
    except PydanticCustomError as error:
        raise refused(f"{quoted(text(value))} is not an address to connect to", hint) from error
    if not host_port(written)[1]:
        raise refused(f"{quoted(written)}: 0 is not a port to connect to", hint)
    return written


def server_name(value: object) -> str:
    """A name that TLS can send and verify, of any script (IDNA), or an IP address."""
    written = text(value)
    try:
        fine = _is_address(written) or _HOST.fullmatch(written.encode("idna").decode()) is not None
    except UnicodeError:
        fine = False
    if not fine:
        hint = "write the name that the certificate is for, such as `billing-connector.internal`"
        raise refused(f"{quoted(written)} is no name that can be asked for and verified", hint)
    return written


def _url(value: object, schemes: tuple[str, ...], hint: str) -> str:
    written = text(value)
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError as error:
        raise refused("is not a URL", hint) from error
    if parts.username is not None or parts.password is not None:
        raise refused("names and passwords do not belong into a URL", "leave out what stands before the `@`")
    if (wrong := _wrong(parts, schemes, written)) is not None:
        raise refused(wrong, hint)
    return written.rstrip("/")


def _wrong(parts: SplitResult, schemes: tuple[str, ...], written: str) -> str | None:
    host, shown = parts.hostname or "", quoted(without_secrets(written))
    if parts.scheme not in schemes or "\\" in written or " " in written:
        return f"{shown} is not a URL with {' or '.join(schemes)}"
    if not (_is_address(host) if "[" in parts.netloc else _HOST.fullmatch(host)):
        return f"{shown} names no host that can be looked up"
    if parts.port == 0:
        return f"{shown}: 0 is not a port to connect to"
    return f"{shown} has a query or a fragment" if parts.query or parts.fragment else None


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


ConnectorUrl = Annotated[
    str, BeforeValidator(connector_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
UpstreamUrl = Annotated[
    str, BeforeValidator(upstream_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://"})
]
AnyUrl = Annotated[
    str, BeforeValidator(any_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
ProxyUrl = Annotated[
    str, BeforeValidator(proxy_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
ListenAddress = Annotated[
    str, BeforeValidator(listen_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]


def reference_address(value: object) -> str:
    """`IP:PORT`: a name could not be looked up just then."""
    written = dial_address(value)
    try:
        ipaddress.ip_address(host_port(written)[0])
    except ValueError:
        raise refused(f"{quoted(written)} is no IP address with a port", "write it as `10.0.0.1:443`") from None
    return written


ServerName = Annotated[str, BeforeValidator(server_name), WithJsonSchema({"type": "string", "minLength": 1})]
ReferenceAddress = Annotated[
    str, BeforeValidator(reference_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]
DialAddress = Annotated[
    str, BeforeValidator(dial_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]
