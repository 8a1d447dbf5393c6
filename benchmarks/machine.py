"""On what and with what it was measured; never whose machine it was."""

import os
import pathlib
import platform
import re
import ssl
import subprocess
from datetime import UTC, datetime

import probe
from benchmarks import blackbox
from tests.servers import programs


def facts(*, rounds: int, probes: int) -> dict[str, object]:
    """Date, machine and versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - the date of a measurement is the real one
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} CPUs, Linux {platform.release().split('-')[0]}",
        "load": round(os.getloadavg()[2], 1),
        "rounds": rounds,
        "probes": probes,
        "versions": {
            "paypath": probe.__version__,
            "Python": platform.python_version(),
            "Python's OpenSSL": ssl.OPENSSL_VERSION.split()[1],
            "openssl": _version("openssl", "version"),
            "nginx": _version("nginx", "-v"),
            "blackbox_exporter": _version(blackbox.PROGRAM, "--version"),
        },
    }


def _processor() -> str:
    found = re.search(
        r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1].strip() if found else platform.machine()


def _version(program: str, option: str) -> str:
    done = subprocess.run([programs.require(program), option], capture_output=True, text=True, check=True)
    found = re.search(r"\d+\.\d+[\w.+-]*", done.stdout + done.stderr)
    return found[0] if found else "unknown"
