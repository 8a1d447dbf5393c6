"""What is said of the releases that paypath is made of: known weaknesses are loud, and so is not having been able to ask."""

import json
import pathlib
import subprocess
import sys

import pytest

from tests.project.locks import ROOT, read_lock

_RELEASE = {"name": "rich", "version": "15.0.0", "vulns": []}
_WEAK = {
    "name": "jinja2",
    "version": "3.1.2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.3"], "aliases": [], "description": "x"}],
}
_SKIPPED = {"name": "stripe", "skip_reason": "Dependency not found on PyPI and could not be audited: stripe (16.1.0)"}


def audit(tmp_path: pathlib.Path, said: object, *words: str, error: str = "") -> subprocess.CompletedProcess[str]:
    """`scripts/audit.py` with a pip-audit that says this, in the real one's form."""
    stand_in = tmp_path / "pip_audit.py"
    said = said if isinstance(said, str) else json.dumps({"dependencies": said, "fixes": []})
    stand_in.write_text(
        f"import sys\nprint({said!r})\nprint({error!r}, file=sys.stderr)\nassert '--require-hashes' in sys.argv\n"
    )
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "audit.py", *words],
        env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_nothing_is_known(tmp_path: pathlib.Path) -> None:
    """Status 0, and how many were asked for."""
    done = audit(tmp_path, [_RELEASE, {**_RELEASE, "name": "stripe"}])
    assert (done.returncode, done.stdout) == (0, "audit: 2 releases of requirements-dev.txt, no known weakness\n")


@pytest.mark.parametrize("words", [(), ("--where-possible",)])
def test_a_weakness_fails_whatever_else_could_be_asked(tmp_path: pathlib.Path, words: tuple[str, ...]) -> None:
    """Status 1, with the release, the advisory and the release that mends it."""
    done = audit(tmp_path, [_RELEASE, _WEAK, _SKIPPED], *words)
    assert done.returncode == 1
    assert "jinja2 3.1.2: PYSEC-1, mended in 3.1.3" in done.stderr


@pytest.mark.parametrize(("words", "status"), [((), 3), (("--where-possible",), 0)])
@pytest.mark.parametrize(
    ("said", "error", "why"),
    [
        (
            [_RELEASE, _SKIPPED],
            "No known vulnerabilities found",
            "advisories of 1 of 2 releases could not be asked (stripe)",
        ),
        ("", "requests.exceptions.ConnectionError: no route to host", "ConnectionError: no route to host"),
        ("", "", "advisories of the releases could not be asked (status 0)"),
    ],
)
def test_what_could_not_be_asked_is_no_clean_bill(
    tmp_path: pathlib.Path, said: object, error: str, why: str, words: tuple[str, ...], status: int
) -> None:
    """A mirror without advisories, or no network at all: said as loudly in both cases."""
    done = audit(tmp_path, said, *words, error=error)
    assert done.returncode == status
    assert "NOT AUDITED" in done.stderr
    assert why in done.stderr
    assert done.stdout == ""


def test_ci_asks_and_writes_the_bill() -> None:
    """Before the tests, whose closing line is the last of the output."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-4:] == ["make check", "make sbom", "make audit ARGS=--where-possible", "make test"]


@pytest.mark.skipif(not (ROOT / ".venv-audit" / ".stamp").exists(), reason="`make sbom` makes its venv")
def test_the_bill_is_the_lock(tmp_path: pathlib.Path) -> None:
    """Every release of the runtime lock with version and hashes, nothing else, and the same bytes each time."""
    texts = []
    for name in ("one", "two"):
        command = [ROOT / ".venv-audit" / "bin" / "python", ROOT / "scripts" / "sbom.py", tmp_path / "made" / name]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        texts.append((tmp_path / "made" / name).read_text())
    bill = json.loads(texts[0])
    assert texts[0] == texts[1]
    listed = {
        each["name"]: (
            each["version"],
            {f"--hash=sha256:{one['content']}" for one in each["externalReferences"][0]["hashes"]},
        )
        for each in bill["components"]
    }
    assert listed == {
        name: (pin.version, set(pin.hashes)) for name, pin in read_lock(ROOT / "requirements.txt").items()
    }
    root = bill["metadata"]["component"]
    assert (root["name"], bool(root["version"])) == ("paypath", True)
    assert len(bill["dependencies"][0]["dependsOn"]) > 15
