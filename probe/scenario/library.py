"""Where the scenarios that come with paypath are."""

import pathlib
from typing import Final

import probe

_PACKAGE: Final = pathlib.Path(probe.__file__).parent


def shipped_directory() -> pathlib.Path:
    """Inside the installed package; in a checkout the folder `scenarios` beside it."""
    installed = _PACKAGE / "shipped_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"
