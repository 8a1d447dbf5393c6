"""`--shard` and `--charges`: a replica's share, for this process alone; they win over the configuration."""

import argparse
from collections.abc import Mapping
from typing import Final

from probe.model.replica import Charges

_VARIABLES: Final = {"shard": "PAYPATH_REPLICAS__SHARD", "charges": "PAYPATH_REPLICAS__CHARGES"}


def add_replica_arguments(parser: argparse.ArgumentParser) -> None:
    """For verbs that run scenarios."""
    parser.add_argument(
        "--shard",
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
