"""The programs that tests start, and what a run does about one that is not there."""

import os
import pathlib
import shutil
from collections.abc import Mapping

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VENVS = {
    "localstripe": ROOT / ".venv-localstripe" / "bin" / "python",
    "envoy": ROOT / ".venv-envoy" / "bin" / "envoy",
    "go-server": ROOT / ".venv-go" / "bin" / "go-server",
    "helm": ROOT / ".venv-helm" / "bin" / "python",
}
"""What `make test` installs into a venv of its own."""

PACKAGES = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "stunnel": "stunnel4",
    "apache2": "apache2-bin",
    "openssl": "openssl",
    "curl": "curl",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-pushgateway": "prometheus-pushgateway",
    "amtool": "prometheus-alertmanager",
    "ip": "iproute2",
    "tc": "iproute2",
    "iptables": "iptables",
    "squid": "squid-openssl",
    "tinyproxy": "tinyproxy",
    "chromium": "chromium",
    "systemd-analyze": "systemd",
    "faketime": "faketime",
}
"""Program and the Debian package that brings it; `scripts/test-servers` installs the same ones."""

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian puts nginx and haproxy; an ordinary user's PATH leaves it out."""


def find(program: str) -> pathlib.Path | None:
    """Where a program is, looked for on the PATH and in `sbin`."""
    if program in VENVS:
        return VENVS[program] if VENVS[program].exists() else None
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
    if program not in PACKAGES and program not in VENVS:
        raise ValueError(f"unknown server program {program!r}: add it to tests/servers/programs.py")
    if find(program):
        return None
    if program in VENVS:
        return f"{program} is not installed in .venv-{program}: run `make test` once"
    return f"{program} is not installed: apt-get install {PACKAGES[program]}"


def must_be_there(environ: Mapping[str, str]) -> bool:
    """Whether a missing program fails the run: CI may not pass on what it left out."""
    return environ.get("CI", "").lower() in {"1", "true", "yes"}
