"""The compose example: each of its files is what its reader takes, and they fit together."""

import pathlib
import subprocess
import sys
from typing import Any

import compose_spec
import pytest
import yaml

from tests.e2e.pager import post
from tests.e2e.processes import Running
from tests.servers.process import start
from tests.servers.programs import ROOT, require

HERE = ROOT / "deploy" / "compose"
COMPOSE = (HERE / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]


def test_compose_takes_the_file() -> None:
    """By the Compose Specification; what a service waits for is there, and so is every file that is mounted."""
    read = compose_spec.PyCompose.from_yaml(COMPOSE)
    assert set(read.service_names()) == set(SERVICES)
    volumes = set(yaml.safe_load(COMPOSE)["volumes"])
    for service in SERVICES.values():
        assert set(service.get("depends_on", [])) <= set(SERVICES)
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in volumes or (HERE / source).exists(), mount


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("read_only: true", "readonly: true"), ("127.0.0.1:3000:3000", "127.0.0.1:3000:300000")],
)
def test_a_mistake_would_be_noticed(right: str, wrong: str) -> None:
    """A key that is not known, a port that is none."""
    with pytest.raises(Exception, match=r"readonly|300000"):
        compose_spec.PyCompose.from_yaml(COMPOSE.replace(right, wrong))


def test_nothing_is_reached_from_outside() -> None:
    """Every published port is on the loopback, and the prober has no more rights than it needs."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert SERVICES["paypath"]["cap_drop"] == ["ALL"]
    assert SERVICES["paypath"]["read_only"] is True


@pytest.mark.server("promtool")
@pytest.mark.server("amtool")
def test_prometheus_and_alertmanager_take_theirs(tmp_path: pathlib.Path) -> None:
    """With the rules where the container has them; Alertmanager's is the example with other receivers."""
    rules = ROOT / "dashboards" / "prometheus" / "rules.yaml"
    text = (HERE / "prometheus.yaml").read_text(encoding="utf-8")
    assert "/etc/prometheus/rules.yaml" in text
    file = tmp_path / "prometheus.yaml"
    file.write_text(text.replace("/etc/prometheus/rules.yaml", str(rules)), encoding="utf-8")
    for words in (
        ["promtool", "check", "config", str(file)],
        ["amtool", "check-config", str(HERE / "alertmanager.yaml")],
    ):
        done = subprocess.run([require(words[0]), *words[1:]], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_addresses_are_those_of_the_services() -> None:
    """Who is asked for by a name is a service of that name."""
    prometheus = yaml.safe_load((HERE / "prometheus.yaml").read_text(encoding="utf-8"))
    alertmanager = yaml.safe_load((HERE / "alertmanager.yaml").read_text(encoding="utf-8"))
    grafana = yaml.safe_load((HERE / "grafana" / "datasources.yaml").read_text(encoding="utf-8"))
    (scrape,) = prometheus["scrape_configs"]
    asked = [
        *(target for one in scrape["static_configs"] for target in one["targets"]),
        *(t for a in prometheus["alerting"]["alertmanagers"] for one in a["static_configs"] for t in one["targets"]),
        *(hook["url"].split("/")[2] for one in alertmanager["receivers"] for hook in one["webhook_configs"]),
        *(one["url"].split("/")[2] for one in grafana["datasources"]),
        SERVICES["paypath"]["environment"]["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].split("/")[2],
    ]
    assert len(asked) == 7
    assert {address.split(":")[0] for address in asked} <= set(SERVICES)


def test_grafana_is_given_dashboards_and_a_way_to_traces() -> None:
    """The folder that is mounted, with the dashboard that comes first; exemplars lead to a data source that there is."""
    (provider,) = yaml.safe_load((HERE / "grafana" / "dashboards.yaml").read_text(encoding="utf-8"))["providers"]
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    assert mounts["../../dashboards/grafana"] == provider["options"]["path"]
    home = pathlib.PurePosixPath(SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / "dashboards" / "grafana" / home.name).is_file()
    sources = yaml.safe_load((HERE / "grafana" / "datasources.yaml").read_text(encoding="utf-8"))["datasources"]
    (default,) = [source for source in sources if source.get("isDefault")]
    (link,) = default["jsonData"]["exemplarTraceIdDestinations"]
    assert link["datasourceUid"] in {source["uid"] for source in sources}
    assert link["name"] == "trace_id"


def test_the_prober_starts_as_it_is_told_to(tmp_path: pathlib.Path) -> None:
    """Its command and environment as in the file, but for the port: the embedded path is probed, and metrics are served."""
    service = SERVICES["paypath"]
    env = {**service["environment"], "PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}
    running = Running(service["command"], cwd=tmp_path, env=env)
    running.wait_for("metrics on http://", "err")
    assert running.stop().status == 0
    assert (tmp_path / ".paypath-lab" / "lab.json").is_file()


def test_the_pager_prints_what_would_wake_somebody(tmp_path: pathlib.Path) -> None:
    """One line that leads with the reason, and one with where to go on."""
    text = (HERE / "pager.py").read_text(encoding="utf-8")
    server = start(lambda port: [sys.executable, "-c", text.replace("= 8080", f"= {port}")], tmp_path)
    try:
        annotations = {"summary": "Client certificate expired", "runbook_url": "book", "dashboard_url": "board"}
        alert = {"status": "firing", "labels": {"alertname": "PaypathPathDown"}, "annotations": annotations}
        post(f"http://{server.address}/page", {"receiver": "pager", "alerts": [alert]})
        server.wait_for_log("pager firing: Client certificate expired\n    PaypathPathDown · book · board\n")
    finally:
        server.stop()
