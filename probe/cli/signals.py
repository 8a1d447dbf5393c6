"""Signals: the first one stops cleanly, later ones change nothing, because a refund may be on its way."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Final

from probe.cli.face import Face

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def first_signal(face: Face, note: str, act: Callable[[], object]) -> Iterator[None]:
    """Inside the block the first SIGINT or SIGTERM says `note` and calls `act`; a later one says that clean-up runs."""
    loop = asyncio.get_running_loop()
    seen: list[signal.Signals] = []

    def received(number: signal.Signals) -> None:
        seen.append(number)
        if len(seen) > 1:
            face.complain("paypath: cleanup is in progress; please wait")
            return
        act()  # first: whoever read our words may be gone, and a broken pipe must not keep us from stopping
        face.complain(f"paypath: {note}")

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])


@contextlib.contextmanager
def each_hangup(act: Callable[[], object]) -> Iterator[None]:
    """Inside the block each SIGHUP calls `act`, instead of ending the process."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, before)
