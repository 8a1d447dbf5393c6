"""A rotation in the middle of a read: certificate and key are always of one issue, as the kubelet swaps them."""

import asyncio
import pathlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from probe.certificates.identity import read_identity
from probe.model.clock import SystemClock
from probe.model.path import Identity
from tests.matrix.cell import Client, Files
from tests.matrix.fleet.door import Door
from tests.matrix.material import Material, make
from tests.matrix.probing import Prober
from tests.matrix.stage import Stage
from tests.matrix.tls_server import context, ok, serving

pytestmark = pytest.mark.server("openssl")

SWAPS = 100
ISSUES = ("good", "good-rsa")


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two good clients whose keys do not fit each other's certificate."""
    return make(tmp_path_factory.mktemp("material"), SystemClock().now().replace(microsecond=0))


class Mount:
    """A Secret as a volume: `tls.crt` and `tls.key` lead through `..data` to the directory of one version."""

    def __init__(self, directory: pathlib.Path, material: Material) -> None:
        """Begin with the first version."""
        self._directory = directory
        self._material = material
        self.swaps = 0
        self.swap()
        for name in ("tls.crt", "tls.key"):
            (directory / name).symlink_to(pathlib.Path("..data") / name)

    @property
    def identity(self) -> Identity:
        """What a path is configured with."""
        return Identity(
            name="rotating", certificate=self._directory / "tls.crt", private_key=self._directory / "tls.key"
        )

    def swap(self) -> None:
        """Write the next version, and point `..data` to it in one step; the version before the last one goes."""
        version = self._directory / f"..version-{self.swaps}"
        version.mkdir()
        pair = self._material.clients[ISSUES[self.swaps % 2]]
        (version / "tls.crt").write_bytes(pair.certificate.read_bytes())
        (version / "tls.key").write_bytes(pair.private_key.read_bytes())
        link = self._directory / "..data_tmp"
        link.symlink_to(version.name)
        link.replace(self._directory / "..data")
        self.swaps += 1
        shutil.rmtree(self._directory / f"..version-{self.swaps - 3}", ignore_errors=True)

    @contextmanager
    def rotating(self) -> Iterator[None]:
        """Swap without a pause for as long as the block lasts, and at least `SWAPS` times."""
        over = threading.Event()

        def swapping() -> None:
            while not over.is_set() or self.swaps < SWAPS:
                self.swap()

        thread = threading.Thread(target=swapping)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def test_a_pair_is_never_mixed(material: Material, tmp_path: pathlib.Path) -> None:
    """However the reads fall between the swaps, what is read is one issue, whole."""
    mount = Mount(tmp_path, material)
    issues = {
        (pair.certificate.read_bytes(), pair.private_key.read_bytes())
        for pair in (material.clients[name] for name in ISSUES)
    }
    read = []
    with mount.rotating():
        while mount.swaps < SWAPS or len(read) < SWAPS:
            read.append(read_identity(mount.identity))
    assert {(loaded.certificate_pem, loaded.key_pem) for loaded in read} <= issues
    assert [loaded.facts.fault_detail for loaded in read if loaded.facts.fault is not None] == []
    assert mount.swaps >= SWAPS


def test_handshakes_go_on_through_a_rotation(material: Material, tmp_path: pathlib.Path) -> None:
    """Each run offers the pair that it has read: a new one is used at once, and no run fails for the swap."""
    mount = Mount(tmp_path, material)
    prober = Prober(material, {"tls.crt": tmp_path / "tls.crt", "tls.key": tmp_path / "tls.key"})
    client = Client(identity=Files(certificate="tls.crt", key="tls.key"))
    with Stage() as stage:
        port = stage.serve(serving(context(material, Door("1.3")), ok))

        async def probes() -> list[str]:
            return [(await prober.run(client, port)).outcome for _ in range(SWAPS)]

        with mount.rotating():
            outcomes = asyncio.run(probes())
    assert outcomes == ["passed"] * SWAPS
