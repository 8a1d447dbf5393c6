"""Whether somebody has changed a file a moment ago."""

import os
import pathlib
import time

import pytest

from probe.documents import lately
from probe.documents.lately import changed_lately


def test_a_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the change of its inode: the time that `touch` sets is nobody's proof."""
    file = tmp_path / "ca.pem"
    file.touch()
    os.utime(file, (0, 0))
    assert changed_lately([None, file])
    monkeypatch.setattr(lately, "LATELY_S", 0.0)
    assert not changed_lately([file])
    assert not changed_lately([])


def test_a_file_that_is_gone(tmp_path: pathlib.Path) -> None:
    """Its directory tells, where there is one."""
    assert changed_lately([tmp_path / "gone"])
    assert not changed_lately([tmp_path / "gone" / "ca.pem"])
    assert not changed_lately([pathlib.Path("a\0b")])


def test_a_directory_of_certificates(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in it that is written in place leaves the directory as it is."""
    monkeypatch.setattr(lately, "LATELY_S", 0.2)
    (tmp_path / "ca.pem").touch()
    while changed_lately([tmp_path]):
        time.sleep(0.01)
    (tmp_path / "ca.pem").write_text("half", encoding="utf-8")
    assert changed_lately([tmp_path])
