"""Prometheus, scraping one address once a second, with rules and an Alertmanager where they are given."""

import json
import pathlib
import urllib.parse
import urllib.request
from typing import Any

from tests.servers.process import HOST, Server
from tests.servers.process import start as start_process
from tests.servers.programs import require

Sample = dict[str, Any]


def start(directory: pathlib.Path, *, target: str, rules: pathlib.Path, alertmanager: int) -> Server:
    """Scrape `target` (`host:port`) and evaluate the rules once a second; tell the Alertmanager on this port."""
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"{HOST}:{alertmanager}"]}]}]},
        "scrape_configs": [{"job_name": "paypath", "static_configs": [{"targets": [target]}]}],
    }
    file = directory / "prometheus.yml"
    file.write_text(json.dumps(configuration), encoding="utf-8")
    server = start_process(
        lambda port: [
            require("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={HOST}:{port}",
            "--enable-feature=exemplar-storage",
        ],
        directory,
    )
    server.wait_for_log("ready to receive web requests")
    return server


def query(server: Server, expression: str) -> list[Sample]:
    """The series of an instant query, or of a range selector."""
    words = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"http://{server.address}/api/v1/query?{words}", timeout=30) as answer:
        found: list[Sample] = json.load(answer)["data"]["result"]
        return found
