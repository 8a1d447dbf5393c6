"""The seam to whoever wakes people: one method, and a fake beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from probe.model.paging import Page


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sink said to one page. That it took none is a value: the page waits, and nobody crashes."""

    taken: bool
    detail: str = ""
    """Why not, for people; redacted."""
    retry_after_s: float | None = None
    """Where it said so."""


class Sink(Protocol):
    """One place for pages."""

    @property
    def name(self) -> str:
        """As configured; the label of `paypath_pages_total`."""

    async def send(self, page: Page) -> Receipt:
        """Hand over one page; never raises for what the network or the sink does. The same page may come twice."""


@dataclass(slots=True)
class FakeSink:
    """Keeps what it is sent. While `refuses` it takes nothing, like a sink that is down."""

    name: str
    refuses: bool = False
    taken: list[Page] = field(default_factory=list)
    tried: int = 0

    async def send(self, page: Page) -> Receipt:
        """Take it, or not."""
        self.tried += 1
        if self.refuses:
            return Receipt(taken=False, detail="it is down")
        self.taken.append(page)
        return Receipt(taken=True)

    def titles(self) -> Sequence[str]:
        """What people have read."""
        return [page.title for page in self.taken]
