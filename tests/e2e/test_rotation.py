"""Rotation against nginx: under load no run fails for it, the next run uses the new certificate, each one is an event; half of one is told."""

import asyncio
import pathlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.certificates import changes
from probe.certificates.changes import Changes
from probe.certificates.inventory import Inventory
from probe.compose.surroundings import Place, surroundings
from probe.history.store import History
from probe.lab.pki import Issued
from probe.model.clock import SystemClock
from probe.model.failure import Confidence
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed
from probe.model.path import Connector, Identity, PaymentPath, PhaseLimits
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.redact.text import Redactor
from probe.runner.runner import Runner
from tests.conftest import StartServer
from tests.servers.material import Material, write_pair
from tests.support.mounts import Mount, Put, directory_link, mounted_secret, one_file

pytestmark = pytest.mark.server("nginx")

ROTATIONS = 34
"""For each of the three ways: a hundred, and two."""
PROBERS = 3
PATIENCE_S = 60.0
CLOCK = SystemClock()


class Load:
    """One process that runs the same scenario again and again, several runs at a time."""

    def __init__(self, identity: Identity, pki: Material, port: int) -> None:
        """Probe nginx, which answers with the serial number that it has seen."""
        connector = Connector(
            url=f"https://localhost:{port}",
            endpoint=Endpoint(host="127.0.0.1", port=port, server_name="localhost"),
            identity=identity,
            trust=pki.trust,
            health_path="/",
        )
        self.path = PaymentPath(name="billing", connector=connector)
        self.runs: list[Run] = []
        self._runner = Runner(
            surroundings(
                Place(redactor=Redactor([]), environment="test", limits=PhaseLimits(default_s=PATIENCE_S)),
                catalogue=load(),
                clock=CLOCK,
                randomness=random.Random(5023),
                observers=(),
            ),
            latches=None,
        )

    async def run(self) -> Run:
        """One run, from the reading of the files to the answer."""
        step = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
        scenario = Scenario(
            name="mtls-handshake",
            summary="One handshake.",
            every_s=10,
            deadline_s=2 * PATIENCE_S,
            steps=(step,),
            source="tests",
        )
        run = await self._runner.run(scenario, self.path, stop=asyncio.Event())
        self.runs.append(run)
        return run

    async def rounds(self) -> None:
        """Run after run, until cancelled."""
        while True:
            await self.run()


def serial_seen(run: Run) -> int:
    """The serial number of the client certificate, in the server's own words."""
    answer = handshake_of(run).http
    assert answer is not None
    return int(answer.body, 16)


