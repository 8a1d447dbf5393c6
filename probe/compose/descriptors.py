"""Whether the process may open enough to keep running at all: with less than a handful every run would only say so."""

import resource
from typing import Final

from probe.documents.mistakes import Mistake, SetupError
from probe.model.lack import DESCRIPTORS, RAISE

LEAST: Final = 16
"""Open files with which one path is probed that has no webhooks (measured); each listener, each run at the same time, and listening to changes take more."""


def demand_descriptors() -> None:
    """Raises SetupError where the process may open fewer files than `LEAST`."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limit < LEAST:  # RLIM_INFINITY is -1
        what = f"a process may open {limit} files here, and `run` needs {LEAST} for the smallest configuration"
        raise SetupError([Mistake("limits", None, None, "", what, RAISE[DESCRIPTORS])])
