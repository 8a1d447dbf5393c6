"""The engine's types as the configuration gives them."""

import pathlib

import pytest

from probe.model.observation import Endpoint
from tests.settings.conftest import Load, Refuse

PATH = "paths: {b: {connector: {url: 'https://c.test:8443', %s}}}"


@pytest.mark.parametrize(
    ("way", "host", "port"),
    [
        ("health_path: /", "c.test", 8443),
        ("address: '10.0.0.5:443'", "10.0.0.5", 443),
        ("address: '[::1]:1'", "::1", 1),
    ],
)
def test_where_to_connect_to(load: Load, way: str, host: str, port: int) -> None:
    """An address moves the connection; the server name and the URL stay."""
    connector = load(PATH % way).paths[0].connector
    assert connector.endpoint == Endpoint(host=host, port=port, server_name="c.test")
    assert connector.url == "https://c.test:8443"


def test_a_socket_is_relative_to_the_file(load: Load, tmp_path: pathlib.Path) -> None:
    """As every other file that the configuration names."""
    endpoint = load(PATH % "socket: run/c.sock, server_name: other.test").paths[0].connector.endpoint
    assert endpoint == Endpoint(host=str(tmp_path / "run/c.sock"), port=0, server_name="other.test")


@pytest.mark.parametrize("address", ["10.0.0.5", "10.0.0.5:0", "10.0.0.5:99999", "::1:80", "a b:1", ":1"])
def test_what_is_no_address(refuse: Refuse, address: str) -> None:
    """Each is refused with how to write one."""
    (mistake,) = refuse(PATH % f"address: '{address}'")
    assert "paypath.yaml:1:" in mistake
    assert "10.0.0.5:8443" in mistake
