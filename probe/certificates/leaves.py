"""Which leaf a peer shows: one that takes the place of another, and those of several servers behind one address."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

ALTERNATES: Final = timedelta(minutes=15)
"""A leaf that comes back within this time was not replaced: another server shows it. As long as the alerts wait, so that they see it."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Those of one peer, by fingerprint."""

    counting: frozenset[str] = frozenset()
    """What connections are met with now, as far as is known."""
    last: frozenset[str] = frozenset()
    """Of them, what was shown last."""
    superseded: Mapping[str, datetime] = field(default_factory=dict)
    """Those that another one took the place of, and when."""
    alternate_until: datetime | None = None
    """Until when several servers are taken to stand behind the address."""

    def after(self, shown: AbstractSet[str], *, lasting: AbstractSet[str], at: datetime) -> "Leaves":
        """After a look that showed these and no others; `lasting` are those of before that were seen of late and have not expired."""
        recent = {sha256: since for sha256, since in self.superseded.items() if at - since <= ALTERNATES}
        came_back = not shown.isdisjoint(recent.keys() | (self.counting - self.last))
        until = at + ALTERNATES if came_back else self.alternate_until
        absent = self.counting - shown
        stays = absent & lasting if until is not None and at <= until else frozenset()
        gone = dict.fromkeys(absent - stays, at)
        return Leaves(
            counting=frozenset(shown | stays),
            last=frozenset(shown),
            superseded={sha256: since for sha256, since in (recent | gone).items() if sha256 not in shown},
            alternate_until=until,
        )
