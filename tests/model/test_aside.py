"""Work beside the event loop gives way to it."""

import time
from collections.abc import Iterator

import pytest

from probe.model.aside import WORK_S, aside, gently


def _items() -> Iterator[int]:
    """Three pieces of work, each as long as is done without a rest."""
    for item in range(3):
        until_s = time.perf_counter() + WORK_S
        while time.perf_counter() < until_s:
            pass
        yield item


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each rest was to be."""
    found: list[float] = []
    monkeypatch.setattr("probe.model.aside.time.sleep", found.append)
    return found


async def test_a_rest_after_each_piece(rests: list[float]) -> None:
    """In times of the work; nothing is lost or turned around."""
    assert await aside(2.0, lambda end: [*gently(_items()), end], 3) == [0, 1, 2, 3]
    assert rests == [2 * WORK_S] * 3


async def test_work_begins_anew_after_a_rest(rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """One long piece does not make each short one behind it wait."""
    now = [0.0]
    monkeypatch.setattr("probe.model.aside.time.perf_counter", lambda: now[0])

    def items() -> Iterator[float]:
        for times in (1.5, 0.25, 0.25):
            now[0] += times * WORK_S
            yield times

    assert await aside(2.0, lambda: list(gently(items()))) == [1.5, 0.25, 0.25]
    assert rests == [2 * WORK_S]


async def test_work_is_given_all_its_arguments() -> None:
    """By place and by name."""
    assert await aside(1.0, sorted, [1, 3, 2], reverse=True) == [3, 2, 1]


async def test_what_takes_no_time_needs_no_rest(rests: list[float]) -> None:
    """So a few certificates are judged as fast as without."""
    assert await aside(2.0, lambda: list(gently([1]))) == [1]
    assert rests == []


async def test_nobody_rests_who_is_waited_for(rests: list[float]) -> None:
    """Neither before nor after others have worked aside."""
    await aside(1.0, int)
    assert list(gently(_items())) == [0, 1, 2]
    assert rests == []
