"""The whole matrix: every fault at every server under every version gives exactly its reason, one at a time and all at once."""

import asyncio
import contextlib
import random
import resource
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from probe.model.clock import SystemClock
from tests.matrix import namespace, own_files
from tests.matrix.cell import Cell, Kind
from tests.matrix.cells.all import CELLS
from tests.matrix.fleet import prometheus
from tests.matrix.material import Material, make
from tests.matrix.places import Places, open_places
from tests.matrix.probing import Prober, Said
from tests.matrix.servers import NAMESPACE, OLD_GO, PROGRAMS
from tests.matrix.table import PAGE, Count, expected_counts, render, share_of_exact
from tests.servers import programs

pytestmark = [pytest.mark.server("openssl"), pytest.mark.timeout(600)]

AT_A_TIME = 32
ALL_AT_ONCE = 500
FILES = 8192
"""Open files that so many connections need, with both their ends in this process."""
LEAST_EXACT = 0.97
_NAMESPACE_PORT = 8443


@dataclass(frozen=True, slots=True)
class House:
    """Everything that cells need, standing."""

    prober: Prober
    places: Places

    def there(self, cells: Sequence[Cell]) -> list[Cell]:
        """Those cells whose server is there; in a network namespace there is none."""
        return [cell for cell in cells if (cell.server, cell.at) in self.places]

    async def run(self, cells: Sequence[Cell], at_a_time: int) -> dict[str, Said]:
        """What the product says about each, by the cell's name."""
        gate = asyncio.Semaphore(at_a_time)
        async with asyncio.TaskGroup() as group:
            tasks = {cell.name: group.create_task(self._one(cell, gate)) for cell in cells}
        return {name: task.result() for name, task in tasks.items()}

    async def _one(self, cell: Cell, gate: asyncio.Semaphore) -> Said:
        port = self.places[cell.server, cell.at]
        async with gate:
            if cell.kind is Kind.NAMES:
                return await self.prober.run(cell.client, _NAMESPACE_PORT, name_server=port)
            return await self.prober.run(cell.client, port)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Certificates around now."""
    return make(tmp_path_factory.mktemp("material"), SystemClock().now().replace(microsecond=0))


@pytest.fixture(scope="module")
def house(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """All servers, once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, FILES)), hard))
    files = own_files.make(tmp_path_factory.mktemp("own"), material)
    with contextlib.ExitStack() as running:
        places = open_places(CELLS, material, tmp_path_factory.mktemp("servers"), running)
        yield House(Prober(material, files), places)


@pytest.fixture(scope="module")
def said(house: House) -> Mapping[str, Said]:
    """What the product says about every cell, a few at a time."""
    return asyncio.run(house.run(house.there(CELLS), AT_A_TIME))


def _parameters() -> list:
    """A parameter for each cell, skipped where its program is missing."""
    return [
        pytest.param(
            cell, id=cell.name, marks=[pytest.mark.server(PROGRAMS[cell.server])] if cell.server in PROGRAMS else []
        )
        for cell in CELLS
        if cell.server != NAMESPACE and not (cell.server == OLD_GO and _new_go())
    ]


def _new_go() -> bool:
    """Whether the Prometheus that is installed is of another Go than the one that its cells are about."""
    return programs.find(PROGRAMS[OLD_GO]) is not None and not prometheus.is_of_old_go()


@pytest.mark.parametrize("cell", _parameters())
def test_each_cell(cell: Cell, said: Mapping[str, Said]) -> None:
    """Reason, confidence, what else is true, warnings, and the certificate that is pointed at."""
    _held_to(cell, said[cell.name])


def test_a_network_of_our_own(house: House) -> None:
    """Routes that lead nowhere, for which a packet need not leave this machine."""
    why_not = namespace.possible()
    if why_not is not None:
        pytest.skip(why_not)  # only root of a whole machine may; nothing else can stand in for a dropped SYN
    cells = [cell for cell in CELLS if cell.server == NAMESPACE]

    async def all_of_them() -> list[Said]:
        return [await house.prober.run(cell.client, _NAMESPACE_PORT) for cell in cells]

    for cell, seen in zip(cells, namespace.in_namespace(lambda: asyncio.run(all_of_them())), strict=True):
        _held_to(cell, seen)


def test_the_published_numbers(house: House, said: Mapping[str, Said]) -> None:
    """Per server and version what was measured is what the page says: nothing wrong, and exact wherever it can be known."""
    cells = house.there(CELLS)
    measured: dict[tuple[str, str], Count] = defaultdict(Count)
    for cell in cells:
        count = measured[cell.server, cell.tls]
        verdict = verdict_on(cell, said[cell.name])
        setattr(count, verdict, getattr(count, verdict) + 1)
    assert dict(measured) == expected_counts(cells)
    assert sum(count.wrong for count in measured.values()) == 0
    assert share_of_exact(dict(measured), cells) >= LEAST_EXACT


def test_the_page_is_in_step() -> None:
    """`python -m tests.matrix.table` writes it."""
    assert PAGE.read_text(encoding="utf-8") == render()


def test_five_hundred_at_once_give_the_same_answers(house: House, said: Mapping[str, Said]) -> None:
    """Nothing is shared between handshakes that go on at the same time, whatever becomes of each."""
    cells = house.there(CELLS)
    random.Random(5023).shuffle(cells)
    at_once = asyncio.run(house.run(cells, ALL_AT_ONCE))
    for cell in cells:
        _held_to(cell, at_once[cell.name])
    assert len(at_once) == len(said)


def verdict_on(cell: Cell, seen: Said) -> str:
    """`exact`, `general`, `wrong` or `healthy`: how the page counts it."""
    expected = cell.expected
    if seen.reason is None and expected.reason is None:
        return "healthy"
    if seen.reason is None or seen.reason not in {expected.reason, *expected.or_else}:
        return "wrong"
    return "exact" if expected.general_because is None else "general"


def _held_to(cell: Cell, seen: Said) -> None:
    expected = cell.expected
    outcome = "passed" if expected.reason is None else "failed"
    text = f"{cell.name}\n{seen}"
    assert seen.outcome == outcome, text
    assert seen.reason in {expected.reason, *expected.or_else}, text
    if expected.confidence is not None:
        assert seen.confidence == expected.confidence, text
    if expected.also is not None:
        assert seen.also == expected.also, text
    if expected.subject is not None:
        assert seen.subject == expected.subject, text
    assert seen.warnings == expected.warnings, text
