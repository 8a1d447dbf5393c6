"""Whoever may wait a moment learns in that moment what does not answer, however many files there are."""

import asyncio
import threading
from pathlib import Path

import pytest

from probe.documents.mistakes import SetupError
from probe.documents.patience import Patience, in_time, refuse_silent

PATIENCE_S = 30.0
DEAD, LIVE = Path("/mnt/dead"), Path("/etc/live")


class Mount:
    """Whatever lies below `DEAD` is waited for until it is back."""

    def __init__(self) -> None:
        """It is dead."""
        self.back, self.local = threading.Event(), False
        self.asked: list[Path] = []

    def look(self, file: Path) -> None:
        """As `os.stat`: no file is there."""
        self.asked.append(file)
        if DEAD in file.parents:
            self.back.wait(PATIENCE_S)
        raise FileNotFoundError

    def patience(self, within_s: float = 0.05) -> Patience:
        """That asks it."""
        return Patience(within_s=within_s, look=self.look, all_local=lambda: self.local)


def test_every_file_that_does_not_answer_is_named() -> None:
    """A hundred of them cost one wait; one that answers is found among them, be it beside the mount's own directory."""
    mount = Mount()
    dead = [DEAD / str(number) / name for number in range(50) for name in ("tls.crt", "tls.key")]
    assert mount.patience().silent([*dead, LIVE / "tls.crt", DEAD.parent / "tls.crt"]) == set(dead)
    assert len(mount.asked) == 102
    mount.back.set()


def test_one_that_is_waited_for_is_not_asked_again_until_it_has_answered() -> None:
    """A thread for each look at a dead mount would be one too many at last."""
    mount = Mount()
    patience = mount.patience()
    for _ in range(3):
        assert patience.silent([DEAD / "tls.crt"]) == {DEAD / "tls.crt"}
    assert mount.asked == [DEAD / "tls.crt"]
    mount.back.set()
    while patience.silent([DEAD / "tls.crt"]):
        pass
    assert patience.silent([DEAD / "tls.crt"]) == frozenset()


def test_where_nothing_can_be_dead_nobody_is_asked() -> None:
    """As on most machines."""
    mount = Mount()
    mount.local = True
    assert mount.patience().silent([DEAD / "tls.crt"]) == frozenset()
    assert mount.asked == []


def test_slow_answers_are_waited_for_as_long_as_they_come() -> None:
    """Each takes a while, all together longer than one is waited for."""
    told, turn = [DEAD / str(number) / "tls.crt" for number in range(5)], threading.Lock()

    def look(_file: Path) -> None:
        with turn:
            threading.Event().wait(0.05)

    patience = Patience(within_s=PATIENCE_S, look=look, all_local=lambda: False)
    assert patience.silent(told) == frozenset()


def test_files_of_the_command_line_that_answer_are_taken(tmp_path: Path) -> None:
    """That they are not there is told by whoever reads them."""
    refuse_silent((tmp_path / "none", None))


async def test_what_does_not_end_in_time_is_left_to_itself() -> None:
    """And what raises, raises."""
    back = threading.Event()
    assert await in_time(lambda: back.wait(PATIENCE_S), 0.05) is None
    back.set()
    assert await in_time(lambda: 5023) == 5023
    assert await in_time(lambda: 5023, None) == 5023
    with pytest.raises(SetupError):
        await in_time(lambda: _raise(SetupError([])))
    await asyncio.sleep(0)


def _raise(error: Exception) -> None:
    raise error
