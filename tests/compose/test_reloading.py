"""What is written while a process starts is not missed."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from probe.compose.reloading import Reloading
from probe.compose.setup import set_up

PATIENCE_S = 60
RIGHT = "paths: {billing: {connector: {url: https://127.0.0.1:8443}}}\n"


@dataclass
class Start:
    """A process that has read its configuration and does not look for changes yet."""

    file: Path
    group: asyncio.TaskGroup
    said: list[str] = field(default_factory=list)
    renewed: asyncio.Event = field(default_factory=asyncio.Event)

    def reloading(self) -> Reloading:
        """What will look for them, with stand-ins for all that tells of it."""
        observer = SimpleNamespace(reloaded=lambda **_: None)
        board = SimpleNamespace(note=lambda _kind, text: self.said.append(text))
        lasting: Any = SimpleNamespace(telemetry=SimpleNamespace(observer=observer), board=board)
        first: Any = SimpleNamespace(setup=set_up(self.file, {}))
        return Reloading(
            self.file,
            {},
            lasting=lasting,
            first=first,
            group=self.group,
            took_over=lambda _: None,
            renewed=self.renewed.set,
        )


async def test_what_was_written_while_it_started_is_seen(tmp_path: Path) -> None:
    """Between the reading and the first look of the watch: nobody told of it, until the next change."""
    file = tmp_path / "paypath.yaml"
    file.write_text(RIGHT, encoding="utf-8")
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        start = Start(file, group)
        reloading = start.reloading()
        file.write_text("paths: nothing\n", encoding="utf-8")
        looking = group.create_task(reloading.keep_looking(asyncio.Event()))
        while reloading.problem is None:  # noqa: ASYNC110 - what is written is read on a thread
            await asyncio.sleep(0.01)
        looking.cancel()
    assert any("refused, and the one before goes on" in each for each in start.said)


async def test_that_nothing_was_is_no_news(tmp_path: Path) -> None:
    """What the admin face shows is read anew all the same."""
    file = tmp_path / "paypath.yaml"
    file.write_text(RIGHT, encoding="utf-8")
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        start = Start(file, group)
        looking = group.create_task(start.reloading().keep_looking(asyncio.Event()))
        await start.renewed.wait()
        looking.cancel()
    assert start.said == []
