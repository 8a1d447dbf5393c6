"""What the tests notice of each change that mutmut makes: one process collects the tests once, and forks for each change.

Pytest started anew for each change takes a second or more; a fork that has collected everything takes a fortieth of that. A change that
acts while modules are imported is not seen here: what none of its tests notices then stays untried.
"""

import collections
import functools
import gc
import importlib
import json
import os
import pathlib
import resource
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import pytest

MUTANT: Final = "MUTANT_UNDER_TEST"
"""Mutmut's own: which change is in force, if any."""
_CPU_S: Final = 3.0
_TIMES: Final = 5.0
"""A change that takes so much longer, and so many times as long as its tests did, never ends."""
_PIPE: Final = 4096
"""Bytes that a pipe takes whole."""
_MOST_BYTES: Final = 4 << 30
"""What a change may take of memory before it is noticed."""
_STATS: Final = pathlib.Path("mutmut-stats.json")
"""Written by mutmut: which test reaches which function, and how long it takes."""


class Sieve:
    """A plugin of pytest's that runs, in place of all tests once, for each change those that reach it until one fails."""

    def __init__(
        self,
        names: Sequence[str],
        reached_by: Mapping[str, Sequence[str]],
        took_s: Mapping[str, float],
        into: pathlib.Path,
        at_import: Collection[str] = frozenset(),
    ) -> None:
        """`reached_by`: the tests' ids for each function. A line is added to `into` for each change that was tried.

        `at_import`: functions that were called by the time when all tests are collected. That none noticed says nothing of their changes.
        """
        self._names = names
        self._reached_by = reached_by
        self._took_s = took_s
        self._into = into
        self._at_import = at_import
        self._forked = False
        self._noticed = collections.Counter[tuple[str, str]]()
        self._told, self._tell = os.pipe()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Every change, each in a process of its own."""
        os.environ[MUTANT] = ""
        gc.freeze()
        items = {item.nodeid: item for item in session.items}
        if self._in_a_fork("", list(items.values())) != 0:
            pytest.exit("the tests fail where nothing was changed", returncode=1)
        for name in self._names:
            function = name.partition("__mutmut_")[0]
            reaching = [items[test] for test in self._reached_by.get(function, ()) if test in items]
            reaching.sort(key=functools.partial(self._lateness, function))
            became = self._in_a_fork(name, reaching) if reaching else 0
            if reaching and (became or function not in self._at_import):
                with self._into.open("a", encoding="utf-8") as results:
                    results.write(f"{name} {became}\n")
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """One failure is enough, and nobody reads what it says."""
        if self._forked and call.excinfo is not None and not isinstance(call.excinfo.value, pytest.skip.Exception):
            os.write(self._tell, item.nodeid.encode()[:_PIPE])
            os._exit(1)

    def _in_a_fork(self, name: str, items: Sequence[pytest.Item]) -> int:
        """0 where no test noticed, 1 where one did, else what became of the process."""
        child = os.fork()
        if child:
            became = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if became == 1:
                self._noticed[name.partition("__mutmut_")[0], os.read(self._told, _PIPE).decode()] += 1
            return became
        try:
            self._try(name, items)
            os._exit(0)
        finally:
            os._exit(3)

    def _try(self, name: str, items: Sequence[pytest.Item]) -> None:
        self._forked = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if name:
            limit_s = int(_CPU_S + _TIMES * sum(self._took_s.get(item.nodeid, 0.0) for item in items))
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
            resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        os.environ[MUTANT] = name
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)

    def _lateness(self, function: str, item: pytest.Item) -> tuple[bool, int, bool, float]:
        """First what has noticed most of the function's changes, then the tests of its file, the quick ones first.

        Examples that hypothesis draws take long, and longer where one fails.
        """
        drawn = hasattr(getattr(item, "obj", None), "hypothesis")
        file = f"test_{function.partition('.x')[0].rpartition('.')[2]}.py"
        noticed, took_s = self._noticed[function, item.nodeid], self._took_s.get(item.nodeid, 0.0)
        return drawn, -noticed, item.path.name != file, took_s


def names_in(mutants: pathlib.Path) -> Iterator[str]:
    """Every change that mutmut has made and nobody has tried."""
    for meta in sorted(mutants.rglob("*.py.meta")):
        tried = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        yield from (name for name, code in tried.items() if code is None)


def keep(mutants: pathlib.Path, results: str) -> None:
    """Tell mutmut what became of the changes, in its own files."""
    became = {name: int(code) for name, code in map(str.split, results.splitlines())}
    for meta in sorted(mutants.rglob("*.py.meta")):
        known = json.loads(meta.read_text(encoding="utf-8"))
        codes = known["exit_code_by_key"]
        codes |= {name: became[name] for name, code in codes.items() if code is None and name in became}
        meta.write_text(json.dumps(known, indent=4), encoding="utf-8")


def prepare() -> None:
    """In the copy of the tree: mutmut's copy of that with every change in it, and what its tests reach."""
    mutmut = importlib.import_module("mutmut.__main__")
    mutmut.set_mutant_under_test("mutant_generation")
    pathlib.Path("mutants").mkdir()
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)
    mutmut.collect_or_load_stats(mutmut.get_mutant_runner(1))


def look(into: pathlib.Path, arguments: Sequence[str]) -> int:
    """In mutmut's copy: a line into `into` for each change; the arguments are pytest's."""
    stats = json.loads(_STATS.read_text(encoding="utf-8"))
    reached_by, took_s = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
    sieve = Sieve(list(names_in(pathlib.Path())), reached_by, took_s, into, _called_from_now_on())
    return int(pytest.main(["--rootdir=.", "-q", "--assert=plain", *arguments], plugins=[sieve]))


def _called_from_now_on() -> Collection[str]:
    """The functions that are called until mutmut no longer counts, as they are."""
    called: set[str] = set()
    trampoline = importlib.import_module("mutmut.mutation.trampoline")

    def count(name: str, caller: str | None) -> None:  # noqa: ARG001 - mutmut's own signature
        called.add(name)

    trampoline.record_trampoline_hit = count  # type: ignore[attr-defined]
    os.environ[MUTANT] = "stats"
    return called


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(look(pathlib.Path(sys.argv[1]), sys.argv[2:]))
    prepare()
