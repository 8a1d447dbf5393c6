"""`paypath diagnose`: one endpoint in depth, without any configuration, or the connector of a configured path."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from probe.cli.face import FORMATS, Face
from probe.cli.parser import duration, written
from probe.cli.presenter import Presenter
from probe.cli.signals import first_signal
from probe.cli.towards import add_files, add_question, add_tls, endpoint, tls_version
from probe.cli.troubles import set_up_wrong
from probe.cli.verb import Verb
from probe.model.run import Run

if TYPE_CHECKING:
    from probe.compose.typed import Depth, DiagnoseOptions

_OF_THE_PATH = {
    f"--{name.replace('_', '-')}": name
    for name in (
        "cert",
        "key",
        "key_password_file",
        "ca",
        "crl",
        "server_name",
        "tls_min",
        "tls_max",
        "alpn",
        "ciphers",
        "proxy",
        "proxy_cert",
        "proxy_key",
        "proxy_ca",
        "all_addresses",
    )
}
"""Options that a configured path answers by itself -> their names as attributes."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "endpoint", metavar="HOST:PORT", nargs="?", type=endpoint, default=None, help="where to connect to"
    )
    parser.add_argument(
        "--path",
        type=written,
        metavar="NAME",
        default=None,
        help="instead of HOST:PORT: a path of the configuration, with its identity, trust and settings",
    )
    _add_our_side(parser.add_argument_group("our side"))
    _add_tls(parser.add_argument_group("TLS"))
    _add_way(parser.add_argument_group("the way"))


def _add_our_side(files: argparse._ArgumentGroup) -> None:
    add_files(
        files,
        ("--cert", "client certificate and its chain, PEM"),
        ("--key", "its private key, PEM"),
        ("--key-password-file", "file with the key's password"),
        ("--ca", "what we trust: a PEM file or a directory (default: the system's trust store)"),
        ("--crl", "revocation lists to verify the chain with, PEM"),
    )


def _add_tls(tls: argparse._ArgumentGroup) -> None:
    add_tls(tls)
    tls.add_argument(
        "--alpn", type=written, action="append", default=[], metavar="PROTOCOL", help="offer it; may be repeated"
    )
    tls.add_argument("--ciphers", type=written, metavar="STR", default=None, help="OpenSSL cipher list for TLS 1.2")


def _add_way(way: argparse._ArgumentGroup) -> None:
    way.add_argument(
        "--proxy",
        type=written,
        metavar="URL",
        default=None,
        help="go through this HTTP proxy with CONNECT; https: TLS with it",
    )
    way.add_argument(
        "--all-addresses", action="store_true", default=False, help="every address of HOST, each of which must pass"
    )
    add_files(
        way,
        ("--proxy-cert", "client certificate for the proxy alone, PEM"),
        ("--proxy-key", "its private key, PEM"),
        ("--proxy-ca", "what to trust for the proxy's certificate (default: the system's trust store)"),
    )
    way.add_argument("--timeout", type=duration, metavar="DURATION", default=None, help="for each phase (default: 5s)")
    add_question(way, "/ , below 500")
    way.add_argument(
        "--no-deep",
        action="store_true",
        default=False,
        help="make no second connection for the OCSP staple, all verify errors and accepted CAs",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    wrong = _contradictions(arguments)
    if wrong:
        return set_up_wrong([f"paypath: {one}" for one in wrong], face)
    from probe.report.diagnose import render

    presenter = Presenter(face, lambda run: render(run, color=face.color, width=face.width))
    run, stopped = asyncio.run(_diagnose(arguments, face))
    return presenter.finish([run], stopped=stopped)


async def _diagnose(arguments: argparse.Namespace, face: Face) -> tuple[Run, bool]:
    """The run, and whether a signal cut it short."""
    from probe.compose.endpoint import diagnose, diagnose_path

    stop = asyncio.Event()
    depth = _depth(arguments)
    with first_signal(face, "stopping", stop.set):
        if arguments.path is None:
            run = await diagnose(options=_options(arguments, depth), stop=stop)
        else:
            run = await diagnose_path(
                name=arguments.path, depth=depth, config=face.config, environ=face.environ, stop=stop
            )
    return run, stop.is_set()


def _depth(arguments: argparse.Namespace) -> "Depth":
    from probe.compose.typed import Depth

    return Depth(
        timeout_s=arguments.timeout,
        http_path=arguments.http_path,
        no_http=arguments.no_http,
        no_deep=arguments.no_deep,
    )


def _options(arguments: argparse.Namespace, depth: "Depth") -> "DiagnoseOptions":
    from probe.compose.typed import DiagnoseOptions

    host, port = arguments.endpoint
    return DiagnoseOptions(
        host=host,
        port=port,
        certificate=arguments.cert,
        private_key=arguments.key,
        key_password_file=arguments.key_password_file,
        trust=arguments.ca,
        server_name=arguments.server_name,
        crl=arguments.crl,
        proxy=arguments.proxy,
        all_addresses=arguments.all_addresses,
        proxy_certificate=arguments.proxy_cert,
        proxy_private_key=arguments.proxy_key,
        proxy_trust=arguments.proxy_ca,
        tls_min=tls_version(arguments.tls_min),
        tls_max=tls_version(arguments.tls_max),
        alpn=tuple(arguments.alpn),
        ciphers=arguments.ciphers,
        depth=depth,
    )


def _contradictions(arguments: argparse.Namespace) -> list[str]:
    """Options that mean nothing without each other."""
    wrong = _where(arguments)
    if arguments.cert and not arguments.key:
        wrong.append("--cert needs --key; where one file holds both, name it twice")
    if arguments.key and not arguments.cert:
        wrong.append("--key needs --cert")
    if arguments.key_password_file and not arguments.key:
        wrong.append("--key-password-file needs --key")
    if bool(arguments.proxy_cert) != bool(arguments.proxy_key):
        wrong.append("--proxy-cert and --proxy-key need each other; where one file holds both, name it twice")
    if (arguments.proxy_cert or arguments.proxy_key or arguments.proxy_ca) and not arguments.proxy:
        wrong.append("--proxy-cert, --proxy-key and --proxy-ca need --proxy")
    if arguments.all_addresses and arguments.proxy:
        wrong.append("--all-addresses and --proxy exclude each other: the proxy looks up the name")
    if arguments.tls_min == "1.3" and arguments.tls_max == "1.2":
        wrong.append("--tls-min 1.3 is above --tls-max 1.2")
    return wrong


def _where(arguments: argparse.Namespace) -> list[str]:
    """Either an endpoint, or a path that brings everything about itself."""
    if arguments.path is None:
        neither = "name where to connect to: HOST:PORT, or --path NAME for a configured path"
        return [neither] if arguments.endpoint is None else []
    wrong = [] if arguments.endpoint is None else ["HOST:PORT and --path exclude each other: name one of them"]
    given = [option for option, name in _OF_THE_PATH.items() if getattr(arguments, name)]
    wrong += [f"{option} goes with HOST:PORT; with --path it comes from the configuration" for option in given]
    return wrong


VERB = Verb("diagnose", "look at one endpoint in depth, configured or not", _add_arguments, _execute, FORMATS)
