"""`paypath check` up to the moment at which something would be sent."""

import pathlib
import signal
import socket

import pytest

from tests.cli.conftest import Paypath
from tests.cli.program import paypath as program

CONFIGURATION = """\
environment: staging
location: here
state: {{directory: {state}}}
paths:
  billing:
    connector: {{url: "https://connector.invalid:8443"}}
"""


@pytest.fixture
def configuration(tmp_path: pathlib.Path) -> pathlib.Path:
    """A configuration without mistakes, whose connector does not exist."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION.format(state=tmp_path / "state"))
    return file


def test_every_mistake_has_its_place_and_its_mending(paypath: Paypath, configuration: pathlib.Path) -> None:
    """FILE:LINE:COLUMN, one line each, status 2, nothing on stdout."""
    text = configuration.read_text().replace("location:", "loction:").replace("https:", "ftp:")
    configuration.write_text(text)
    for verb in ("check", "run", "validate"):
        said = paypath(verb, "--config", str(configuration))
        assert (said.status, said.out) == (2, ""), verb
        lines = said.err.splitlines()
        assert [line.removeprefix(f"{configuration}:").split(":")[0] for line in lines] == ["2", "6"]
        assert "did you mean `location`?" in lines[0]


def test_a_syntax_error(paypath: Paypath, configuration: pathlib.Path) -> None:
    """One message with its line."""
    configuration.write_text("paths: {billing: [\n")
    said = paypath("check", "--config", str(configuration))
    assert said.status == 2
    assert said.err.startswith(f"{configuration}:")
    assert "Traceback" not in said.err


def test_a_missing_file(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """It is named."""
    said = paypath("check", "--config", str(tmp_path / "nowhere.yaml"))
    assert (said.status, said.out) == (2, "")
    assert "nowhere.yaml" in said.err


def test_nothing_is_configured(paypath: Paypath, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first try without any configuration says what to write, and what to try."""
    monkeypatch.chdir(tmp_path)
    said = paypath("check")
    assert said.status == 2
    assert "paypath lab" in said.err


def test_a_scenario_that_does_not_exist(paypath: Paypath, configuration: pathlib.Path) -> None:
    """The nearest one is named; for monitoring it is one line and status 3."""
    words = ("check", "mtls-handshak", "--config", str(configuration))
    said = paypath(*words)
    assert (said.status, said.out) == (2, "")
    assert "did you mean `mtls-handshake`?" in said.err
    plugin = paypath(*words, "--format", "nagios")
    assert plugin.status == 3
    assert plugin.out.startswith("PAYPATH UNKNOWN - ")


def test_a_live_key_is_refused_unseen(paypath: Paypath, configuration: pathlib.Path) -> None:
    """Status 2, and the key is not printed."""
    key = "sk_live_" + "a1b2c3d4e5f6g7h8"
    configuration.write_text(configuration.read_text() + f"    stripe: {{api_key: {key}}}\n")
    said = paypath("check", "--config", str(configuration))
    assert (said.status, said.out) == (2, "")
    assert key not in said.err
    assert "a1b2c3d4" not in said.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_waits_for_the_connector(tmp_path: pathlib.Path, number: signal.Signals) -> None:
    """It stops at once, says so, and never claims to be healthy."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        text = CONFIGURATION.format(state=tmp_path / "state").replace("https://connector.invalid:8443", url)
        (tmp_path / "paypath.yaml").write_text(text)
        with program("check", "--format", "nagios", cwd=tmp_path) as check:
            connection, _ = listener.accept()
            with connection:
                check.send_signal(number)
                out, err = check.communicate(timeout=30)
    assert check.returncode == 3, err
    assert out.startswith("PAYPATH UNKNOWN - ")
    assert err.startswith("paypath: stopping: nothing more is begun")
    assert "Traceback" not in err


def test_a_shard_on_the_command_line(paypath: Paypath, configuration: pathlib.Path) -> None:
    """It is checked as the key is, and wins over it; what is left of the paths is run."""
    configuration.write_text(configuration.read_text() + "replicas: {shard: 1/2}\n")
    said = paypath("check", "--config", str(configuration), "--shard", "3/2")
    assert said.status == 2
    assert "`3/2` is not a share of the paths" in said.err
    assert said.err.startswith("--shard: ")
    assert "PAYPATH_" not in said.err
    ran = [
        paypath(
            "check", "--config", str(configuration), "--shard", f"{index}/2", "--charges", "none", "--format", "json"
        )
        for index in (1, 2)
    ]
    assert sorted(said.out.count('"path": "billing"') > 0 for said in ran) == [False, True]
    assert {said.status for said in ran} == {1, 3}
    (none,) = [said for said in ran if said.status == 3]
    assert "mtls-handshake on billing was not run: it is left to another replica" in none.err


def test_what_another_replica_charges_is_said(paypath: Paypath, configuration: pathlib.Path) -> None:
    """Asked for by name and not run, it is said why, in every format; what was not asked for needs no word."""
    configuration.write_text(configuration.read_text() + "    stripe: {key_from: connector}\n")
    words = ("check", "--config", str(configuration), "--charges", "none")
    said = paypath(*words, "card-charge")
    assert (said.status, said.out) == (3, "")
    assert "card-charge on billing was not run: it is left to another replica; see replicas.shard" in said.err
    assert "another replica" in paypath(*words, "card-charge", "--format", "nagios").out
    assert "card-charge" not in paypath(*words, "mtls-handshake").err
