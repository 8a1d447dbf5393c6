"""The pages that come with paypath and are not made from the catalogue."""

import pathlib
from typing import Final

import probe

_PACKAGE: Final = pathlib.Path(probe.__file__).parent


def rotation_runbook() -> pathlib.Path:
    """Inside the installed package; in a checkout where it is written."""
    installed = _PACKAGE / "shipped_runbooks" / "rotation.md"
    return installed if installed.is_file() else _PACKAGE.parent / "docs" / "runbooks" / "rotation.md"
