"""A lab whose simulator a test can see into and hold back: in this process, on a thread of its own, with the probe outside."""

import asyncio
import json
import pathlib
import ssl
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import yaml

from probe.billing.marking import ENDS_BY_KEY, RUN_KEY
from probe.lab.lab import running_lab
from probe.lab.stripe.state import OpenMoney
from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S

T = TypeVar("T")


class WatchedClock(SystemClock):
    """The machine's clock, which says when the simulator begins to hold a request back."""

    def __init__(self) -> None:
        """Nothing is held back yet."""
        self.held = threading.Semaphore(0)
        """Released once for each request that is held back."""
        self.let_go = threading.Semaphore(0)
        """Released once for each of them that goes on."""
        self.on_held: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        """The simulator sleeps only where a slow fault holds a request back (and between tries of a webhook)."""
        self.on_held()
        self.held.release()
        await super().sleep(seconds)
        self.let_go.release()


class OpenLab(AbstractContextManager["OpenLab"]):
    """A healthy lab for as long as the block lasts."""

    def __init__(self, directory: pathlib.Path) -> None:
        """It starts with the block."""
        self.clock = WatchedClock()
        self._directory = directory / "lab"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        """Start, and return when all listens."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S), "the lab did not start"
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)

    @property
    def config(self) -> str:
        """The ready configuration."""
        return self._lab.addresses.configuration

    def configured(self, file: pathlib.Path, **keys: object) -> str:
        """The ready configuration with other top-level keys, written to `file`."""
        content = yaml.safe_load(pathlib.Path(self.config).read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump({**content, **keys}, sort_keys=False), encoding="utf-8")
        return str(file)

    def switch(self, fault: str, *, on: bool) -> None:
        """Flip one of the lab's public switches."""
        self._call(lambda: self._lab.switch(fault, on))

    def restrict(self, permissions: frozenset[str]) -> None:
        """Let the lab's own key do no more than these, `rak_charge_write`."""
        path = yaml.safe_load(pathlib.Path(self.config).read_text(encoding="utf-8"))["paths"]["billing"]
        key = pathlib.Path(path["stripe"]["api_key_file"]).read_text(encoding="utf-8").strip()
        self._call(lambda: self._lab.state.restricted.update({key: permissions}))

    def made(self, address: str, form: Mapping[str, object]) -> str:
        """The id of what a plain request makes at the simulator, by another client than the probe."""
        trust = yaml.safe_load(pathlib.Path(self.config).read_text(encoding="utf-8"))
        path, identity = trust["paths"]["billing"], trust["identities"]["billing"]
        context = ssl.create_default_context(cafile=path["connector"]["trust"])
        context.load_cert_chain(identity["certificate"], identity["private_key"])
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{path['connector']['url']}/{address}",
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": "Bearer sk_test_somebody_else"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S, context=context) as answer:  # noqa: S310 - loopback
            return str(json.loads(answer.read())["id"])

    def hold(self, fault: str, *, delay_s: float, once: bool = False) -> None:
        """Hold requests back by one of the switches that only tests flip; `once` lets all but the first one through."""
        faults = self._lab.stripe_faults
        faults.delay_s = delay_s
        self.clock.on_held = faults.active.clear if once else lambda: None
        faults.active.add(fault)

    def wait_until_held(self) -> None:
        """Wait until the simulator holds one more request back."""
        assert self.clock.held.acquire(timeout=PATIENCE_S), "no request was held back"

    def wait_until_let_go(self) -> None:
        """Wait until a request that was held back goes on; what it does is seen by whoever asks the lab after this."""
        assert self.clock.let_go.acquire(timeout=PATIENCE_S), "no request went on"

    def watch(self, tripwire: Callable[[str, str], None]) -> None:
        """Call it with the method and the `Authorization` of each request, before it is executed and before it is answered, on the lab's thread."""
        self._lab.stripe_faults.tripwire = tripwire

    def age(self, seconds: int) -> None:
        """Let what is at the simulator be older: as if so much time had passed since."""

        def age() -> None:
            for kind in fields(self._lab.state.all):
                for made in getattr(self._lab.state.all, kind.name):
                    made["created"] = made.get("created", 0) - seconds
                    ends_by = made.get("metadata", {}).get(ENDS_BY_KEY)
                    if ends_by is not None:
                        earlier = datetime.fromisoformat(ends_by) - timedelta(seconds=seconds)
                        made["metadata"][ENDS_BY_KEY] = earlier.strftime("%Y-%m-%dT%H:%M:%SZ")

        self._call(age)

    def left(self) -> list[str]:
        """Ids of what nobody would want to find: money, and objects that are open or should have been deleted."""

        def look() -> list[str]:
            every = self._lab.state.all
            money = [str(open_money.payment_intent or open_money.charge) for open_money in self._lab.state.open_money()]
            intents = [*every.payment_intents, *every.setup_intents]
            unfinished = [intent["id"] for intent in intents if intent["status"] not in {"succeeded", "canceled"}]
            attached = [method["id"] for method in every.payment_methods if method["customer"] is not None]
            probes = [
                made for made in every.webhook_endpoints if RUN_KEY in made["metadata"]
            ]  # the lab has one of its own
            undeleted = [made["id"] for made in (*every.customers, *probes)]
            return [*money, *unfinished, *attached, *undeleted]

        return self._call(look)

    def intents(self) -> list[dict[str, Any]]:
        """Every payment intent that was ever made."""
        return self._call(lambda: [dict(intent) for intent in self._lab.state.all.payment_intents])

    def open_money(self) -> list[OpenMoney]:
        """What was taken or held and not given back."""
        return self._call(self._lab.state.open_money)

    def unfinished(self) -> list[dict[str, Any]]:
        """Payment intents that somebody could still pay or capture."""
        return self._call(self._lab.state.unfinished_intents)

    def _call(self, function: Callable[[], T]) -> T:
        """Run it on the lab's own thread: the simulator's state belongs to its loop."""

        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with running_lab(self._directory, clock=self.clock) as self._lab:
            self._ready.set()
            await self._stop.wait()
