"""`--shard` and `--charges`: a replica's share, for this process alone; they win over the configuration."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from probe.cli.parser import written
from probe.cli.troubles import set_up_errors
from probe.documents.mistakes import SetupError
from probe.model.replica import Charges

_VARIABLES: Final = {"shard": "PAYPATH_REPLICAS__SHARD", "charges": "PAYPATH_REPLICAS__CHARGES"}


def add_replica_arguments(parser: argparse.ArgumentParser) -> None:
    """For verbs that run scenarios."""
    parser.add_argument(
        "--shard",
        type=written,
        default=None,
        metavar="K/N",
        help="probe this share of the paths only, such as 2/5; `auto/5` in a StatefulSet",
    )
    parser.add_argument(
        "--charges",
        choices=[str(word) for word in Charges],
        default=None,
        help="which replicas run what writes to Stripe",
    )


def with_replica(environ: Mapping[str, str], arguments: argparse.Namespace) -> Mapping[str, str]:
    """The environment, with what was given on the command line in place of its variables."""
    given = {variable: getattr(arguments, name) for name, variable in _VARIABLES.items()}
    return {**environ, **{variable: value for variable, value in given.items() if value is not None}}


@contextlib.contextmanager
def blaming_options(arguments: argparse.Namespace) -> Iterator[None]:
    """Mistakes in what stood on the command line name the option, and not the variable that it is passed on in."""
    given = {variable: f"--{name}" for name, variable in _VARIABLES.items() if getattr(arguments, name) is not None}
    try:
        yield
    except (SetupError, BaseExceptionGroup) as error:
        found = [mistake for one in set_up_errors(error) for mistake in one.mistakes]
        if not any(mistake.file in given for mistake in found):
            raise
        raise SetupError([replace(mistake, file=given.get(mistake.file, mistake.file)) for mistake in found]) from error
