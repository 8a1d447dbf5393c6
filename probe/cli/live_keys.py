"""Live-mode keys on the command line: whatever an argument is for, it may be sent, shown, or written down."""

import argparse
import pathlib
from collections.abc import Iterator

from probe.documents.masking import file_holds_live_key, holds_live_key


def live_keys(arguments: argparse.Namespace) -> Iterator[str]:
    """A sentence for each argument that holds one, without it."""
    for name, value in vars(arguments).items():
        if _holds(value):
            what = name.replace("_", "-")
            yield (
                f"paypath: command line: a live-mode Stripe key stands in `{what}`; remove it, and revoke it: shells keep what was "
                "typed, and other users see it"
            )


def _holds(value: object) -> bool:
    match value:
        case pathlib.PurePath():
            return file_holds_live_key(str(value))
        case str():
            return holds_live_key(value)
        case list() | tuple():
            return any(map(_holds, value))
        case _:
            return False
