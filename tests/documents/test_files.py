"""Small text files."""

import pathlib

import pytest

from probe.documents.files import MAX_BYTES, read_text
from probe.documents.mistakes import SetupError


def test_byte_order_mark(tmp_path: pathlib.Path) -> None:
    """Some editors write one; it is no part of the text."""
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_text(tmp_path / "f") == "a: 1"


def test_not_utf8(tmp_path: pathlib.Path) -> None:
    """The place of the first wrong byte."""
    (tmp_path / "f").write_bytes(b"a: 1\nb: \xe4\n")
    with pytest.raises(SetupError, match=r"f:2:4: not UTF-8 text; save it as UTF-8$"):
        read_text(tmp_path / "f")


def test_too_large(tmp_path: pathlib.Path) -> None:
    """A wrong file name does not fill the memory."""
    with (tmp_path / "f").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(SetupError, match="larger than four megabytes"):
        read_text(tmp_path / "f")
