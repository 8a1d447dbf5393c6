"""What is due when: one heap for all jobs, so that the next one is found at a cost that hardly grows with their number."""

import heapq
import itertools
from collections.abc import Container, Iterable

from probe.schedule.job import Entry, Key


class Timetable:
    """The jobs, and of those that are not under way, what is due first."""

    def __init__(self) -> None:
        """Begin without any job."""
        self.entries: dict[Key, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = itertools.count()

    def fill(self, entries: Iterable[Entry], *, without: Container[Key]) -> None:
        """These are the jobs now; those in `without` come back by `put`."""
        self.entries = {entry.job.key: entry for entry in entries}
        self._heap = [(e.due_s, next(self._order), e) for e in self.entries.values() if e.job.key not in without]
        heapq.heapify(self._heap)

    def holds(self, entry: Entry) -> bool:
        """Whether it is one of the jobs still."""
        return self.entries.get(entry.job.key) is entry

    def put(self, entry: Entry) -> bool:
        """Put one back; whether it is the next one."""
        heapq.heappush(self._heap, (entry.due_s, next(self._order), entry))
        return self._heap[0][2] is entry

    def take_due(self, now_s: float) -> Entry | None:
        """What is due first, and no longer waits here; None where nothing is due yet."""
        if not self._heap or self._heap[0][0] > now_s:
            return None
        return heapq.heappop(self._heap)[2]

    @property
    def next_due_s(self) -> float | None:
        """When the next one is due; None where nothing waits here."""
        return self._heap[0][0] if self._heap else None
