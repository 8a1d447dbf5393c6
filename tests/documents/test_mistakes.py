"""Mistakes: how they read, in which order, and that they cannot leak."""

from probe.documents.mistakes import Mistake, Place, SetupError


def test_reads_as_place_message_hint() -> None:
    """Editors and terminals jump to `FILE:LINE:COLUMN`."""
    assert str(Mistake("a.yaml", 3, 5, "x", "wrong", "mend it")) == "a.yaml:3:5: wrong; mend it"
    assert str(Mistake.at(Place("PAYPATH_X"), "x", "wrong")) == "PAYPATH_X: wrong"


def test_sorted_and_once() -> None:
    """By file, line and column, whatever order they were found in."""
    found = [Mistake("b", 1, 1, "", "4"), Mistake("a", 10, 1, "", "3"), Mistake("a", 2, 9, "", "2")]
    error = SetupError([*found, Mistake("a", 2, 1, "", "1"), found[0]])
    assert [m.message for m in error.mistakes] == ["1", "2", "3", "4"]
    assert str(error) == "a:2:1: 1\na:2:9: 2\na:10:1: 3\nb:1:1: 4"


def test_masks_by_itself() -> None:
    """Whoever makes a mistake cannot leak through it, not even by the key's name."""
    mistake = Mistake("f", 1, 1, "sk_live_abc", "sk_live_abc", "4242424242424242")
    assert (mistake.key, mistake.message, mistake.hint) == ("***", "***", "***")
    assert mistake.place == Place("f", 1, 1)
