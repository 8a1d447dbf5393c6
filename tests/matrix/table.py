"""Write `docs/matrix.md` from the cells: `python -m tests.matrix.table`, or `--check` whether it is in step.

The numbers are those of the cells as they are expected; `test_matrix.py` measures the same ones, and fails where they differ.
"""

import pathlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.matrix.cell import Cell, Kind
from tests.matrix.cells.all import CELLS
from tests.matrix.servers import ALL

ROOT: Final = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE: Final = ROOT / "docs" / "matrix.md"

_INTRODUCTION: Final = """\
# The matrix: every fault at every server

Generated from `tests/matrix` by `python -m tests.matrix.table`. Do not edit.

Each cell is one fault, at one server, under one TLS version. `make test` starts the servers (nginx, haproxy, Envoy, stunnel, Apache,
`openssl s_server`, Go of today and, where Debian 12's Prometheus is there, Go 1.19, a server on our own TLS driver, and a fault injector of raw sockets), drives the product at
each of the {cells} cells, once a few at a time and once {at_once} at a time, and holds it to the reason, how sure it is, what else it says is
true, and which certificate it points at.

- **exact**: the reason names the fault.
- **general**: the reason names its family, because the server does not say more and our own files do not prove more. Each is listed below.
- **wrong**: a reason that names another fault. None is allowed.
- **healthy**: nothing is wrong, and nothing is said to be wrong.

Of the {knowable} cells whose fault the server discloses, or our own files or verification prove, {exact} are exact ({share}).

"""


@dataclass(slots=True)
class Count:
    """How the cells of one server and version come out."""

    exact: int = 0
    general: int = 0
    wrong: int = 0
    healthy: int = 0

    @property
    def cells(self) -> int:
        """All of them."""
        return self.exact + self.general + self.wrong + self.healthy


Counts = dict[tuple[str, str], Count]


def expected_counts(cells: Iterable[Cell]) -> Counts:
    """What a run must come to."""
    counts: Counts = defaultdict(Count)
    for cell in cells:
        count = counts[cell.server, cell.tls]
        if cell.expected.reason is None:
            count.healthy += 1
        elif cell.expected.general_because is None:
            count.exact += 1
        else:
            count.general += 1
    return dict(counts)


def share_of_exact(counts: Counts, cells: Iterable[Cell]) -> float:
    """Exact cells among those whose fault can be known."""
    knowable = sum(1 for cell in cells if cell.expected.reason is not None and cell.expected.knowable)
    return sum(count.exact for count in counts.values()) / knowable


def render() -> str:
    """The page."""
    counts = expected_counts(CELLS)
    knowable = sum(1 for cell in CELLS if cell.expected.reason is not None and cell.expected.knowable)
    share = share_of_exact(counts, CELLS)
    text = _INTRODUCTION.format(
        cells=len(CELLS),
        at_once=500,
        knowable=knowable,
        exact=sum(count.exact for count in counts.values()),
        share=f"{share:.1%}",
    )
    return text + "\n".join([*_servers(counts), *_general(), *_faults()]) + "\n"


def _servers(counts: Counts) -> list[str]:
    rows = [("server", "TLS", "cells", "exact", "general", "wrong", "healthy")]
    order = {server: place for place, server in enumerate(ALL)}
    total = Count()
    for (server, tls), one in sorted(counts.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        rows.append((server, tls, *map(str, (one.cells, one.exact, one.general, one.wrong, one.healthy))))
        total = Count(
            total.exact + one.exact,
            total.general + one.general,
            total.wrong + one.wrong,
            total.healthy + one.healthy,
        )
    numbers = (total.cells, total.exact, total.general, total.wrong, total.healthy)
    rows.append(("all", "", *map(str, numbers)))
    return ["## Per server and TLS version", "", *_table(rows), ""]


def _general() -> list[str]:
    found: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for cell in CELLS:
        because = cell.expected.general_because
        if because is not None:
            found[cell.fault, str(cell.expected.reason), because][_place(cell)] = None
    rows = [("fault", "reason given", "where", "why not more")]
    rows += [(fault, f"`{reason}`", _places(where), why) for (fault, reason, why), where in found.items()]
    return ["## What stays general, and why", "", *_table(rows), ""]


def _faults() -> list[str]:
    lines: list[str] = []
    for kind in Kind:
        found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for cell in CELLS:
            if cell.kind is kind:
                said = f"`{cell.expected.reason}`" if cell.expected.reason else "healthy"
                others = sorted(cell.expected.also or ())
                said += f" (also {', '.join(f'`{one}`' for one in others)})" if others else ""
                said += f" (with the warning `{'`, `'.join(sorted(cell.expected.warnings))}`)" * bool(
                    cell.expected.warnings
                )
                found[cell.fault, said][_place(cell)] = None
        rows = [("fault", "what is said", "where")]
        rows += [(fault, said, _places(where)) for (fault, said), where in found.items()]
        lines += [f"## {kind[0].upper()}{kind[1:]}", "", *_table(rows), ""]
    return lines[:-1]


def _place(cell: Cell) -> str:
    return f"{cell.server} {cell.tls}"


def _places(places: Iterable[str]) -> str:
    """`nginx, haproxy 1.2, Apache`: a version only where there is one of two."""
    versions: dict[str, list[str]] = defaultdict(list)
    for place in places:
        server, _, tls = place.rpartition(" ")
        versions[server].append(tls)
    return ", ".join(
        server if tls in (["1.2", "1.3"], ["any"]) else f"{server} {' and '.join(tls)}"
        for server, tls in versions.items()
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = rows
    return [_row(head), _row(["---"] * len(head)), *map(_row, body)]


def _row(words: Sequence[str]) -> str:
    return f"| {' | '.join(word.replace('|', chr(92) + '|') for word in words)} |"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` say whether it is in step."""
    if "--check" not in arguments:
        PAGE.write_text(render(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == render():
        return 0
    sys.stderr.write("docs/matrix.md is not in step with tests/matrix: run `python -m tests.matrix.table`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
