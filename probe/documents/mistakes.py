"""Mistakes of the operator: what is wrong, where, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass

from probe.documents.masking import masked


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written."""

    file: str
    """A file as it was named, or the name of an environment variable."""
    line: int | None = None
    """Counted from 1; None where there are no lines: variables, and files that cannot be read."""
    column: int | None = None
    """Counted from 1."""

    def __str__(self) -> str:
        """`FILE:LINE:COLUMN`, as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. Whatever looks like a key or a card number is masked when it is made."""

    file: str
    line: int | None
    column: int | None
    key: str
    """Dotted path of the value, `paths.billing.connector.url`; empty for the whole file."""
    message: str
    hint: str = ""
    """How to mend it."""

    def __post_init__(self) -> None:
        """Mask all free text, so that no way of making a mistake can leak."""
        for name in ("key", "message", "hint"):
            object.__setattr__(self, name, masked(getattr(self, name)))

    @classmethod
    def at(cls, place: Place, key: str, message: str, hint: str = "") -> "Mistake":
        """A mistake at a place."""
        return cls(place.file, place.line, place.column, key, message, hint)

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.file, self.line, self.column)

    def __str__(self) -> str:
        """`FILE:LINE:COLUMN: message; hint`."""
        return f"{self.place}: {self.message}; {self.hint}" if self.hint else f"{self.place}: {self.message}"


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Sorted by place, each once."""
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda m: (m.file, m.line or 0, m.column or 0, m.key, m.message)))


class SetupError(Exception):
    """The operator gave us something that we refuse to run with; holds every mistake found, sorted by place."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """At least one mistake is expected."""
        self.mistakes = in_order(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
