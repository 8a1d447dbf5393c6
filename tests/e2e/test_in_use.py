"""The file is not the service: a real Envoy holds the old client certificate until it is started anew, and paypath says so."""

import pathlib
import shutil
import urllib.request
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from probe.certificates.in_use import look
from probe.certificates.inventory import Inventory
from probe.lab.pki import Issued
from probe.model.clock import SystemClock
from probe.model.path import Identity, InUse, InUseKind
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import paypath
from tests.servers import envoy
from tests.servers.envoy import Envoy, Given
from tests.servers.material import Material, Pair, write_pair
from tests.servers.process import Server

pytestmark = pytest.mark.server("envoy", "nginx")

CLOCK = SystemClock()
NOT_USED = "certificate.rotated_but_not_used"


class Service:
    """The billing service: its Envoy, the connector behind that, and the two files that both it and paypath are given."""

    def __init__(self, directory: pathlib.Path, pki: Material, running: Server, servers: ExitStack) -> None:
        """A certificate for 20 more days; nothing runs yet."""
        self._pki, self.connector, self._servers, self._directory = pki, running, servers, directory
        self._starts = 0
        self.old = pki.issuing.issue("billing", san=("billing.example",), not_after=pki.now + timedelta(days=20))
        self.new = pki.issuing.issue("billing", san=("billing.example",))
        self.pair: Pair = write_pair(directory, "client", self.old)

    def start(self, given: Given) -> Envoy:
        """Start its Envoy, with what the files hold now."""
        self._starts += 1
        directory = self._directory / f"envoy-{self._starts}"
        directory.mkdir()
        started = envoy.start(directory, self.pair, given=given, trust=self._pki.trust, connector=self.connector.port)
        self._servers.callback(started.server.stop)
        return started

    def rotate(self) -> None:
        """Put the new pair in place."""
        self.pair = write_pair(self._directory, "client", self.new)

    def paying_with(self, running: Envoy) -> Issued:
        """Pay: the connector says which certificate it was shown."""
        with urllib.request.urlopen(f"http://{running.server.address}/", timeout=30) as answer:
            serial = int(answer.read(), 16)
        return next(issued for issued in (self.old, self.new) if issued.certificate.serial_number == serial)


@pytest.fixture
def service(tmp_path: pathlib.Path, pki: Material, start_nginx: StartServer, servers: ExitStack) -> Service:
    """One with a connector that names the certificate that it is shown."""
    return Service(tmp_path, pki, start_nginx(tells_serial=True), servers)


class Told:
    """What paypath says of the service's identity: each command is a process of its own, as from cron."""

    def __init__(self, directory: pathlib.Path, pki: Material, service: Service) -> None:
        """The probe shakes hands with the same connector, with the same two files."""
        self._service = service
        paths = {"billing": connector(service.connector.port, trust=pki.trust, identity="billing")}
        files = {"billing": (service.pair.certificate, service.pair.private_key)}
        self._config = write(directory, paths, identities=files)

    def leaf(self, running: Envoy) -> dict[str, object]:
        """The identity's leaf in `paypath certs`."""
        held = {"source": {"kind": "file", "path": str(self._service.pair.certificate)}, "held": "identity"}
        lines = self._ask("certs", running)
        return next(
            line for line in lines if line["ours"] and any(held.items() <= seen.items() for seen in _seen(line))
        )

    def valid_until(self, running: Envoy) -> datetime:
        """The moment until which money can flow, by `paypath forecast`."""
        (line,) = self._ask("forecast", running)
        return datetime.fromisoformat(str(line["valid_until"]))

    def _ask(self, verb: str, running: Envoy) -> list[dict[str, object]]:
        where = "PAYPATH_IDENTITIES__BILLING__IN_USE__"
        env = {f"{where}KIND": "envoy-admin", f"{where}URL": running.admin}
        done = paypath("--config", self._config, "--format", "json", verb, env=env)
        assert done.err == ""
        return done.json_lines()


def _seen(line: dict[str, object]) -> list[dict[str, object]]:
    """Its sightings."""
    found = line["seen"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("given", [Given.FILE, Given.INLINE])
def test_envoy_holds_the_old_certificate(given: Given, service: Service, tmp_path: pathlib.Path, pki: Material) -> None:
    """The files are new, the probe passes with them, and payments still go out with the old one, until Envoy is started anew."""
    running = service.start(given)
    told = Told(tmp_path, pki, service)
    assert service.paying_with(running) is service.old
    assert NOT_USED not in told.leaf(running)["reasons"]

    service.rotate()
    assert service.paying_with(running) is service.old
    leaf = told.leaf(running)
    assert leaf["serial"] == f"{service.new.certificate.serial_number:x}"
    assert NOT_USED in leaf["reasons"]
    old_end = service.old.certificate.not_valid_after_utc
    assert datetime.fromisoformat(str(leaf["in_use_until"])) == old_end
    assert told.valid_until(running) == old_end

    running = service.start(given)
    assert service.paying_with(running) is service.new
    leaf = told.leaf(running)
    assert NOT_USED not in leaf["reasons"]
    assert leaf["in_use_until"] is None
    assert told.valid_until(running) > old_end


async def test_envoy_that_watches_its_files(service: Service, tmp_path: pathlib.Path) -> None:
    """Over SDS it names no file: what it holds is known by serial number and SANs. Of writing in place it takes no notice, of renaming it does."""
    running = service.start(Given.SDS)
    identity = Identity(
        name="billing",
        certificate=service.pair.certificate,
        private_key=service.pair.private_key,
        in_use=InUse(kind=InUseKind.ENVOY_ADMIN, url=f"{running.admin}/certs"),
    )
    inventory = Inventory(paths=(), identities=[identity], watches=(), thresholds_s=(86400.0,), clock=CLOCK)
    inventory.scan()
    assert (await _not_in_use(identity, inventory)) is None
    service.rotate()
    (rotation,) = inventory.scan()
    assert (rotation.before, rotation.after.not_after) != (None, service.old.certificate.not_valid_after_utc)
    assert (await _not_in_use(identity, inventory)) == service.old.certificate.not_valid_after_utc
    shutil.copy(service.pair.certificate, tmp_path / "renamed").replace(service.pair.certificate)
    while (await _not_in_use(identity, inventory)) is not None:
        assert running.server.process.poll() is None
    assert service.paying_with(running) is service.new


async def _not_in_use(identity: Identity, inventory: Inventory) -> datetime | None:
    """Look at Envoy; until when the older one counts that it holds."""
    assert identity.in_use is not None
    known = inventory.leaves(identity.name)
    found = await look(identity.in_use, clock=CLOCK, limit_s=30, certificate=identity.certificate, known=known)
    assert (found.error, found.certificate in known) == (None, True)
    inventory.found_in_use(identity.name, found)
    return next(entry.not_in_use for entry in inventory.entries() if entry.ours)
