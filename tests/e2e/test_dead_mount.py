"""The file system of an identity and its trust does not answer, as a dead NFS mount: each command says so, and ends."""

import os
import pathlib
import shutil
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.processes import Finished, Lab, Running
from tests.servers.programs import must_be_there
from tests.support.dead_mount import dead_mount, why_none

SAYS = "its file system does not answer"
COMMANDS = {
    "check": ("check", "mtls-handshake", "--config", "paypath.yaml", "--format", "json"),
    "certs": ("certs", "--config", "paypath.yaml"),
    "validate": ("validate", "--config", "paypath.yaml"),
    "preflight": ("preflight", "--config", "paypath.yaml", "--cert", "own/tls.crt", "--key", "own/tls.key"),
    "preflight of another": ("preflight", "--config", "paypath.yaml", "--cert", "good.crt", "--key", "good.key"),
    "validate watched": ("validate", "--config", "watched.yaml"),
    "rotate": ("rotate", "--config", "paypath.yaml", "--plan"),
    "check of silent scenarios": ("check", "--config", "watched.yaml"),
    "diagnose": ("diagnose", "127.0.0.1:1", "--ca", "own/ca.pem"),
    "run": ("run", "--config", "paypath.yaml", "--for", "3s"),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Finished]]:
    """Every command, all at once, before and below the dead mount."""
    if (why := why_none()) is not None:
        pytest.fail(why) if must_be_there(os.environ) else pytest.skip(why)
    directory = tmp_path_factory.mktemp("dead")
    lab = Lab(directory)
    _configure(pathlib.Path(lab.config), directory)
    with dead_mount(directory / "own"):
        running = {name: Running(words, cwd=directory) for name, words in COMMANDS.items()}
        yield {name: each.ended() for name, each in running.items()}
    lab.process.stop()


def _configure(of_lab: pathlib.Path, directory: pathlib.Path) -> None:
    content = yaml.safe_load(of_lab.read_text(encoding="utf-8"))
    own, identity = directory / "own", dict(content["identities"]["billing"])
    own.mkdir()
    shutil.copy(content["paths"]["billing"]["connector"]["trust"], own / "ca.pem")
    for name, file in (("tls.crt", identity["certificate"]), ("tls.key", identity["private_key"])):
        shutil.copy(file, own / name)
    content["paths"]["billing"]["connector"]["trust"] = str(own / "ca.pem")
    content["identities"]["billing"] = {"certificate": str(own / "tls.crt"), "private_key": str(own / "tls.key")}
    content["scenarios"] = {"enabled": ["mtls-handshake"], "every": "500ms"}
    content["state"], content["listen"] = {"directory": str(directory / "state")}, {"metrics": "127.0.0.1:0"}
    (directory / "paypath.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    shutil.copy(identity["certificate"], directory / "good.crt")
    shutil.copy(identity["private_key"], directory / "good.key")
    content["certificates"], content["scenarios"] = {"watch": [str(own), f"{own}/*.pem"]}, {"directory": str(own)}
    (directory / "watched.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def test_check_could_not_tell(ended: dict[str, Finished]) -> None:
    """A cron job that waits for ever tells nobody anything."""
    (run,) = ended["check"].json_lines()
    assert ended["check"].status == 3
    assert (run["outcome"], run["failure"]["reason"]) == ("unknown", "prober.files_silent")


def test_run_starts_says_so_and_ends(ended: dict[str, Finished]) -> None:
    """It waits for no file, neither at its start nor at its end."""
    assert ended["run"].status == 0
    assert "reason=prober.files_silent" in ended["run"].out
    assert "outcome=failed" not in ended["run"].out


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "validate watched",
        "preflight",
        "preflight of another",
        "rotate",
        "check of silent scenarios",
        "diagnose",
    ],
)
def test_files_that_are_named_are_refused(command: str, ended: dict[str, Finished]) -> None:
    """As others that cannot be read, with what to look at."""
    assert ended[command].status == 2
    assert SAYS in ended[command].err
    assert "/proc/mounts" in ended[command].err


def test_certs_show_what_cannot_be_read(ended: dict[str, Finished]) -> None:
    """And why the identity could not be used."""
    assert ended["certs"].status == 1
    assert ended["certs"].out.count(SAYS) == 2
    assert "prober.files_silent" in ended["certs"].err
