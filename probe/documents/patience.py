"""Waiting for what may never end, beside the event loop and for so long only."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from probe.documents.silence import WITHIN_S

_T = TypeVar("_T")


async def in_time(what: Callable[[], _T], within_s: float | None = WITHIN_S) -> _T | None:
    """What comes of it on a thread; None where it has not ended by then (`within_s=None`: it is waited for as long as it takes).

    The thread is left to wait where nobody waits any more, and does not hold up the end of the process, as one of `asyncio.to_thread` does.
    """
    found: Future[_T] = Future()
    found.set_running_or_notify_cancel()

    def do() -> None:
        try:
            found.set_result(what())
        except Exception as error:  # noqa: BLE001 - handed over to whoever waits
            found.set_exception(error)

    threading.Thread(target=do, name="paypath-patience", daemon=True).start()
    waiting = asyncio.wrap_future(found)
    await asyncio.wait({waiting}, timeout=within_s)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None
