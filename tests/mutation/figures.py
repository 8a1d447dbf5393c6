"""The figures of docs/mutation.md: a row for each file, as it was when it was last tried, and their sums for each room."""

import ast
import collections
import hashlib
import operator
import pathlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

BEGIN: Final = "<!-- figures: written by `make mutation` -->"
END: Final = "<!-- end of figures -->"
NOTICED: Final = ("killed", "timeout", "suspicious", "segfault")
"""What mutmut says of a change that a test noticed. One that never ends is noticed too."""
_ROOMS_HEAD: Final = """| room | files | changes tried | noticed | survived | of these explained | noticed of all |
|---|---:|---:|---:|---:|---:|---:|"""
_FILES_HEAD: Final = """| file | on | its content | changes tried | noticed | survived | of these explained |
|---|---|---|---:|---:|---:|---:|"""
_STATUS: Final = re.compile(r"^\s*(probe\.[\w.ǁ]+): (\w[\w ]*)$", re.MULTILINE)
_ROW: Final = re.compile(
    r"^\| `(?P<file>\w+/\w+)` \| (?P<on>[-\d]+) \| (?P<content>\w+) \| (?P<tried>[\d,]+)(?: of (?P<made>[\d,]+))? \| (?P<noticed>[\d,]+) \| [\d,]+ \| [\d,]+ \|$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the changes to one file."""

    file: str
    """Room and module: `classify/whose`."""
    on: date
    content: str
    """The beginning of the SHA-256 of what was tried, without imports."""
    made: int
    tried: int
    noticed: int

    @property
    def survived(self) -> int:
        """Tried, and not noticed."""
        return self.tried - self.noticed


def content_of(path: pathlib.Path) -> str:
    """What tells one state of a file from another: its lines but for imports, in which nothing is changed."""
    text = path.read_text(encoding="utf-8")
    imports = (node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom))
    passed = {number for node in imports for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    lines = (line for number, line in enumerate(text.splitlines(), start=1) if line and number not in passed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:7]


def file_of(mutant: str) -> str:
    """`probe.classify.whose.x_f__mutmut_1` is a change to `classify/whose`."""
    _, room, module, _ = mutant.split(".", maxsplit=3)
    return f"{room}/{module}"


def statuses(said: str) -> dict[str, str]:
    """What became of each change, in the words of `mutmut results --all true`."""
    return dict(_STATUS.findall(said))


def rows_of(said: Mapping[str, str], contents: Mapping[str, str], on: date) -> dict[str, Row]:
    """A row for each file of `contents` that was tried, or in which there is nothing to change."""
    counted: dict[str, collections.Counter[str]] = {file: collections.Counter() for file in contents}
    for name, status in said.items():
        counted[file_of(name)]["noticed" if status in NOTICED else status] += 1
    rows = {
        file: Row(
            file,
            on,
            contents[file],
            made=count.total(),
            tried=count.total() - count["not checked"],
            noticed=count["noticed"],
        )
        for file, count in counted.items()
    }
    return {file: row for file, row in rows.items() if row.tried or not row.made}


def still_surviving(explained: Mapping[str, str], said: Mapping[str, str], tried: Collection[str]) -> dict[str, str]:
    """The reasons without those of changes, of the files that were tried, that there are no more or that a test notices now."""
    noticed = {name for name, status in said.items() if status in NOTICED}
    return {
        name: kind
        for name, kind in explained.items()
        if file_of(name) not in tried or (name in said and name not in noticed)
    }


def read(page: str) -> dict[str, Row]:
    """The rows of the files that stand in the page."""
    table = page.partition(BEGIN)[2].partition(END)[0]
    return {
        found["file"]: Row(
            found["file"],
            date.fromisoformat(found["on"]),
            found["content"],
            made=_number(found["made"] or found["tried"]),
            tried=_number(found["tried"]),
            noticed=_number(found["noticed"]),
        )
        for found in _ROW.finditer(table)
    }


def with_rows(
    page: str, rows: Mapping[str, Row], files: Mapping[str, Collection[str]], explained: Iterable[str]
) -> str:
    """The page with these rows in place of the files' former ones.

    `files`: those of each room; a row of one that is gone goes too. `explained`: changes that survive for a reason.
    """
    known = read(page) | rows
    known = {file: known[file] for room in files for file in sorted(files[room]) if file in known}
    reasons = collections.Counter(map(file_of, explained))
    table = [
        _ROOMS_HEAD,
        *(_room(room, files[room], known, reasons) for room in files),
        "",
        _FILES_HEAD,
        *(_line(row, reasons[file]) for file, row in known.items()),
    ]
    before, _, rest = page.partition(BEGIN)
    return "\n".join([before + BEGIN, *table, END]) + rest.partition(END)[2]


def _room(room: str, files: Collection[str], known: Mapping[str, Row], reasons: Mapping[str, int]) -> str:
    rows = [known[file] for file in files if file in known]
    made, tried, noticed = (sum(map(operator.attrgetter(each), rows)) for each in ("made", "tried", "noticed"))
    explained = sum(reasons[row.file] for row in rows)
    share = f"{noticed / tried:.1%}" if tried else "–"
    counts = f"{_of(len(rows), len(files))} | {_of(tried, made)} | {noticed:,} | {tried - noticed:,} | {explained:,}"
    return f"| `{room}` | {counts} | {share} |"


def _line(row: Row, explained: int) -> str:
    counts = f"{_of(row.tried, row.made)} | {row.noticed:,} | {row.survived:,} | {explained:,}"
    return f"| `{row.file}` | {row.on} | {row.content} | {counts} |"


def _of(tried: int, made: int) -> str:
    return f"{tried:,}" if tried == made else f"{tried:,} of {made:,}"


def _number(text: str) -> int:
    return int(text.replace(",", ""))
