"""Where to and how: what `paypath diagnose` and `preflight` are told alike of an endpoint."""

import argparse
import ipaddress
from typing import TYPE_CHECKING, Final

from probe.cli.parser import file, written

if TYPE_CHECKING:
    from probe.model.path import TlsVersion

_HIGHEST_PORT: Final = 65535
_VERSIONS: Final = ("1.2", "1.3")


def endpoint(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPV6]:PORT`, for argparse."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = bare != host
    if ":" in text and _is_address(text):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not HOST:PORT: an IPv6 address stands in brackets, as in [::1]:8443"
        )
    if not colon or not bare or (":" in bare) != bracketed or set(bare) & set("/@[] "):
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT, such as billing-connector.internal:8443")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' has no port from 1 to {_HIGHEST_PORT} after its last colon")
    return bare, int(port)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def request_path(text: str) -> str:
    """A path to ask for, for argparse."""
    if not text.startswith("/") or any(char <= " " or char == "\x7f" for char in text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a path: it begins with / and has no spaces")
    return text


def tls_version(text: str | None) -> "TlsVersion | None":
    """Of one of the two that `add_tls` takes."""
    from probe.model.path import TlsVersion

    return TlsVersion(text) if text else None


def add_files(group: argparse._ArgumentGroup, *options: tuple[str, str]) -> None:
    """Options that name a file, each with its help."""
    for name, text in options:
        group.add_argument(name, type=file, metavar="FILE", default=None, help=text)


def add_tls(group: argparse._ArgumentGroup) -> None:
    """The name that is asked for, and the versions."""
    group.add_argument(
        "--server-name", type=written, metavar="NAME", default=None, help="name to ask for and verify (default: HOST)"
    )
    group.add_argument("--tls-min", choices=_VERSIONS, default=None, help="lowest version (default: 1.2)")
    group.add_argument("--tls-max", choices=_VERSIONS, default=None, help="highest version")


def add_question(group: argparse._ArgumentGroup, default: str) -> None:
    """What is asked after TLS, if anything; `default` says what is, where nothing is said of it."""
    asked = group.add_mutually_exclusive_group()
    asked.add_argument(
        "--http-path",
        type=request_path,
        metavar="/PATH",
        default=None,
        help=f"must answer 2xx (default: {default})",
    )
    asked.add_argument("--no-http", action="store_true", default=False, help="stop after TLS")
