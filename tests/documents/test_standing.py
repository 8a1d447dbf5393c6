"""What was made of files is used again only where nothing about them can have changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.documents.standing import SETTLED_S, Standing, stamp_of


class Watch:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        """Begin anywhere."""
        self.now_s = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now_s


def looked(standing: Standing[str], file: Path) -> tuple[str, bool]:
    """The content, and whether the file had to be read for it."""
    stamp = stamp_of([file])
    kept = standing.recall("key", stamp)
    if kept is not None:
        return kept, False
    content = file.read_text()
    standing.keep("key", stamp, content)
    return content, True


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one line."""
    written = tmp_path / "tls.crt"
    written.write_text("one")
    return written


def settle(standing: Standing[str], watch: Watch, file: Path) -> None:
    """Look until it is no longer read."""
    looked(standing, file)
    watch.now_s += SETTLED_S
    looked(standing, file)
    assert looked(standing, file)[1] is False


def test_it_is_read_until_it_has_settled(file: Path) -> None:
    """Within the first second each look reads: the file may be written twice within one tick of its timestamps."""
    watch = Watch()
    standing = Standing[str](watch)
    reads = []
    for now_s in (100.0, 100.5, 100.9, 101.0, 101.0, 500.0):
        watch.now_s = now_s
        reads.append(looked(standing, file)[1])
    assert reads == [True, True, True, True, False, False]


def replaced(file: Path) -> None:
    """As `mv` does."""
    other = file.with_name("new")
    other.write_text("two")
    other.replace(file)


def rewritten(file: Path) -> None:
    """In place, of the same size, with the old time of modification put back."""
    before, clock = file.stat(), file.with_name("clock")
    clock.touch()
    while clock.stat().st_ctime_ns <= before.st_ctime_ns:  # until the file system's clock has ticked, some milliseconds
        clock.touch()
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def linked(file: Path) -> None:
    """As the kubelet swaps `..data`."""
    other = file.with_name("elsewhere")
    other.write_text("two")
    file.unlink()
    file.symlink_to(other)


@pytest.mark.parametrize("change", [replaced, rewritten, linked])
def test_a_change_shows_at_once(file: Path, change: Callable[[Path], None]) -> None:
    """However it is made."""
    watch = Watch()
    standing = Standing[str](watch)
    settle(standing, watch, file)
    change(file)
    assert looked(standing, file) == ("two", True)


def test_what_is_no_file_is_never_remembered(tmp_path: Path, file: Path) -> None:
    """A missing file, a directory and a name that cannot be one have no stamp; a path that is not configured does not matter."""
    assert stamp_of([file, tmp_path / "missing"]) is None
    assert stamp_of([tmp_path]) is None
    assert stamp_of([Path("a\0b")]) is None
    assert stamp_of([file, None]) == stamp_of([file])
    standing = Standing[str]()
    standing.keep("key", None, "made")
    assert standing.recall("key", None) is None


def test_memory_is_bounded(file: Path) -> None:
    """Whoever asks under ever new keys does not fill it."""
    watch = Watch()
    standing = Standing[str](watch)
    settle(standing, watch, file)
    for number in range(5000):
        standing.keep(number, stamp_of([file]), "made")
    assert looked(standing, file)[1] is True
