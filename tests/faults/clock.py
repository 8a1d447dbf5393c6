"""A wall clock that is set while everything runs; the monotonic one goes on, as it does when a machine's clock is set."""

import pathlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tests.faults.fault import Setting
from tests.faults.prober import Prober
from tests.faults.stand import Stand, standing

PLACES: Final = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")

_CACHED_S: Final = 1
"""How long the offset is used before it is read anew."""


def library() -> pathlib.Path | None:
    """What stands between a process and its clock, where it is installed."""
    return next((found for place in PLACES for found in pathlib.Path("/").glob(place.lstrip("/"))), None)


def _offset(stand: Stand) -> pathlib.Path:
    return stand.directory / "clock"


def faked(file: pathlib.Path, offset: str) -> Mapping[str, str]:
    """The environment of a process whose clock is off by what stands in the file, now `offset`."""
    file.write_text(offset, encoding="utf-8")
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": str(_CACHED_S),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def set_to(offset: str) -> Callable[[Stand, Prober], AbstractContextManager[None]]:
    """Set the clock, and right again afterwards."""

    @contextmanager
    def setting(stand: Stand, _prober: Prober) -> Iterator[None]:
        _offset(stand).write_text(offset, encoding="utf-8")
        time.sleep(2 * _CACHED_S)
        try:
            yield
        finally:
            _offset(stand).write_text("+0", encoding="utf-8")

    return setting


@contextmanager
def _older(directory: pathlib.Path) -> Iterator[Stand]:
    """One whose certificates are some days old, as most are: only then is a clock that is a day slow no reason to refuse them."""
    file = directory / "clock-of-the-lab"
    with standing(directory, faked(file, "-3d")) as stand:
        file.write_text("+0", encoding="utf-8")
        time.sleep(_CACHED_S)
        yield stand


CLOCK: Final = Setting(name="clock", needs=("faketime",), lab=_older, env=lambda stand: faked(_offset(stand), "+0"))
