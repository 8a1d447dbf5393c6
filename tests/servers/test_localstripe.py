"""The command line against connectors that others made: localstripe, a second stand-in for Stripe, behind nginx with mTLS."""

import pathlib

import pytest

from tests.conftest import StartServer
from tests.servers import localstripe
from tests.servers.command import paypath_json
from tests.servers.material import Material
from tests.servers.process import Server

pytestmark = pytest.mark.server("localstripe", "nginx")

_CONFIGURATION = """\
environment: staging
location: test
state: {{directory: {directory}/state}}
paths:
  billing:
    connector:
      url: https://localhost:{port}
      identity: billing
      trust: {trust}
      health_path: /healthz
    stripe: {{api_key_file: {directory}/key}}
identities:
  billing: {{certificate: {certificate}, private_key: {private_key}}}
scenarios: {{directory: {scenarios}}}
"""


def test_a_charge_through_nginx_to_localstripe(
    pki: Material, localstripe_connector: Server, tmp_path: pathlib.Path
) -> None:
    """A card is charged and refunded at a stand-in that shares no line with ours."""
    status, run = paypath_json("check", "--config", _configure(tmp_path, pki, localstripe_connector, "good"))
    assert run["failure"] is None
    assert (status, run["outcome"]) == (0, "passed")
    steps = {step["step"]: step["outcome"] for step in run["steps"]}
    assert (steps["charge"], steps["refund"]) == ("passed", "passed")


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_an_expired_certificate_is_named_before_any_charge(
    tls: str, pki: Material, localstripe_server: Server, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """With an expired client certificate nginx lets no charge through, and the file is named with proof."""
    connector = start_nginx(tls=tls, upstream_port=localstripe_server.port)
    status, run = paypath_json("check", "--config", _configure(tmp_path, pki, connector, "expired"))
    failure = run["failure"]
    assert (status, failure["code"], failure["reason"]) == (1, 5023, "tls.client_cert.expired")
    assert failure["confidence"] == "proven"
    assert str(pki.clients["expired"].certificate) in failure["summary"]


def _configure(directory: pathlib.Path, pki: Material, connector: Server, client: str) -> pathlib.Path:
    """Write a configuration for one connector and one of the clients."""
    key = directory / "key"
    key.write_text("sk_test_localstripe", encoding="utf-8")
    key.chmod(0o600)
    configuration = directory / "paypath.yaml"
    identity = pki.clients[client]
    text = _CONFIGURATION.format(
        directory=directory,
        port=connector.port,
        trust=pki.trust,
        certificate=identity.certificate,
        private_key=identity.private_key,
        scenarios=localstripe.SCENARIOS,
    )
    configuration.write_text(text, encoding="utf-8")
    return configuration
