"""What was counted and could not be added: kept beside the history until somebody can."""

import logging
import pathlib

import pytest

from probe.history import uncounted
from probe.history.totals import Total

RUNS = Total(metric="paypath.runs", labels=(("path", "billing"),), amount=1)
TIMES = Total(metric="paypath.run.duration", labels=(("up", True),), bounds=(0.1, 1.0), counts=(1, 0, 2), amount=3.5)


def test_what_is_left_is_taken_as_it_was(tmp_path: pathlib.Path) -> None:
    """By the next, with the files to remove; afterwards there is nothing."""
    uncounted.leave(tmp_path, [RUNS], name="a")
    uncounted.leave(tmp_path, [TIMES], name="b")
    found, files = uncounted.taken(tmp_path)
    assert found == [RUNS, TIMES]
    for file in files:
        file.unlink()
    assert uncounted.taken(tmp_path) == ([], [])
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_can_read_is_said_once(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """The rest is taken all the same."""
    uncounted.leave(tmp_path, [RUNS], name="b")
    (tmp_path / "uncounted-a.json").write_text('[["half", []')
    (tmp_path / "uncounted-c.json").write_text("[[1, 2]]")
    with caplog.at_level(logging.WARNING):
        found, files = uncounted.taken(tmp_path)
    assert found == [RUNS]
    assert len(files) == 3
    assert "uncounted-a.json cannot be read, and what it has counted is lost" in caplog.text


def test_a_place_that_takes_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the caller's to say; no half file stays. There are never more than so many."""
    (tmp_path / "uncounted-a.json").mkdir()
    with pytest.raises(OSError, match="uncounted"):
        uncounted.leave(tmp_path, [RUNS], name="a")
    assert [each.name for each in tmp_path.iterdir()] == ["uncounted-a.json"]
    monkeypatch.setattr(uncounted, "_MOST", 1)
    with pytest.raises(OSError, match="holds 1 of such files"):
        uncounted.leave(tmp_path, [RUNS], name="b")
