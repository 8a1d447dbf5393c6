"""Changes of files are noticed without a restart, in whatever way they come about."""

import asyncio
import os
import pathlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest

from probe.certificates import changes as module
from probe.certificates.changes import Changes

NEVER_S = 3600.0
"""So long no test lasts: what is noticed is not noticed by looking."""


class Watched:
    """The calls of one watch."""

    def __init__(self) -> None:
        """None yet."""
        self.calls: asyncio.Queue[None] = asyncio.Queue()

    async def noticed(self) -> None:
        """Wait for the next call, and forget those that have come with it."""
        await self.calls.get()
        while not self.calls.empty():
            self.calls.get_nowait()


@asynccontextmanager
async def watching(*paths: pathlib.Path, poll_s: float = NEVER_S) -> AsyncIterator[Watched]:
    """Watch `paths`; the first call, which comes in any case, has been."""
    watched = Watched()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Changes(lambda: paths, poll_s=poll_s).watch(lambda: watched.calls.put_nowait(None)))
        await watched.noticed()
        yield watched
        task.cancel()


def _swap(mount: pathlib.Path, version: str) -> None:
    """As the kubelet does: a new directory, then the link to it in one step, then the old one goes."""
    old = (mount / "..data").readlink() if (mount / "..data").is_symlink() else None
    (mount / version).mkdir()
    (mount / version / "tls.crt").write_text(version, encoding="utf-8")
    (mount / "..data_tmp").symlink_to(version)
    (mount / "..data_tmp").replace(mount / "..data")
    if old is not None:
        shutil.rmtree(mount / old)


def _write(file: pathlib.Path) -> None:
    file.write_text("written in place", encoding="utf-8")


def _rename(file: pathlib.Path) -> None:
    new = file.with_name("new")
    new.write_text("renamed", encoding="utf-8")
    new.replace(file)


def _replace_directory(file: pathlib.Path) -> None:
    file.parent.rename(file.parent.with_name("old"))
    file.parent.mkdir()
    _write(file)


def _unlink(file: pathlib.Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [_write, _rename, _unlink, _replace_directory])
async def test_a_file(tmp_path: pathlib.Path, change: Callable[[pathlib.Path], None]) -> None:
    """Written in place, renamed onto, removed, its directory replaced; and what happens after that, too."""
    file = tmp_path / "tls" / "tls.crt"
    file.parent.mkdir()
    _write(file)
    async with watching(file) as watched:
        for following in (change, _write, _rename):
            following(file)
            await watched.noticed()


async def test_a_mounted_secret(tmp_path: pathlib.Path) -> None:
    """The link `..data` is swapped, again and again; the directory of a version is removed after it."""
    _swap(tmp_path, "..v0")
    (tmp_path / "tls.crt").symlink_to("..data/tls.crt")
    async with watching(tmp_path / "tls.crt") as watched:
        for number in range(1, 6):
            _swap(tmp_path, f"..v{number}")
            await watched.noticed()


async def test_a_file_that_comes_later(tmp_path: pathlib.Path) -> None:
    """Its directories come one after the other."""
    file = tmp_path / "a" / "b" / "tls.crt"
    async with watching(file) as watched:
        for make in (file.parent.parent.mkdir, file.parent.mkdir, file.touch):
            make()
            await watched.noticed()


async def test_a_directory(tmp_path: pathlib.Path) -> None:
    """Every file that comes into it."""
    async with watching(tmp_path) as watched:
        for name in ("one", "two"):
            (tmp_path / name).touch()
            await watched.noticed()


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        RuntimeError("Error creating recommended watcher: of no known kind"),
        FileNotFoundError(2, "gone"),
    ],
)
async def test_polling_alone_is_enough(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Where the kernel tells nothing: said once, however many watch, and the files are looked at."""

    async def deaf(*_paths: str, **_options: object) -> AsyncIterator[set[tuple[int, str]]]:
        raise error
        yield set()

    monkeypatch.setattr(module, "awatch", deaf)
    monkeypatch.setattr(module, "_said", set())
    file = tmp_path / "tls.crt"
    async with watching(file, poll_s=0.01) as watched, watching(tmp_path, poll_s=0.01):
        for change in (_write, _rename, _unlink):
            change(file)
            await watched.noticed()
    said = [record.getMessage() for record in caplog.records if record.name == "paypath.certificates"]
    gone = isinstance(error, FileNotFoundError)
    assert said == (
        [] if gone else [f"changed files are noticed every 0.01 s only: the kernel tells no changes of them ({error})"]
    )


async def test_too_many_directories_are_only_looked_at(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel's watches are for others, too."""
    monkeypatch.setattr(module, "_MOST_DIRECTORIES", 1)
    monkeypatch.setattr(module, "_said", set())
    async with watching(tmp_path / "tls.crt", poll_s=0.01) as watched:
        _write(tmp_path / "tls.crt")
        await watched.noticed()
    assert "too many to listen to" in caplog.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_directory_that_may_not_be_read_keeps_nobody_from_listening_to_the_others(
    tmp_path: pathlib.Path,
) -> None:
    """It is only looked at."""
    closed, file = tmp_path / "closed", tmp_path / "open" / "tls.crt"
    for directory in (closed, file.parent):
        directory.mkdir()
    closed.chmod(0o100)
    async with watching(closed / "tls.crt", file) as watched:
        _write(file)
        await watched.noticed()


async def test_the_paths_are_asked_for_anew(tmp_path: pathlib.Path) -> None:
    """What is watched may change while it is watched."""
    wanted: list[pathlib.Path] = [tmp_path / "one"]
    watched = Watched()

    def paths() -> Iterable[pathlib.Path]:
        return tuple(wanted)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(Changes(paths, poll_s=0.01).watch(lambda: watched.calls.put_nowait(None)))
        await watched.noticed()
        wanted.append(tmp_path / "two")
        await watched.noticed()
        _write(tmp_path / "two")
        await watched.noticed()
        task.cancel()
