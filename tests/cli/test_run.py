"""`paypath run`, as a process of its own, on the embedded path."""

import json
import pathlib
import signal

import jsonschema

from probe.report.schema import result_schema
from tests.cli.program import paypath

ANY_PORT = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}


def test_it_stops_by_itself(tmp_path: pathlib.Path) -> None:
    """Status 0 whatever the path did; a line for each run on stdout, where all is up on stderr."""
    with paypath("run", "--lab", "--for", "1s", cwd=tmp_path, environ=ANY_PORT) as run:
        out, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    # On a busy machine a run may come too late for its turn, or last until the next one: that is left out with a line of its own.
    lines = [
        line
        for line in out.splitlines()
        if not line.endswith(("outcome=skipped cause=late", "outcome=skipped cause=overlap"))
    ]
    assert all(line.startswith("at=2") and " outcome=" in line for line in lines), out
    assert err.startswith("paypath: status page on http://127.0.0.1:")
    many = f"{len(lines)} run{'' if len(lines) == 1 else 's'}"
    assert f"paypath: stopped after {many}" in err


def test_a_signal_stops_it_cleanly(tmp_path: pathlib.Path) -> None:
    """All scenarios pass; SIGTERM is acknowledged, status 0; as JSON every line fits the published schema."""
    results: list[dict[str, object]] = []
    with paypath("run", "--lab", "--format", "json", cwd=tmp_path, environ=ANY_PORT) as run:
        assert run.stdout is not None
        while not {result["scenario"] for result in results} >= {"mtls-handshake", "card-charge", "card-declined"}:
            results.append(json.loads(run.stdout.readline()))
        assert {result["outcome"] for result in results} == {"passed"}
        run.send_signal(signal.SIGTERM)
        rest, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert "paypath: stopping: nothing more is begun" in err
    for result in (*results, *map(json.loads, rest.splitlines())):
        jsonschema.validate(result, result_schema(), cls=jsonschema.Draft202012Validator)


def test_a_reader_that_goes_away_does_not_stop_the_probing(tmp_path: pathlib.Path) -> None:
    """`paypath run | head -1` in a sidecar must not end the probe: only signals and `--for` do."""
    with paypath("run", "--lab", "--for", "3s", cwd=tmp_path, environ=ANY_PORT) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr is not None
        err = run.stderr.read()
        status = run.wait(timeout=60)
    assert status == 0
    assert "Traceback" not in err
    assert "paypath: stopped after" in err
