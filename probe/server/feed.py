"""Events as they happen, to whoever listens (server-sent events, WHATWG HTML 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Final

from probe.report.board import Board, Event
from probe.report.words import moment

_WAITING: Final = 100
"""Events that a slow listener may be behind; past that it is sent away, and comes back by itself."""
_STILL_THERE_S: Final = 15.0
MOST_LISTENERS: Final = 64


def event_to_dict(event: Event) -> dict[str, object]:
    """One event as plain values."""
    return {
        "number": event.number,
        "at": moment(event.at),
        "event": event.kind.value,
        "path": event.path,
        "scenario": event.scenario,
        "code": event.code,
        "reason": event.reason,
        "run_id": event.run_id,
        "text": event.text,
    }


class Feed:
    """All who listen to one board."""

    def __init__(self, board: Board, leaving: Callable[[object], object]) -> None:
        """`leaving` takes secrets out of what goes out."""
        self._board = board
        self._leaving = leaving
        self._listening = 0
        self._closing = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether nobody else is let in."""
        return self._listening >= MOST_LISTENERS

    def close(self) -> None:
        """Send all of them away: the process ends."""
        self._closing.set()

    async def listen(self, after: int | None) -> AsyncIterator[bytes]:
        """What to send to one listener, beginning with the events after number `after` (None: from now on)."""
        waiting: asyncio.Queue[Event | None] = asyncio.Queue(_WAITING)
        overrun = asyncio.Event()

        def told(event: Event | None) -> None:
            try:
                waiting.put_nowait(event)
            except asyncio.QueueFull:
                overrun.set()

        end = self._board.listen(told)
        self._listening += 1
        try:
            yield b"retry: 3000\n\n"
            if after is not None and after > self._board.latest:
                after = 0  # of a process before this one, whose numbers mean nothing here
            for event in self._board.events(after) if after is not None else ():
                yield self._message(event)
            while not overrun.is_set() and not self._closing.is_set():
                yield await self._next(waiting)
        finally:
            self._listening -= 1
            end()

    async def _next(self, waiting: "asyncio.Queue[Event | None]") -> bytes:
        """The next message, a finished run, or a sign of life."""
        async with asyncio.TaskGroup() as group:
            came = group.create_task(waiting.get())
            closing = group.create_task(self._closing.wait())
            await asyncio.wait({came, closing}, timeout=_STILL_THERE_S, return_when=asyncio.FIRST_COMPLETED)
            for task in (came, closing):
                task.cancel()
        if came.cancelled():
            return b": still there\n\n"
        event = came.result()
        return b"event: run\ndata: {}\n\n" if event is None else self._message(event)

    def _message(self, event: Event) -> bytes:
        body = json.dumps(self._leaving(event_to_dict(event)), allow_nan=False)
        return f"id: {event.number}\nevent: happened\ndata: {body}\n\n".encode()
