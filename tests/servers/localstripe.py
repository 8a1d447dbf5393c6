"""localstripe, the second and independent stand-in for Stripe: a process of its own, reached over HTTP alone."""

import pathlib

from tests.servers import process, programs
from tests.servers.process import Server

_RUNNER = pathlib.Path(__file__).with_name("run_localstripe.py")
SCENARIOS = pathlib.Path(__file__).with_name("scenarios")
"""Scenarios that localstripe can pass: it knows neither `amount_received` nor decline codes."""


def start(directory: pathlib.Path) -> Server:
    """Start localstripe over plain HTTP with an empty store."""
    python = programs.require("localstripe")
    # -P: beside the runner stands this very module, which would be imported in its stead.
    return process.start(lambda port: [python, "-P", _RUNNER, str(port)], directory)
