"""A plugin of the operator's that makes the requests to the collector, as OpenTelemetry's SDK knows them."""

import pathlib

import pytest

from tests.e2e.processes import Lab, Running
from tests.support.otlp import receiving

PLUGIN = """
import requests

def session():
    session = requests.Session()
    session.headers["X-Granted"] = "yes"
    return session
"""


@pytest.mark.parametrize(
    ("signal", "granted"), [("", {"yes"}), ("TRACES_", {"yes", None}), ("METRICS_", {"yes", None})]
)
def test_a_plugin_that_makes_the_requests_is_kept(
    lab: Lab, tmp_path: pathlib.Path, signal: str, granted: set[str | None]
) -> None:
    """It adds the credentials: with a session of ours the SDK would not ask for it."""
    installed = tmp_path / "granting-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: granting\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[opentelemetry_otlp_credential_provider]\ngrants = granting:session\n")
    (tmp_path / "granting.py").write_text(PLUGIN)
    with receiving() as otlp:
        env = {
            "PYTHONPATH": str(tmp_path),
            "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
            f"OTEL_PYTHON_EXPORTER_OTLP_HTTP_{signal}CREDENTIAL_PROVIDER": "grants",
        }
        words = ["check", "mtls-handshake", "--config", lab.config]
        done = Running(words, cwd=lab.directory, env=env, forked=False).ended()
    assert (done.status, done.err) == (0, "")
    assert {headers.get("x-granted") for headers in otlp.headers} == granted
