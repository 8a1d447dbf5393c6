"""Want of what the kernel gives is known by type and errno."""

import errno as e

import pytest

from probe.model.lack import DESCRIPTORS, FILE_SIZE, MEMORY, RAISE, THREADS, FileSizeError, blamed, lacking

NO_FILE = OSError(e.EMFILE, "Too many open files")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (NO_FILE, DESCRIPTORS),
        (OSError(e.ENFILE, "Too many open files in system"), DESCRIPTORS),
        (OSError(e.ENOMEM, "Cannot allocate memory"), MEMORY),
        (MemoryError(), MEMORY),
        (RuntimeError("can't start new thread"), THREADS),
        (FileSizeError(e.EFBIG, "File too large"), FILE_SIZE),
        (OSError(e.EFBIG, "File too large"), None),
        (RuntimeError("no running event loop"), None),
        (OSError(e.EACCES, "Permission denied"), None),
        (OSError("without a number"), None),
        (ValueError(str(NO_FILE)), None),
        (ExceptionGroup("tasks", [NO_FILE, ExceptionGroup("more", [NO_FILE])]), DESCRIPTORS),
        (ExceptionGroup("tasks", [NO_FILE, ValueError()]), None),
        (ExceptionGroup("tasks", [NO_FILE, MemoryError()]), None),
    ],
)
def test_what_is_lacking(error: BaseException, what: str | None) -> None:
    """A group tells of it where all of it does: beside anything else it could hide a bug."""
    assert lacking(error) == what
    assert what is None or RAISE[what]


def test_a_thread_may_lack_memory() -> None:
    """CPython says the same of both (`ulimit -u`, `ulimit -v`), so both are named, and how to get more of either."""
    assert lacking(RuntimeError("can't start new thread")) == "thread, or memory for one,"
    assert "ulimit -u" in RAISE[THREADS]
    assert "ulimit -v" in RAISE[THREADS]


def test_what_broke_off_is_blamed_on_what_was_lacking() -> None:
    """Anything else is a bug of ours."""
    assert blamed(NO_FILE) == f"there was no file descriptor left: {RAISE[DESCRIPTORS]}"
    assert blamed(ValueError()) == "this is a bug"
