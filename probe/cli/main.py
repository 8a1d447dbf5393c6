"""The entry point. It imports next to nothing: a signal that comes while the rooms are imported finds somebody at home."""

import os
import sys
from collections.abc import Mapping, Sequence

from probe.cli.early import end_at_signals


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; the exit status as in the contract. Nothing but a bug of Python itself is raised."""
    if argv is None:  # the process is ours, and so are its signals
        argv = sys.argv[1:]
        end_at_signals(argv)
    from probe.cli.command import command

    return command(list(argv), os.environ if environ is None else environ)
