"""A missing server program is skipped with the way to install it, and fails a CI run."""

import pathlib
import re
import shutil

import pytest

from tests.servers import programs

pytest_plugins = ["pytester"]


def test_the_installer_knows_the_same_programs() -> None:
    """`scripts/test-servers` installs exactly the programs that the marker knows."""
    script = (programs.ROOT / "scripts" / "test-servers").read_text(encoding="utf-8")
    listed = re.search(r"^programs='(.*)'$", script, re.MULTILINE)
    assert listed is not None
    assert dict(pair.split(":") for pair in listed[1].split()) == programs.PACKAGES


def test_an_unknown_name_is_a_mistake() -> None:
    """A misspelt program does not silently skip its test for ever."""
    with pytest.raises(ValueError, match="ngnix"):
        programs.why_missing("ngnix")


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "errors")])
def test_a_missing_program(ci: str, outcome: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program the test is skipped; with CI=true it is an error that names the package."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(programs.ROOT))
    monkeypatch.setattr(shutil, "which", lambda *_args, **_keywords: None)
    conftest = programs.ROOT / "tests" / "conftest.py"
    pytester.makeconftest(conftest.read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers = server(name): x\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("import pytest\n\n@pytest.mark.server('nginx')\ndef test_it():\n    pass\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rs")
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(["*nginx is not installed: apt-get install nginx-light*"])


def test_sbin_is_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """An ordinary user's PATH has no sbin, where Debian puts nginx and haproxy."""
    program = tmp_path / "sbin" / "nginx"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "SBIN", (str(program.parent),))
    assert programs.find("nginx") == program
    assert programs.find("haproxy") is None
