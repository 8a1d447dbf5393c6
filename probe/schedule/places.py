"""Who may begin now: the process and each path have so many places, and a stuck run gives its own back."""

from collections import Counter

from probe.schedule.job import Limits


class Places:
    """Counts runs under way. Not for several threads."""

    def __init__(self, limits: Limits) -> None:
        """All places are free."""
        self.limits = limits
        """May be others later: who has a place keeps it."""
        self._taken = 0
        self._of: Counter[str] = Counter()

    @property
    def full(self) -> bool:
        """Whether no path at all can begin a run."""
        return self._taken >= self.limits.runs

    def free(self, path: str) -> bool:
        """Whether a run on `path` may begin."""
        return not self.full and self._of[path] < self.limits.runs_per_path

    def take(self, path: str) -> "Place":
        """Take one; the caller has asked whether it is free."""
        self._taken += 1
        self._of[path] += 1
        return Place(self, path)

    def give_back(self, path: str) -> None:
        """One run less; called by its place."""
        self._taken -= 1
        self._of[path] -= 1
        if not self._of[path]:
            del self._of[path]


class Place:
    """One place that was taken; given back once, by the run that ended or by whoever saw that it is stuck."""

    def __init__(self, places: Places, path: str) -> None:
        """Made by `Places.take`."""
        self._places: Places | None = places
        self._path = path

    def give_back(self) -> bool:
        """Whether this call gave it back; a second one does nothing."""
        places, self._places = self._places, None
        if places is None:
            return False
        places.give_back(self._path)
        return True