def handshake_of(run: Run) -> HandshakeObservation:
    """What its one step saw."""
    (observation,) = (attempt.observation for attempt in run.steps[0].attempts)
    assert isinstance(observation, HandshakeObservation)
    return observation


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are told as soon as it is quiet for a moment: a hundred times a tenth of a second is long for a test."""
    monkeypatch.setattr(changes, "_QUIET_MS", 20)


@contextmanager
def opened(directory: pathlib.Path) -> Iterator[History]:
    """A history for one test."""
    history = History.open(directory)
    try:
        yield history
    finally:
        history.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("put", [mounted_secret, directory_link, one_file])
async def test_a_hundred_rotations_under_load(
    put: Put, pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """No false failure among all runs; the first run after each rotation uses it; each is noticed, and recorded once.

    What is noticed is counted, not timed: the next rotation waits for it.
    """
    issues = [pki.issuing.issue("billing") for _ in range(ROTATIONS + 1)]
    mount = Mount(tmp_path, put, issues[0])
    load = Load(mount.identity, pki, start_nginx(tells_serial=True).port)
    inventory = Inventory(paths=[load.path], identities=(), watches=(), thresholds_s=(86400.0,), clock=CLOCK)
    files = (mount.identity.certificate, mount.identity.private_key or tmp_path)
    noticed = asyncio.Event()
    with opened(tmp_path / "state") as history:
        async with asyncio.TaskGroup() as group:
            busy = [group.create_task(load.rounds()) for _ in range(PROBERS)]
            busy.append(group.create_task(Changes(lambda: files, poll_s=PATIENCE_S).watch(noticed.set)))
            await noticed.wait()
            assert inventory.scan() == ()
            for issued in issues[1:]:
                noticed.clear()
                mount.rotate(issued)
                assert serial_seen(await load.run()) == issued.certificate.serial_number
                await recorded(issued, inventory, history, noticed)
            for task in busy:
                task.cancel()
        rotations = history.rotations(since=load.runs[0].started_at)
    assert [run.outcome for run in load.runs if run.outcome != Passed()] == []
    assert [int(rotation.after.serial, 16) for rotation in rotations] == [
        i.certificate.serial_number for i in issues[1:]
    ]
    assert [rotation.before for rotation in rotations[1:]] == [rotation.after for rotation in rotations[:-1]]
    assert len(load.runs) > ROTATIONS


async def recorded(issued: Issued, inventory: Inventory, history: History, noticed: asyncio.Event) -> None:
    """Wait until the change is told, then look and write down: the one rotation that there was, after however many words."""
    found = ()
    while not found:
        await noticed.wait()
        noticed.clear()
        found = await asyncio.to_thread(inventory.scan)
    (rotation,) = found
    assert int(rotation.after.serial, 16) == issued.certificate.serial_number
    assert history.record_rotation(rotation)


async def test_half_a_rotation_is_told_and_nothing_else_is_used(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """The certificate is new and the key is old: the run fails by that name, and the pair that worked a moment ago is not offered instead."""
    old, new = pki.issuing.issue("billing"), pki.issuing.issue("billing")
    files = write_pair(tmp_path, "client", old)
    identity = Identity(name="billing", certificate=files.certificate, private_key=files.private_key)
    load = Load(identity, pki, start_nginx(tells_serial=True).port)
    assert serial_seen(await load.run()) == old.certificate.serial_number
    files.certificate.write_bytes(new.certificate_pem)
    run = await load.run()
    assert isinstance(run.outcome, Failed)
    failure = run.outcome.failure
    assert (failure.reason, failure.confidence) == ("tls.client_key.mismatch", Confidence.PROVEN)
    assert "certificate.half_rotated" in failure.also
    assert failure.summary.endswith(f"before (serial {old.certificate.serial_number:x}).")
    observation = handshake_of(run)
    assert observation.tls.client_certificate_sent is False
    assert observation.http is None or observation.http.status == 400  # nginx, to a client without certificate
    inventory = Inventory(paths=[load.path], identities=(), watches=(), thresholds_s=(86400.0,), clock=CLOCK)
    inventory.scan()
    assert "still fits the certificate" in str(inventory.entries()[0].half_rotated)
    files.private_key.write_bytes(new.key_pem)
    assert serial_seen(await load.run()) == new.certificate.serial_number


def test_a_restart_forgets_no_leaf(pki: Material, tmp_path: pathlib.Path) -> None:
    """By the rotations in the history a service's old certificate is still recognised, by whatever it shows of it."""
    issues = [pki.issuing.issue("billing") for _ in range(3)]
    files = write_pair(tmp_path, "client", issues[0])
    identity = Identity(name="billing", certificate=files.certificate, private_key=files.private_key)
    with opened(tmp_path / "state") as history:
        for issued in issues:
            issued.write(files.certificate, files.private_key)
            leaves = _leaves_after_a_restart(identity, history)
    assert leaves == [issued.certificate.serial_number for issued in reversed(issues)]


def _leaves_after_a_restart(identity: Identity, history: History) -> list[int]:
    """As a process that starts, looks once and ends."""
    inventory = Inventory(
        paths=(),
        identities=[identity],
        watches=(),
        thresholds_s=(86400.0,),
        clock=CLOCK,
        remembered=history.remembered(),
        rotations=history.rotations(since=CLOCK.now() - timedelta(days=1)),
    )
    for rotation in inventory.scan():
        history.record_rotation(rotation)
    history.remember(inventory.entries())
    return [int(leaf.serial, 16) for leaf in inventory.leaves(identity.name)]
