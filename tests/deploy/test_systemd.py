"""The units: systemd takes them, they may do little, and they start the command that there is."""

import pathlib
import re
import subprocess

import pytest

from probe.cli.command import VERBS
from tests.servers.programs import ROOT, require

HERE = ROOT / "deploy" / "systemd"
SERVICES = ("paypath.service", "paypath-check.service")
PROGRAM = "/opt/paypath/bin/paypath"


@pytest.fixture
def units(tmp_path: pathlib.Path) -> pathlib.Path:
    """All units, with a program that this machine has."""
    for unit in (*HERE.glob("*.service"), *HERE.glob("*.timer")):
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    return tmp_path


def analyze(*words: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """What systemd says itself."""
    command = [require("systemd-analyze"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.server("systemd-analyze")
def test_systemd_takes_them(units: pathlib.Path) -> None:
    """Without a word: no unknown key, no value that is none."""
    done = analyze("verify", *sorted(units.iterdir()))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.server("systemd-analyze")
def test_a_mistake_would_be_noticed(units: pathlib.Path) -> None:
    """A misspelt key."""
    unit = units / "paypath.service"
    unit.write_text(unit.read_text().replace("NoNewPrivileges", "NoNewPriviliges"))
    assert "NoNewPriviliges" in analyze("verify", unit).stderr


@pytest.mark.server("systemd-analyze")
@pytest.mark.parametrize("name", SERVICES)
def test_they_may_do_little(units: pathlib.Path, name: str) -> None:
    """The measure of exposure that systemd has, from 0 to 10, is below 1.5; without the walls it is above 8.

    The documents say what Debian 12's systemd makes of it; others look at more, or at less.
    """
    done = analyze("security", "--offline=true", "--threshold=15", units / name)
    assert done.returncode == 0
    if analyze("--version").stdout.startswith("systemd 252 "):
        (measured,) = re.findall(r"exposure level for .*: ([\d.]+)", done.stdout)
        assert f"puts it at {measured} of 10" in (HERE / "README.md").read_text(encoding="utf-8")
        assert f"says {measured} of 10" in (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    bare = units / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert analyze("security", "--offline=true", "--threshold=80", bare).returncode != 0


def test_both_services_have_the_same_walls() -> None:
    """What was learned for one of them is not forgotten for the other."""
    walls = []
    for name in SERVICES:
        text = (HERE / name).read_text().replace("paypath-check.service", "paypath.service")
        keys = re.findall(
            r"^(?!Exec|Restart|Type|Timeout|Description|Documentation|WantedBy)(\w+=.*)$", text, re.MULTILINE
        )
        walls.append(keys)
    assert walls[0] == walls[1]
    assert "DynamicUser=yes" in walls[0]


def test_they_start_what_there_is() -> None:
    """Verbs that exist, with the configuration where the README says; a wrong one is not tried again and again."""
    verbs = {verb.name for verb in VERBS}
    started = [line for name in SERVICES for line in (HERE / name).read_text().splitlines() if "ExecStart=" in line]
    words = [line.split("=", 1)[1].split() for line in started]
    assert [word[0] for word in words] == [PROGRAM, PROGRAM]
    assert {word[1] for word in words} == {"run", "check"} <= verbs
    assert all(word[2:4] == ["--config", "/etc/paypath/paypath.yaml"] for word in words)
    assert "RestartPreventExitStatus=2" in (HERE / SERVICES[0]).read_text()
