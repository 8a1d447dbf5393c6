"""What a short run has counted and could not add to the history: files beside it, which the next run that can write takes along."""

import contextlib
import json
import logging
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from probe.documents.files import read_regular
from probe.history.totals import Total

_LOG: Final = logging.getLogger("paypath.history")
_BEGINS: Final = "uncounted-"
_MAX_BYTES: Final = 4_000_000
_MOST: Final = 1_000
"""Files: three days of a check every five minutes."""


def leave(directory: pathlib.Path, grown: Sequence[Total], *, name: str) -> None:
    """Write them into a file of their own, at once or not at all. Raises OSError where there is no room, or are too many already."""
    if sum(1 for _ in _files(directory)) >= _MOST:
        raise OSError(f"{directory} holds {_MOST} of such files already")
    rows = [[total.metric, total.labels, total.bounds, total.counts, total.amount] for total in grown]
    new = directory / f".{_BEGINS}{name}"
    try:
        with new.open("w", encoding="utf-8") as opened:
            json.dump(rows, opened)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(directory / f"{_BEGINS}{name}.json")
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def taken(directory: pathlib.Path) -> tuple[list[Total], list[pathlib.Path]]:
    """What others have left, and the files to remove once it is added. What nobody can read is said, and removed too."""
    found: list[Total] = []
    files = list(_files(directory))
    for file in files:
        try:
            found += [_total(row) for row in json.loads(read_regular(file, _MAX_BYTES))]
        except (OSError, ValueError, TypeError) as error:
            _LOG.warning("%s cannot be read, and what it has counted is lost: %s", file, error)
    return found, files


def _files(directory: pathlib.Path) -> Iterator[pathlib.Path]:
    yield from sorted(directory.glob(f"{_BEGINS}*.json"))


def _total(row: list[Any]) -> Total:
    metric, labels, bounds, counts, amount = row
    return Total(
        metric=str(metric),
        labels=tuple((str(name), value) for name, value in labels),
        bounds=tuple(map(float, bounds)),
        counts=tuple(map(int, counts)),
        amount=float(amount),
    )
