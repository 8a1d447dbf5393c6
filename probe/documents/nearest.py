"""The word that was probably meant."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

_LISTED: Final = 12


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word`, in whatever case and with whatever separators; None where none is near."""
    by_shape = {_shape(k): k for k in known}
    found = difflib.get_close_matches(_shape(word[:100]), by_shape, n=1, cutoff=0.6)
    return by_shape[found[0]] if found else None


def suggestion(word: str, known: Sequence[str], listed: str = "known here") -> str:
    """A hint: the nearest word, else the known ones."""
    if (near := nearest(word, known)) is not None:
        return f"did you mean `{near}`?"
    if not known:
        return "nothing is known here; remove it"
    more = ", …" if len(known) > _LISTED else ""
    return f"{listed}: {', '.join(f'`{k}`' for k in known[:_LISTED])}{more}"


def _shape(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())
