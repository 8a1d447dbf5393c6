"""The second reading of an identity that a run found unusable."""

import asyncio
import pathlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from probe.model.clock import FakeClock
from probe.model.identity import FileFault, IdentityFacts, LoadedIdentity
from probe.model.network import Endpoint
from probe.model.path import Connector, Identity, PaymentPath
from probe.model.run import Run
from probe.schedule.second_look import SecondLook
from probe.telemetry.identities import APART_S
from tests.support.runs import NOW, make_attempt, make_handshake, make_identity, make_run, make_step

IDENTITY = Identity(name="billing", certificate=pathlib.Path("/tls.crt"), private_key=pathlib.Path("/tls.key"))
PATH = PaymentPath(
    name="billing",
    connector=Connector(
        url="https://connector:8443",
        endpoint=Endpoint(host="connector", port=8443, server_name="connector"),
        identity=IDENTITY,
    ),
)
GOOD = make_identity()
BROKEN = replace(GOOD, fault=FileFault.KEY_MISMATCH)


class Files:
    """What is read, and when; each reading takes the next of `contents`."""

    def __init__(self, *contents: IdentityFacts | Exception) -> None:
        """The last one stays."""
        self.clock = FakeClock(NOW)
        self.contents = list(contents)
        self.read_at: list[float] = []
        self.told: list[tuple[object, ...]] = []
        self.anything = asyncio.Event()

    async def read(self, identity: Identity, security_level: int | None) -> LoadedIdentity:
        """One reading."""
        assert (identity, security_level) == (IDENTITY, None)
        self.read_at.append(self.clock.monotonic())
        self.anything.set()
        content = self.contents.pop(0) if len(self.contents) > 1 else self.contents[0]
        if isinstance(content, Exception):
            raise content
        return LoadedIdentity(facts=content)

    def tell(self, *told: object) -> None:
        """What is told."""
        self.told.append(told)
        self.anything.set()


def run_with(identity: IdentityFacts, path: str = "billing") -> Run:
    """A run that read this."""
    seen = make_handshake(identity=identity)
    return replace(make_run((make_step(attempts=(make_attempt(observation=seen),)),)), path=path)


async def look(files: Files, run: Run, until: Callable[[], bool]) -> None:
    """Let it look until something has happened, or until a hundred turns have shown that nothing does."""
    second = SecondLook([PATH], read=files.read, tell=files.tell, clock=files.clock)
    second.run_finished(run)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(second.keep_looking())
        for _ in range(100):
            if until():
                break
            await asyncio.sleep(0)
        looking.cancel()


@pytest.mark.parametrize("then", [BROKEN, GOOD], ids=["broken", "mended"])
async def test_what_a_run_found_unusable_is_read_again(then: IdentityFacts) -> None:
    """Once, late enough to count as a reading of its own, and told as it is by then."""
    files = Files(then)
    await look(files, run_with(BROKEN), lambda: bool(files.told))
    assert files.told == [("billing", "billing", then is GOOD)]
    assert len(files.read_at) == 1
    assert files.read_at[0] >= APART_S


@pytest.mark.parametrize("run", [run_with(GOOD), run_with(BROKEN, path="another")], ids=["usable", "not configured"])
async def test_nothing_else_is_read_again(run: Run) -> None:
    """Neither what was fine nor what is no longer configured."""
    files = Files(BROKEN)
    await look(files, run, lambda: bool(files.told))
    assert files.read_at == []


async def test_a_bug_in_reading_does_not_end_the_looking(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next run's fault is looked at again."""
    files = Files(RuntimeError("boom"), BROKEN)
    second = SecondLook([PATH], read=files.read, tell=files.tell, clock=files.clock)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(second.keep_looking())
        second.run_finished(run_with(BROKEN))
        await files.anything.wait()
        files.anything.clear()
        second.run_finished(run_with(BROKEN))
        while not files.told:  # noqa: ASYNC110 - a turn of the loop at a time: the fake clock never really sleeps
            await asyncio.sleep(0)
        looking.cancel()
    assert files.told == [("billing", "billing", False)]
    assert "this is a bug" in caplog.text
