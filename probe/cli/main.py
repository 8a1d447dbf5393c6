"""The entry point. It imports next to nothing: a signal that comes while the rooms are imported finds somebody at home."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence

from probe.cli.early import end_at_signals, leave_no_core

_WHILE_STARTING = (20_000, 20, 20)
"""Little of what is made while modules are imported is ever garbage: to look for it as often as Python does by default takes a tenth of a start."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; the exit status as in the contract. Nothing but a bug of Python itself is raised."""
    if argv is None:  # the process is ours, and so are its signals
        argv = sys.argv[1:]
        end_at_signals(argv)
        leave_no_core()
        gc.set_threshold(*_WHILE_STARTING)
    from probe.cli.command import command

    return command(list(argv), os.environ if environ is None else environ)
