"""The wheel, made and installed by the Dockerfile's own commands, in a folder instead of an image.

It asks the machine's package index for the locked requirements, as `make test` itself did.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.project.dockerfile import Stage, context_holds, read
from tests.project.locks import ROOT, read_lock

LIMIT_S = 900
pytestmark = pytest.mark.timeout(LIMIT_S)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder that stands for the builder's root directory, after all of the builder's instructions."""
    root = tmp_path_factory.mktemp("image")
    subprocess.run([sys.executable, "-m", "venv", root / "usr"], check=True, timeout=LIMIT_S)
    _carry_out(read(ROOT / "Dockerfile")[0], root)
    return root


def test_the_installed_command_runs(image: pathlib.Path) -> None:
    """The console script starts outside the source tree, and says the version of the source."""
    found = _run(image, "paypath", "--version")
    from probe import __version__  # noqa: PLC0415 - only this test needs it

    assert found.stdout.split() == ["paypath", __version__]


def test_the_scenarios_are_in_the_wheel(image: pathlib.Path) -> None:
    """Every scenario of the repository comes with the package, byte for byte."""
    sources = sorted((ROOT / "scenarios").rglob("*.yaml"))
    assert sources
    with zipfile.ZipFile(_wheel(image)) as wheel:
        for source in sources:
            name = f"probe/shipped_scenarios/{source.relative_to(ROOT / 'scenarios')}"
            assert wheel.read(name) == source.read_bytes()


def test_the_runbook_of_a_rotation_is_exported_by_the_installed_package(image: pathlib.Path) -> None:
    """The only runbook that is not made from the catalogue comes with the package too."""
    code = (
        "from probe.monitoring.shipped import rotation_runbook; print(rotation_runbook().read_text(encoding='utf-8'))"
    )
    written = (ROOT / "docs" / "runbooks" / "rotation.md").read_text(encoding="utf-8")
    assert _run(image, "python", "-c", code).stdout.strip() == written.strip()


def test_the_shipped_scenarios_load_from_the_installed_package(image: pathlib.Path) -> None:
    """Without a configuration the installed package finds its own library of scenarios."""
    code = "from probe.scenario.load import load_scenarios; print(*sorted(s.name for s in load_scenarios(None)))"
    assert {"card-charge", "card-declined", "mtls-handshake"} <= set(_run(image, "python", "-c", code).stdout.split())


def test_the_wheel_has_its_papers(image: pathlib.Path) -> None:
    """Licence, notice, the typing mark and every data file of the package are inside, and no test is."""
    with zipfile.ZipFile(_wheel(image)) as wheel:
        names = set(wheel.namelist())
    assert {"probe/py.typed"} <= names
    for paper in ("LICENSE", "NOTICE"):
        assert any(name.endswith(f".dist-info/licenses/{paper}") for name in names)
    copied = image / "source"
    files = {str(path.relative_to(copied)) for path in (copied / "probe").rglob("*") if path.is_file()}
    assert len(files) > 1
    assert files <= names
    assert not [name for name in names if "test" in name.split("/", maxsplit=1)[0]]


def test_the_venv_of_the_image_has_the_locked_runtime_alone(image: pathlib.Path) -> None:
    """No pip, no build back end, no development tool reaches the image."""
    code = (
        "import importlib.metadata as m, re\n"
        "print(*sorted({re.sub('[-_.]+', '-', d.name).lower() for d in m.distributions()}))"
    )
    found = set(_run(image, "python", "-I", "-c", code).stdout.split())
    assert found == {"paypath", *read_lock(ROOT / "requirements.txt")}


def _carry_out(stage: Stage, root: pathlib.Path) -> None:
    """Carry out the builder's WORKDIR, COPY and RUN, with every absolute path moved below `root`."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    work = root
    for one in stage.instructions:
        if one.word == "WORKDIR":
            work = root / one.rest.lstrip("/")
            work.mkdir(parents=True)
        elif one.word == "COPY":
            *sources, _to = one.rest.split()
            for source in sources:
                _copy(source.removeprefix("./"), work, ignore)
        elif one.word == "RUN":
            _shell(one.rest, root, work)


def _copy(source: str, work: pathlib.Path, ignore: str) -> None:
    """Copy one source as `COPY` does, and only what the build context holds."""
    assert context_holds(ignore, source)
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, work / source, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        (work / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / source, work / source)


def _shell(command: str, root: pathlib.Path, work: pathlib.Path) -> None:
    """Run one RUN line with the builder's own python and pip."""
    for absolute in ("/opt/", "/wheels", "/empty/"):
        command = command.replace(f" {absolute}", f" {root}{absolute}")
    environment = {**os.environ, "PATH": f"{root / 'usr' / 'bin'}:{os.environ['PATH']}", "PIP_QUIET": "1"}
    done = subprocess.run(
        ["sh", "-ec", command], cwd=work, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _wheel(image: pathlib.Path) -> pathlib.Path:
    (wheel,) = (image / "wheels").glob("paypath-*.whl")
    return wheel


def _run(image: pathlib.Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the image's venv outside the source tree."""
    command = [image / "opt" / "paypath" / "bin" / program, *arguments]
    return subprocess.run(command, cwd=image, capture_output=True, text=True, timeout=120, check=True)
