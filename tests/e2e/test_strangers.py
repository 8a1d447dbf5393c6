"""A client without a certificate at real servers: the scenario that knocks passes where it is refused, and only there."""

import pathlib
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Finished, paypath
from tests.servers.material import Material
from tests.servers.process import Server


def knocked(directory: pathlib.Path, server: Server, pki: Material) -> Finished:
    """`paypath check` of two scenarios, one of which shows no certificate."""
    pair = pki.clients["good"]
    file = write(
        directory,
        {"billing": connector(server.port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
    )
    return paypath("check", "mtls-handshake", "connector-refuses-strangers", "--config", file, "--format", "json")


@pytest.mark.server("nginx")
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_nginx_refuses(tls: str, pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """It finishes the handshake with everybody, and says so only in an HTTP 400."""
    assert knocked(tmp_path, start_nginx(tls=tls), pki).status == 0


@pytest.mark.server("haproxy")
def test_haproxy_refuses(pki: Material, start_haproxy: StartServer, tmp_path: pathlib.Path) -> None:
    """By an alert."""
    assert knocked(tmp_path, start_haproxy(), pki).status == 0


@pytest.mark.server("nginx")
@pytest.mark.parametrize("verify", ["optional", "off"])
def test_a_door_that_stands_open(verify: str, pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """Those who show a certificate come in as before: nobody else would notice."""
    done = knocked(tmp_path, start_nginx(verify_client=verify), pki)
    runs: dict[str, Any] = {str(run["scenario"]): run for run in done.json_lines()}
    assert done.status == 1
    assert runs["mtls-handshake"]["outcome"] == "passed"
    failure = runs["connector-refuses-strangers"]["failure"]
    assert (failure["code"], failure["reason"], failure["blame"]) == (5024, "connector.not_refused", "connector")
    assert "although no client certificate was shown to it" in failure["summary"]
