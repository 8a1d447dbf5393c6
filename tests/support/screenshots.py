"""Pictures of what people see, kept where `PAYPATH_TEST_SCREENSHOTS` names a directory."""

import os
import pathlib

from tests.surroundings import KEPT_AS


def place_of(name: str) -> pathlib.Path | None:
    """Where the picture goes; None where nobody wants it."""
    directory = os.environ.get(KEPT_AS)
    if not directory:
        return None
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    return pathlib.Path(directory) / name


def keep(name: str, text: str) -> None:
    """A screen of a terminal, as text."""
    place = place_of(name)
    if place is not None:
        place.write_text(f"{text}\n", encoding="utf-8")
