"""`paypath preflight`: would this new identity work on the live path? Before it is rolled out."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.parser import duration, file, written
from probe.cli.signals import first_signal
from probe.cli.towards import add_files, add_question, add_tls, endpoint, tls_version
from probe.cli.troubles import set_up_wrong
from probe.cli.verb import Verb

if TYPE_CHECKING:
    from probe.compose.preflight import PreflightOptions
    from probe.compose.typed import DiagnoseOptions
    from probe.model.preflight import Preflight

_OF_THE_ENDPOINT = (
    "current_cert", "current_key", "ca", "crl", "server_name", "tls_min", "tls_max", "proxy", "all_addresses",
)  # fmt: skip
"""Options that a configured path answers by itself, as attributes."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    new = parser.add_argument_group("the new identity")
    new.add_argument("--cert", type=file, metavar="FILE", required=True, help="its certificate and chain, PEM")
    new.add_argument("--key", type=file, metavar="FILE", required=True, help="its private key, PEM")
    new.add_argument(
        "--key-password-file", type=file, metavar="FILE", default=None, help="file with the key's password"
    )
    new.add_argument(
        "--allow-new-name", action="store_true", default=False, help="another subject or other SANs are meant"
    )
    where = parser.add_argument_group("where it is to be used")
    where.add_argument(
        "--identity",
        type=written,
        metavar="NAME",
        default=None,
        help="the one it replaces (default: the only one), on all its paths",
    )
    where.add_argument("--path", type=written, metavar="NAME", default=None, help="on this path alone")
    where.add_argument("--timeout", type=duration, metavar="DURATION", default=None, help="for each phase")
    add_question(where, "the health path")
    _add_endpoint(parser.add_argument_group("without a configuration"))


def _add_endpoint(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--connector", metavar="HOST:PORT", type=endpoint, default=None, help="where it is to be tried")
    add_files(
        group,
        ("--ca", "what to trust: a PEM file or a directory (default: the system's trust store)"),
        ("--crl", "revocation list to verify with"),
        ("--current-cert", "the certificate that is to be replaced, PEM"),
        ("--current-key", "its private key, PEM"),
    )
    add_tls(group)
    group.add_argument(
        "--proxy", type=written, metavar="URL", default=None, help="go through this HTTP proxy with CONNECT"
    )
    group.add_argument("--all-addresses", action="store_true", default=False, help="every address of HOST must pass")


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    wrong = _contradictions(arguments, face)
    if wrong:
        return set_up_wrong([f"paypath: {one}" for one in wrong], face)
    from probe.report.json import dump
    from probe.report.preflight import preflight_line, preflight_status, render_preflight
    from probe.report.preflight_json import preflight_to_dict

    found = asyncio.run(_preflight(arguments, face))
    if face.format == "nagios":
        line, status = preflight_line(found)
        face.out(line)
        return status
    if face.format == "json":
        face.out(dump(preflight_to_dict(found)))
    else:
        face.out(render_preflight(found, color=face.color, width=face.width))
    return preflight_status(found)


async def _preflight(arguments: argparse.Namespace, face: Face) -> "Preflight":
    from probe.compose.preflight import preflight

    stop = asyncio.Event()
    with first_signal(face, "stopping", stop.set):
        return await preflight(_options(arguments), config=face.config, environ=face.environ, stop=stop)


def _options(arguments: argparse.Namespace) -> "PreflightOptions":
    from probe.compose.preflight import PreflightOptions

    return PreflightOptions(
        certificate=arguments.cert,
        private_key=arguments.key,
        key_password_file=arguments.key_password_file,
        path=arguments.path,
        identity=arguments.identity,
        endpoint=None if arguments.connector is None else _endpoint(arguments),
        allow_new_name=arguments.allow_new_name,
        timeout_s=arguments.timeout,
        http_path=arguments.http_path,
        no_http=arguments.no_http,
    )


def _endpoint(arguments: argparse.Namespace) -> "DiagnoseOptions":
    from probe.compose.typed import DiagnoseOptions

    host, port = arguments.connector
    return DiagnoseOptions(
        host=host,
        port=port,
        certificate=arguments.current_cert,
        private_key=arguments.current_key,
        trust=arguments.ca,
        server_name=arguments.server_name,
        crl=arguments.crl,
        proxy=arguments.proxy,
        all_addresses=arguments.all_addresses,
        tls_min=tls_version(arguments.tls_min),
        tls_max=tls_version(arguments.tls_max),
    )


def _contradictions(arguments: argparse.Namespace, face: Face) -> list[str]:
    """Options that mean nothing without each other, or contradict each other."""
    wrong = []
    if arguments.connector is None:
        given = [f"--{name.replace('_', '-')}" for name in _OF_THE_ENDPOINT if getattr(arguments, name)]
        wrong += [f"{option} goes with --connector; of a configured path it is known" for option in given]
    else:
        configured = {"--path": arguments.path, "--identity": arguments.identity, "--config": face.config}
        wrong += [f"--connector and {option} exclude each other" for option, value in configured.items() if value]
    if arguments.current_key and not arguments.current_cert:
        wrong.append("--current-key needs --current-cert")
    if arguments.all_addresses and arguments.proxy:
        wrong.append("--all-addresses and --proxy exclude each other: the proxy looks up the name")
    if arguments.tls_min == "1.3" and arguments.tls_max == "1.2":
        wrong.append("--tls-min 1.3 is above --tls-max 1.2")
    return wrong


VERB = Verb(
    "preflight",
    "would a new certificate and key work, before they are rolled out",
    _add_arguments,
    _execute,
    ("text", "json", "nagios"),
)
