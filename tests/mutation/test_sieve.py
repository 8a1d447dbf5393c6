"""The quick look, without mutmut: a plugin of pytest's, over tests that notice a variable of the environment."""

import json
import os
import pathlib
import subprocess
import sys

from tests.mutation.sieve import MUTANT, keep, names_in
from tests.project.locks import ROOT

TESTS = f"""
import os

def test_one():
    assert os.environ["{MUTANT}"] != "a.x_f__mutmut_1"

def test_two():
    if os.environ["{MUTANT}"] in ("a.x_f__mutmut_2", "a.x_i__mutmut_2"):
        os._exit(9)
    while os.environ["{MUTANT}"] == "a.x_g__mutmut_1":
        pass
"""
COUNTED = f"""
import os
import pathlib

def _seen(test):
    name = os.environ["{MUTANT}"]
    if "x_f" in name:
        with pathlib.Path("seen").open("a") as seen:
            print(test + "-" + name[-1], file=seen)
    return name

def test_one():
    _seen("one")

def test_two():
    assert "x_f" not in _seen("two")
"""
LOOK = """
import pathlib
import sys
import pytest
from tests.mutation import sieve

sieve._CPU_S = 1.0
names = [f"a.x_{each}" for each in ("f__mutmut_1", "f__mutmut_2", "f__mutmut_3", "g__mutmut_1", "h__mutmut_1", "i__mutmut_1", "i__mutmut_2")]
reached_by = {"a.x_f": ["test_it.py::test_one", "test_it.py::test_two", "test_it.py::gone"], "a.x_g": ["test_it.py::test_two"], "a.x_i": ["test_it.py::test_two"]}
plugin = sieve.Sieve(names, reached_by, {}, pathlib.Path("results"), {"a.x_i"})
sys.exit(pytest.main(["--rootdir=.", "-q", "--assert=plain", "-p", "no:cacheprovider", "test_it.py"], plugins=[plugin]))
"""


def _look(where: pathlib.Path) -> subprocess.CompletedProcess[str]:
    known = os.environ | {"PYTHONPATH": str(ROOT), MUTANT: ""}
    return subprocess.run(
        [sys.executable, "-c", LOOK], cwd=where, env=known, capture_output=True, text=True, check=False
    )


def test_each_change_meets_the_tests_that_reach_it(tmp_path: pathlib.Path) -> None:
    """A failure, an end, nothing, one that never ends; what no test reaches is left, and what none noticed that acts at an import."""
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    done = _look(tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "results").read_text(encoding="utf-8").splitlines() == [
        "a.x_f__mutmut_1 1",
        "a.x_f__mutmut_2 9",
        "a.x_f__mutmut_3 0",
        "a.x_g__mutmut_1 -24",
        "a.x_i__mutmut_2 9",
    ]


def test_tests_that_fail_by_themselves_show_nothing(tmp_path: pathlib.Path) -> None:
    """Then no change is tried."""
    (tmp_path / "test_it.py").write_text("def test_one():\n    assert False\n", encoding="utf-8")
    done = _look(tmp_path)
    assert done.returncode == 1
    assert "the tests fail where nothing was changed" in done.stdout
    assert not (tmp_path / "results").exists()


def test_what_has_noticed_most_is_tried_first(tmp_path: pathlib.Path) -> None:
    """What noticed one change to a function is likely to notice the next."""
    (tmp_path / "test_it.py").write_text(COUNTED, encoding="utf-8")
    done = _look(tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "seen").read_text(encoding="utf-8").split() == ["one-1", "two-1", "two-2", "two-3"]


def test_what_became_of_each_is_told_to_mutmut(tmp_path: pathlib.Path) -> None:
    """In its files; what was not tried stays so, and what was tried before."""
    meta = tmp_path / "probe" / "a.py.meta"
    meta.parent.mkdir()
    meta.write_text(
        json.dumps({"exit_code_by_key": {"one": None, "two": None, "three": None, "old": 1}, "more": {}}),
        encoding="utf-8",
    )
    assert list(names_in(tmp_path)) == ["one", "two", "three"]
    keep(tmp_path, "one 1\ntwo 0\nold 0\n")
    assert json.loads(meta.read_text(encoding="utf-8")) == {
        "exit_code_by_key": {"one": 1, "two": 0, "three": None, "old": 1},
        "more": {},
    }
    assert list(names_in(tmp_path)) == ["three"]
