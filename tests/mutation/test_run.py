"""`make mutation` itself, as far as it goes without mutmut."""

import pathlib
import re
from typing import Final

import pytest

from tests.mutation.figures import read
from tests.mutation.run import PAGE, explained, files, main, nearest
from tests.project.locks import ROOT, read_lock

KIND: Final = re.compile(r"^\| `(\w+)` \| ", re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--room", "nothing"], "redact"), (["--file", "redact/nothing"], "no redact/nothing")]
)
def test_what_there_is_not_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what there is."""
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def test_the_page_has_the_figures_of_files_that_there_are() -> None:
    """And says of every room how many of its files those are."""
    page = PAGE.read_text(encoding="utf-8")
    assert set(read(page)) <= {file for each in files().values() for file in each}
    assert all(f"\n| `{room}` | " in page for room in files())


def test_each_reason_to_survive_stands_in_the_page() -> None:
    """And belongs to a change of a file that there is."""
    kinds = set(KIND.findall(PAGE.read_text(encoding="utf-8").partition("\n## What survives")[2]))
    known = {file for each in files().values() for file in each}
    for name, kind in explained().items():
        assert kind in kinds, name
        assert "/".join(name.split(".")[1:3]) in known


def test_tests_of_the_same_name_come_first() -> None:
    """Or of a beginning of it; the others by their names."""
    tests = [pathlib.Path(f"tests/test_{each}.py") for each in ("alerts", "hops", "refusal", "refused")]
    assert nearest("test_refusal_rules", reversed(tests)) == [
        "tests/test_refusal.py",
        "tests/test_alerts.py",
        "tests/test_hops.py",
        "tests/test_refused.py",
    ]


def test_the_lock_is_held_to_the_development_one() -> None:
    """Both are installed into one venv."""
    development, ours = (
        read_lock(ROOT / "requirements-dev.txt"),
        read_lock(ROOT / "tests" / "mutation" / "requirements.txt"),
    )
    assert "mutmut" in ours
    assert {name: pin for name, pin in ours.items() if name in development} == {
        name: development[name] for name in ours if name in development
    }
