"""Signals: the first one stops cleanly, later ones change nothing, because a refund may be on its way."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from probe.cli.face import Face

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_T = TypeVar("_T")


class Interrupted(Exception):  # noqa: N818 - an event, not an error
    """A signal ended what was being done; its clean-up has run."""


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
        face.complain(f"paypath: {note}")
        act()

    for number in _SIGNALS:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def until_signal(face: Face, awaitable: Awaitable[_T]) -> _T:
    """The result of `awaitable`; on a signal it is cancelled once, left to clean up, and Interrupted is raised."""
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(_caught(awaitable))
        with first_signal(face, "stopping; what was begun is cleaned up first", stop):
            await asyncio.wait({task})
    if stopped and task.cancelled():
        raise Interrupted
    result, error = task.result()
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # None only together with an error


async def _caught(awaitable: Awaitable[_T]) -> tuple[_T | None, Exception | None]:
    """The result or the error as a value: an error must not come out wrapped in the group's own."""
    try:
        return await awaitable, None
    except Exception as error:  # noqa: BLE001 - raised again by the caller, as itself
        return None, error
