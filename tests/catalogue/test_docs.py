"""`python -m probe.catalogue.docs`: writes, checks, and removes what no reason belongs to any more."""

import pathlib
import runpy

import pytest

from probe.catalogue import docs
from probe.catalogue.docs import main, out_of_step
from probe.catalogue.render import MARK

ROOT = pathlib.Path(__file__).parents[2]


def test_the_committed_pages_are_in_step() -> None:
    """What readers see is what the catalogue says."""
    assert out_of_step(ROOT) == ()


def test_the_rotation_runbook_that_steps_refer_to_exists() -> None:
    """It is written by hand."""
    assert (ROOT / "docs/runbooks/rotation.md").is_file()


def test_check_fails_before_writing_and_passes_after(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page out of step is named with the way to mend it."""
    (tmp_path / "docs").mkdir()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "docs/failures.md is out of step" in capsys.readouterr().err
    assert main(["--root", str(tmp_path)]) == 0
    assert "wrote docs/failures.md" in capsys.readouterr().out
    assert main(["--check", "--root", str(tmp_path)]) == 0


def test_a_generated_page_without_reasons_is_removed_and_a_written_one_is_kept(tmp_path: pathlib.Path) -> None:
    """Only pages with the mark are the generator's own."""
    runbooks = tmp_path / "docs" / "runbooks"
    runbooks.mkdir(parents=True)
    (runbooks / "old.md").write_text(f"{MARK}\n", encoding="utf-8")
    (runbooks / "rotation.md").write_text("by hand\n", encoding="utf-8")
    assert "docs/runbooks/old.md" in out_of_step(tmp_path)
    main(["--root", str(tmp_path)])
    assert not (runbooks / "old.md").exists()
    assert (runbooks / "rotation.md").read_text(encoding="utf-8") == "by hand\n"


def test_as_a_program_it_ends_with_the_status(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make check` looks at the exit status alone."""
    monkeypatch.setattr("sys.argv", ["docs", "--check", "--root", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(docs.__file__, run_name="__main__")
    assert ended.value.code == 1
