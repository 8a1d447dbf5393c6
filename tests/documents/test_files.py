"""Small text files."""

import pathlib

import pytest

from probe.documents.files import MAX_BYTES, read_regular, read_text
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


def test_all_of_a_file_up_to_its_limit(tmp_path: pathlib.Path) -> None:
    """A file of exactly the limit is read whole, one byte more is refused."""
    (tmp_path / "f").write_bytes(b"x" * 100)
    assert read_regular(tmp_path / "f", 100) == b"x" * 100
    with pytest.raises(OSError, match="larger than 99 bytes"):
        read_regular(tmp_path / "f", 99)


def test_a_file_that_tells_no_size() -> None:
    """The kernel's own files say that they are empty, and are not."""
    file = pathlib.Path("/proc/self/status")
    if not file.exists():
        pytest.skip("no /proc here")
    assert file.stat().st_size == 0
    assert read_regular(file, 100_000).startswith(b"Name:")
    with pytest.raises(OSError, match="larger than 10 bytes"):
        read_regular(file, 10)
