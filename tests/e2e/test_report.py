"""`paypath report` after an outage, as whoever comes in late types it."""

import json
import pathlib
import sqlite3

from tests.e2e.processes import Lab, paypath


def test_an_outage_is_told_from_its_first_failure_to_its_end(tmp_path: pathlib.Path) -> None:
    """In all three formats; before anything has run that is said, and so is a quiet time."""
    lab = Lab(tmp_path)
    nothing = paypath("report", "--config", lab.config)
    assert (nothing.status, nothing.out.startswith("Nothing was recorded")) == (3, True)
    assert not (lab.directory / "state").exists()
    assert lab.check("mtls-handshake").status == 0
    quiet = paypath("report", "--config", lab.config, "--since", "1h")
    assert (quiet.status, quiet.out.startswith("Nothing failed")) == (0, True)
    lab.put("client-cert-expired")
    assert lab.check("mtls-handshake").status == 1
    lab.delete("client-cert-expired")
    assert [lab.check("mtls-handshake").status for _ in range(2)] == [0, 0]
    lab.process.stop()
    told = paypath("report", "--config", lab.config, "--since", "3h")
    assert told.status == 0
    assert "FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)" in told.out
    (line,) = paypath("report", "--config", lab.config, "--format", "json").out.splitlines()
    found = json.loads(line)
    assert found["runs_failed"] == 1
    assert [event["event"] for event in found["timeline"] if event["event"] != "rotation"] == [
        "first_failure",
        "named",
        "first_success",
        "recovered",
    ]
    assert found["incidents"][0]["certificate"]["subject"] == "CN=billing-service"
    document = paypath("report", "--config", lab.config, "--format", "markdown").out
    assert document.startswith("# Incident report\n")
    assert "### Timeline" in document


def test_mistakes_and_a_file_in_use(tmp_path: pathlib.Path) -> None:
    """A path that there is not, and a history that another process holds: two different statuses."""
    lab = Lab(tmp_path)
    lab.check("mtls-handshake")
    lab.process.stop()
    wrong = paypath("report", "--config", lab.config, "--path", "biling")
    assert wrong.status == 2
    assert "did you mean `billing`?" in wrong.err
    other = sqlite3.connect(lab.directory / "state" / "history.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    held = paypath("report", "--config", lab.config)
    other.execute("ROLLBACK")
    other.close()
    assert held.status == 3
    assert "locked" in held.err
