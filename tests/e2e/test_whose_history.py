"""A state directory of the prober's user in which root runs a command first: `sudo paypath check` before the service starts."""

import os
import pathlib
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.store import FILE_NAME, History
from tests.e2e.processes import PATIENCE_S, Finished, Lab, environment
from tests.forked.program import PAYPATH

PROBER = 54321
_READS = "+dac_read_search"
_AS_PROBER = (
    "setpriv",
    f"--reuid={PROBER}",
    f"--regid={PROBER}",
    "--clear-groups",
    f"--inh-caps={_READS}",
    f"--ambient-caps={_READS}",
)
"""A user who writes what is his alone, and may read our files all the same."""
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


@pytest.fixture
def state(tmp_path: pathlib.Path) -> pathlib.Path:
    """The prober's."""
    directory = tmp_path / "state"
    directory.mkdir(mode=0o700)
    os.chown(directory, PROBER, PROBER)
    return directory


def typed(lab: Lab, state: pathlib.Path, *words: str, prober: bool) -> Finished:
    """`paypath WORDS` by the prober, or by root."""
    command = [*(_AS_PROBER if prober else ()), PAYPATH, *words, "--config", lab.config]
    env = environment(PAYPATH_STATE__DIRECTORY=str(state))
    ended = subprocess.run(
        command, env=env, cwd=lab.directory, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    return Finished(ended.returncode, ended.stdout, ended.stderr)


def recorded(state: pathlib.Path) -> list[str]:
    """The scenarios whose runs the history knows."""
    history = History.open(state)
    try:
        return [run.scenario for run in history.runs(since=datetime.now(UTC) - timedelta(days=1))]  # noqa: TID251 - another process recorded them, by its own clock
    finally:
        history.close()


@pytest.mark.parametrize("by_group", [False, True], ids=["its directory", "its group's (fsGroup)"])
def test_the_prober_goes_on_with_what_root_has_begun(lab: Lab, state: pathlib.Path, *, by_group: bool) -> None:
    """It charges, and what it did is recorded."""
    if by_group:
        os.chown(state, 0, PROBER)
        state.chmod(0o2770)
    assert typed(lab, state, "check", "mtls-handshake", prober=False).status == 0
    charged = typed(lab, state, "check", "card-charge", prober=True)
    assert (charged.status, charged.err) == (0, "")
    assert recorded(state) == ["mtls-handshake", "card-charge"]


def test_a_history_of_somebody_else_keeps_charges_from_being_made(lab: Lab, state: pathlib.Path) -> None:
    """Its file can be opened, and nothing be written into it, no latch either. `report` needs to read alone."""
    typed(lab, state, "check", "mtls-handshake", prober=False)
    os.chown(state / FILE_NAME, 0, 0)
    charged = typed(lab, state, "check", "card-charge", prober=True)
    assert (charged.status, charged.out) == (3, "")
    assert "card-charge on billing was not run: it writes to Stripe" in charged.err
    assert f"it belongs to user 0: give it to this one (`chown {PROBER} {state / FILE_NAME}*`)" in charged.err
    told = typed(lab, state, "report", prober=True)
    assert (told.status, told.err) == (0, "")
    assert ": 1 run, " in told.out
    os.chown(state / FILE_NAME, PROBER, PROBER)
    assert typed(lab, state, "check", "card-charge", prober=True).status == 0


def test_who_may_only_read_leaves_nothing_behind(lab: Lab, state: pathlib.Path) -> None:
    """A person of the directory's group: SQLite would make a log there that the prober cannot write into."""
    typed(lab, state, "check", "mtls-handshake", prober=False)
    for each in (state, *state.iterdir()):
        os.chown(each, 0, PROBER)
    state.chmod(0o770)
    (state / FILE_NAME).chmod(0o640)
    before = sorted(state.iterdir())
    told = typed(lab, state, "report", prober=True)
    assert (told.status, told.err) == (0, "")
    assert ": 1 run, " in told.out
    assert typed(lab, state, "certs", prober=True).status == 0
    assert sorted(state.iterdir()) == before
    refused = typed(lab, state, "check", "card-charge", prober=True)
    assert refused.status == 3
    assert "card-charge on billing was not run: it writes to Stripe" in refused.err
    assert sorted(state.iterdir()) == before
