"""A `paypath run` whose metrics page is looked at while it goes on."""

import json
import pathlib
import re
import urllib.request
from typing import Any

from tests.e2e.processes import PATIENCE_S, Running
from tests.support.metrics_page import Page, parse_page

ANY_PORT = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}


class Scraped:
    """A `paypath run` with its metrics listener on a free port."""

    def __init__(self, config: str, directory: pathlib.Path, **env: str) -> None:
        """Start it, and wait until it says where it listens."""
        words = ["run", "--config", config, "--format", "json"]
        self.process = Running(words, cwd=directory, env={**ANY_PORT, **env})
        self.process.wait_for("metrics on http://", "err")
        match = re.search(r"metrics on (http://\S+)/metrics", self.process.output("err"))
        assert match is not None
        self.url = match[1]

    def page(self, accept: str = "text/plain") -> Page:
        """The metrics page as a scraper reads it."""
        request = urllib.request.Request(self.url + "/metrics", headers={"Accept": accept})  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            return parse_page(answer.read(), answer.headers["Content-Type"])

    def asked(self, target: str) -> Any:  # noqa: ANN401 - whatever the API answers
        """What the API beside the page answers to a GET."""
        with urllib.request.urlopen(self.url + target, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def next_run(self, outcome: str, scenario: str = "mtls-handshake") -> dict[str, Any]:
        """Wait for one more run of the scenario with this outcome than there has been so far."""
        return self.process.wait_for_json(lambda run: (run["scenario"], run["outcome"]) == (scenario, outcome))
