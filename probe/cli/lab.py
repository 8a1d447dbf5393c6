"""`paypath lab`: the embedded payment path alone, with its fault switches."""

import argparse
import asyncio
import pathlib
from typing import TYPE_CHECKING

from probe.cli.face import Face
from probe.cli.parser import file, written
from probe.cli.signals import first_signal
from probe.cli.troubles import leaves, set_up_wrong
from probe.cli.verb import Verb
from probe.report.status import HEALTHY

if TYPE_CHECKING:
    from probe.lab.files import LabAddresses

_HIGHEST_PORT = 65535


def _port(text: str) -> int:
    """A TCP port, for argparse."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: write a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--directory",
        type=file,
        default=pathlib.Path(".paypath-lab"),
        help="where certificates and a ready paypath.yaml go (default: %(default)s)",
    )
    parser.add_argument("--port", type=_port, default=None, help="the connector's port (default: a free one)")
    parser.add_argument(
        "--fault",
        type=written,
        action="append",
        default=[],
        metavar="NAME",
        help="switch a fault on from the start, such as client-cert-expired; may be given more than once",
    )


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.documents.nearest import suggestion
    from probe.lab.faults import FAULTS

    unknown = [name for name in arguments.fault if name not in FAULTS]
    if unknown:
        known = list(FAULTS)
        told = [f"paypath: the lab has no fault `{name}`; {suggestion(name, known, 'it has')}" for name in unknown]
        return set_up_wrong(told, face)
    from probe.lab.lab import LabError

    try:
        asyncio.run(_serve(arguments, face))
    except Exception as error:
        refusals = tuple(leaves(error))
        if not all(isinstance(one, LabError) for one in refusals):
            raise
        return set_up_wrong([f"paypath: {one}" for one in refusals], face)
    return HEALTHY


async def _serve(arguments: argparse.Namespace, face: Face) -> None:
    from probe.lab.lab import run_lab

    stop = asyncio.Event()
    with first_signal(face, "stopping the lab", stop.set):
        await run_lab(
            directory=arguments.directory,
            port=arguments.port,
            faults=arguments.fault,
            ready=lambda addresses: _announce(addresses, arguments.fault, face),
            stop=stop,
        )


def _announce(addresses: "LabAddresses", faults: list[str], face: Face) -> None:
    if face.format == "json":
        from dataclasses import asdict

        from probe.report.json import dump

        face.out(dump({"schema": "paypath.lab/1", **asdict(addresses), "faults": sorted(faults)}))
        return
    face.out(
        f"connector      {addresses.connector}\n"
        f"fault switches {addresses.control}/faults  (PUT and DELETE /faults/NAME)\n"
        f"configuration  {addresses.configuration}\n"
        f"faults on      {', '.join(faults) or 'none'}\n"
        f"\n"
        f"  paypath check --config {addresses.configuration}\n"
    )
    face.say("Ctrl-C stops the lab")


VERB = Verb("lab", "the embedded payment path alone, with fault switches", _add_arguments, _execute, ("text", "json"))
