"""The lab for tests that are not asynchronous, and for fixtures of any scope: a thread with a loop of its own."""

import asyncio
import concurrent.futures
import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from probe.lab.files import LabAddresses
from probe.lab.lab import Lab, running_lab
from probe.lab.stripe.state import OpenMoney

T = TypeVar("T")


class LabInThread:
    """A running lab, used from other threads. Made by `lab_in_thread`."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` is the one that `lab` runs in."""
        self._lab = lab
        self._loop = loop

    @property
    def addresses(self) -> LabAddresses:
        """Where it listens, and its ready configuration."""
        return self._lab.addresses

    @property
    def directory(self) -> pathlib.Path:
        """Where `ca.pem`, `identity/tls.crt`, `identity/tls.key` and `stripe_test_key` are."""
        return pathlib.Path(self._lab.addresses.directory)

    @contextlib.contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """One fault for as long as the block lasts. Raises KeyError for unknown names, LabError."""
        self.switch(name, on=True)
        try:
            yield
        finally:
            self.switch(name, on=False)

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a fault on or off; it is in force when this returns. Raises KeyError for unknown names, LabError."""
        self.call(lambda lab: lab.switch(name, on))

    def open_money(self) -> list[OpenMoney]:
        """What was taken or held and not given back."""
        return self.call(lambda lab: lab.state.open_money())

    def call(self, function: Callable[[Lab], T]) -> T:
        """Run `function` where the lab runs: its state belongs to that thread."""

        async def called() -> T:
            return function(self._lab)

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()


@contextlib.contextmanager
def lab_in_thread(directory: pathlib.Path, *, port: int = 0, faults: Sequence[str] = ()) -> Iterator[LabInThread]:
    """Run a lab in `directory` for as long as the block lasts. Raises `LabError`, as `running_lab` does."""
    started: concurrent.futures.Future[tuple[LabInThread, asyncio.Event]] = concurrent.futures.Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with running_lab(directory, port=port, faults=faults) as lab:
            started.set_result((LabInThread(lab, asyncio.get_running_loop()), stop))
            await stop.wait()

    with concurrent.futures.ThreadPoolExecutor(1, "paypath-lab") as threads:
        serving = threads.submit(lambda: asyncio.run(serve()))
        either: tuple[concurrent.futures.Future[Any], ...] = (started, serving)
        concurrent.futures.wait(either, return_when=concurrent.futures.FIRST_COMPLETED)
        if not started.done():
            serving.result()
        lab, stop = started.result()
        try:
            yield lab
        finally:
            lab.call(lambda _: stop.set())
        serving.result()
