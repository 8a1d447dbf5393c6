"""What a verb is to the command line."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from probe.cli.face import Face


@dataclass(frozen=True, slots=True)
class Verb:
    """One sub-command. Its file imports the rooms that it needs only when it is executed: `--help` must be quick."""

    name: str
    summary: str
    """One line for the list of verbs."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace, Face], int]
    """Gives the exit status. Raises SetupError for what the operator has to mend."""
    formats: tuple[str, ...] = ("text",)
    """What `--format` may say here."""
    records: bool = False
    """Whether it imports OpenTelemetry's SDK, which fails where its limits in the environment are wrong."""
