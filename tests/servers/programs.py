"""The programs that tests start, and what a run does about one that is not there."""

import os
import pathlib
import shutil
from collections.abc import Mapping

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOCALSTRIPE_PYTHON = ROOT / ".venv-localstripe" / "bin" / "python"

PACKAGES = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "openssl": "openssl",
    "promtool": "prometheus",
}
"""Program and the Debian package that brings it; `scripts/test-servers` installs the same ones."""

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian puts nginx and haproxy; an ordinary user's PATH leaves it out."""


def find(program: str) -> pathlib.Path | None:
    """Where a program is, looked for on the PATH and in `sbin`."""
    if program == "localstripe":
        return LOCALSTRIPE_PYTHON if LOCALSTRIPE_PYTHON.exists() else None
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN])
    found = shutil.which(program, path=path)
    return pathlib.Path(found) if found else None


def require(program: str) -> pathlib.Path:
    """Where a program is; for fixtures of tests that carry `@pytest.mark.server(program)`."""
    found = find(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not installed: mark the test with @pytest.mark.server({program!r})")
    return found


def why_missing(program: str) -> str | None:
    """What to install for a program that is not there; None where it is."""
    if program not in PACKAGES and program != "localstripe":
        raise ValueError(f"unknown server program {program!r}: add it to tests/servers/programs.py")
    if find(program):
        return None
    if program == "localstripe":
        return "localstripe is not installed in .venv-localstripe: run `make test` once"
    return f"{program} is not installed: apt-get install {PACKAGES[program]}"


def must_be_there(environ: Mapping[str, str]) -> bool:
    """Whether a missing program fails the run: CI may not pass on what it left out."""
    return environ.get("CI", "").lower() in {"1", "true", "yes"}
