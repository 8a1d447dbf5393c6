"""Limits of the kernel that are low from the start: `run` goes on with what it has, or says in one line what is lacking."""

import os
import pathlib
import shlex
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
import yaml

from probe.compose.descriptors import LEAST
from tests.e2e.processes import PATIENCE_S, Lab, environment
from tests.forked.program import PAYPATH
from tests.servers.programs import must_be_there

_CAN = "+dac_override,+dac_read_search"
_ANOTHER = (
    "setpriv",
    "--reuid=54321",
    "--regid=54321",
    "--clear-groups",
    f"--inh-caps={_CAN}",
    f"--ambient-caps={_CAN}",
)
"""A user who has nothing, and may read our files all the same."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One for all."""
    lab = Lab(tmp_path_factory.mktemp("limits"))
    yield lab
    lab.process.stop()


def _run(lab: Lab, before: str, *begin_with: str) -> subprocess.CompletedProcess[str]:
    """`paypath run` after `before`, in a shell behind the words that it begins with; three rounds of runs."""
    command = shlex.join([PAYPATH, "run", "--config", lab.config, "--for", "1500ms"])
    env = environment(
        PAYPATH_LISTEN__METRICS="127.0.0.1:0",
        PAYPATH_LISTEN__WEBHOOKS="127.0.0.1:0",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_SCENARIOS__EVERY="500ms",
    )
    return subprocess.run(
        [*begin_with, "sh", "-c", f"{before} && exec {command}"],
        env=env,
        cwd=lab.directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


@pytest.mark.parametrize(
    ("limit", "knob"),
    [
        ("max_inotify_instances", "fs.inotify.max_user_instances"),
        ("max_inotify_watches", "fs.inotify.max_user_watches"),
    ],
)
def test_without_inotify_files_are_looked_at(lab: Lab, limit: str, knob: str) -> None:
    """A node whose pods have used it up: one line names the limit, and runs pass."""
    namespace, none = ("unshare", "--user", "--map-root-user"), f"echo 0 > /proc/sys/user/{limit}"
    tried = subprocess.run([*namespace, "sh", "-c", none], capture_output=True, text=True, check=False)
    if tried.returncode:
        why = f"no process can have limits of its own here: {tried.stderr.strip()}"
        pytest.fail(f"CI=true, and {why}", pytrace=False) if must_be_there(os.environ) else pytest.skip(why)
    ended = _run(lab, none, *namespace)
    _goes_on(ended, knob)
    assert "outcome=passed" in ended.stdout


def test_with_few_descriptors_files_are_looked_at(lab: Lab) -> None:
    """Enough for a path or nearly so, too few to listen to changes as well: what cannot be told is said to be so."""
    _goes_on(_run(lab, f"ulimit -n {LEAST}"), "ulimit -n")


@pytest.mark.parametrize(("limit", "status"), [(6, 3), (8, 2), (12, 2)])
def test_with_fewer_it_says_what_is_lacking(lab: Lab, limit: int, status: int) -> None:
    """In one line, which is no call to report a bug."""
    ended = _run(lab, f"ulimit -n {limit}")
    assert (ended.returncode, ended.stdout) == (status, ""), ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "`ulimit -n`" in ended.stderr
    assert "internal error" not in ended.stderr


@pytest.mark.parametrize(
    ("limit", "words", "status", "says"),
    [
        ("-n 8", "check", 3, "ulimit -n"),
        ("-n 8", "sweep", 3, "ulimit -n"),
        ("-n 8", "diagnose", 3, "ulimit -n"),
        ("-n 8", "certs", 3, "ulimit -n"),
        ("-n 16", "check", 0, ""),
        pytest.param(
            "-u 1",
            "check",
            3,
            "ulimit -u",
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user"),
        ),
        ("-f 0", "check", 3, "ulimit -f"),
        ("-f 0", "diagnose", 3, "ulimit -f"),
    ],
)
def test_a_command_that_lacks_something_cannot_tell(lab: Lab, limit: str, words: str, status: int, says: str) -> None:
    """It says what and how to get it, is no bug of ours, and no failure of the path."""
    ended = _ended(lab, f"ulimit {limit}", words)
    assert ended.returncode == status, ended
    told = ended.stdout + ended.stderr
    assert says in told
    for wrong in ("bug", "Traceback", "FAILED", "make the directory writable"):
        assert wrong not in told


def _ended(lab: Lab, before: str, verb: str) -> subprocess.CompletedProcess[str]:
    """A command of one run to its end, after `before`; its history in a directory of its own."""
    configured = yaml.safe_load(pathlib.Path(lab.config).read_text(encoding="utf-8"))
    connector, (identity,) = configured["paths"]["billing"]["connector"], configured["identities"].values()
    at = ["--cert", identity["certificate"], "--key", identity["private_key"], "--ca", connector["trust"]]
    other_user = _ANOTHER if before.startswith("ulimit -u") else ()  # root may have any number of threads
    words = [connector["url"].removeprefix("https://"), *at] if verb == "diagnose" else ["--config", lab.config]
    with tempfile.TemporaryDirectory() as state:
        return subprocess.run(
            [*other_user, "bash", "-c", f"{before} && exec {shlex.join([PAYPATH, verb, *words])}"],
            env=environment(PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]', PAYPATH_STATE__DIRECTORY=state),
            cwd=lab.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )


def _goes_on(ended: subprocess.CompletedProcess[str], knob: str) -> None:
    said = [line for line in ended.stderr.splitlines() if "changed files are noticed every 15 s only" in line]
    assert ended.returncode == 0, ended.stderr
    assert len(said) == 1, ended.stderr
    assert knob in said[0]
    assert "outcome=" in ended.stdout
    assert "outcome=failed" not in ended.stdout
    assert "prober.bug" not in ended.stdout
