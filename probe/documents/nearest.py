"""The word that was probably meant."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

_LISTED: Final = 12
_SHORTEST: Final = 3
"""Letters from which on a word can be told from a slip of another."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word`, in whatever case and with whatever separators; None where none is near."""
    by_shape = {_shape(k): k for k in known}
    found = difflib.get_close_matches(_shape(word[:100]), by_shape, n=1, cutoff=0.6)
    return by_shape[found[0]] if found else None


def slip(word: str, known: Iterable[str]) -> str | None:
    """The known word of which `word` is a slip of the finger: one letter too many, missing or wrong, or letters in another order.

    None for a known word, and for one that may well be another word.
    """
    listed = tuple(known)
    return None if word in listed else next((each for each in listed if _slipped(word[:100], each)), None)


def _slipped(word: str, meant: str) -> bool:
    if len(meant) < _SHORTEST or abs(len(word) - len(meant)) > 1:
        return False
    less_word = [word[:i] + word[i + 1 :] for i in range(len(word))]
    less_meant = [meant[:i] + meant[i + 1 :] for i in range(len(meant))]
    if len(word) != len(meant):
        return meant in less_word or word in less_meant
    return sorted(word) == sorted(meant) or any(a == b for a, b in zip(less_word, less_meant, strict=True))


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
