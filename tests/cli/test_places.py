"""Where a scenario runs: `paths` and `locations` of its file, through the command line."""

import json
import pathlib

import pytest

from tests.cli.conftest import Paypath

CONFIGURATION = """\
environment: staging
location: here
state: {{directory: {state}}}
paths:
  billing: {{connector: {{url: "https://127.0.0.1:1"}}}}
  eu: {{connector: {{url: "https://127.0.0.1:1"}}}}
scenarios: {{directory: scenarios}}
"""
SCENARIO = "name: {name}\nsteps: [{{handshake: {{}}}}]\n"


@pytest.fixture
def configuration(tmp_path: pathlib.Path) -> pathlib.Path:
    """Two paths on which nothing listens, and scenarios for one, the other, both, and elsewhere."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, more in {
        "everywhere": "",
        "only-eu": "paths: [eu]\n",
        "from-here": "paths: [billing]\nlocations: [there, here]\n",
        "from-there": "locations: [there]\n",
    }.items():
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name) + more)
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION.format(state=tmp_path / "state"))
    return file


def test_each_runs_where_it_is_meant_to(paypath: Paypath, configuration: pathlib.Path) -> None:
    """Not on other paths, and not from other locations."""
    said = paypath("check", "--config", str(configuration), "--format", "json")
    runs = {(run["scenario"], run["path"]) for run in map(json.loads, said.out.splitlines())}
    assert runs == {("everywhere", "billing"), ("everywhere", "eu"), ("only-eu", "eu"), ("from-here", "billing")}
    listed = paypath("validate", "--config", str(configuration))
    assert listed.status == 0
    assert "from-there" not in listed.out


def test_one_that_runs_elsewhere_is_not_run_by_name(paypath: Paypath, configuration: pathlib.Path) -> None:
    """Nothing is sent, and the way to mend it is said."""
    said = paypath("check", "from-there", "--config", str(configuration))
    assert (said.status, said.out) == (2, "")
    assert "`from-there` runs only from there, and this is here; run it there, or set `location`" in said.err


def test_a_path_that_nobody_configured(paypath: Paypath, configuration: pathlib.Path) -> None:
    """At its line."""
    file = configuration.parent / "scenarios" / "only-eu.yaml"
    file.write_text(file.read_text().replace("[eu]", "[ue]"))
    said = paypath("validate", "--config", str(configuration))
    assert said.status == 2
    assert f"{file}:3:9: no path `ue` is configured" in said.err
