"""URLs, addresses and names that are asked for."""

import pytest
from pydantic_core import PydanticCustomError

from probe.settings.addresses import connector_url, host_port, is_loopback, listen_address, server_name, split_url


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://c", "c", 443),
        ("https://c:8443/", "c", 8443),
        ("https://[::1]:1/stripe/", "::1", 1),
        ("https://10.0.0.1", "10.0.0.1", 443),
    ],
)
def test_urls(url: str, host: str, port: int) -> None:
    """Host and port, the ordinary port where none is given; no slash at the end."""
    assert split_url(connector_url(url)) == (host, port)
    assert not connector_url(url).endswith("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://a b",
        "https://[::1",
        "https://[x]",
        "https://c:0",
        "https://-",
        "https://ü",
        "//c",
        "https:\\\\c",
        "https://c#f",
    ],
)
def test_bad_urls(url: str) -> None:
    """Nothing that the network code would have to guess about."""
    with pytest.raises(PydanticCustomError):
        connector_url(url)


@pytest.mark.parametrize(
    ("address", "pair"), [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::]:0", ("::", 0)), ("host:1", ("host", 1))]
)
def test_listen(address: str, pair: tuple[str, int]) -> None:
    """Port 0 lets the system choose."""
    assert host_port(listen_address(address)) == pair


@pytest.mark.parametrize(
    "address", ["9464", ":1", "::1:1", "h:", "h:-1", "h:65536", "h:1 ", "[h]:1", "h:" + "9" * 5000, "h:²"]
)
def test_bad_listen(address: str) -> None:
    """An IPv6 address needs its brackets."""
    with pytest.raises(PydanticCustomError):
        listen_address(address)


@pytest.mark.parametrize(
    "name", ["c.internal", "c.internal.", "a_b", "bücher.example", "10.0.0.1", "::1", "x" * 63 + ".example"]
)
def test_server_names(name: str) -> None:
    """Names of any script, and addresses."""
    assert server_name(name) == name


@pytest.mark.parametrize("name", [".", ".c", "a..b", "a b", "[::1]", "https://c", "c:443", "x" * 64, "", 5])
def test_what_is_no_server_name(name: object) -> None:
    """Nothing could be asked for by it."""
    with pytest.raises(PydanticCustomError):
        server_name(name)


def test_loopback() -> None:
    """Addresses by value, names by name."""
    assert [is_loopback(h) for h in ("127.1.2.3", "::1", "localhost.", "10.0.0.1", "localhost.evil.example")] == [
        True
    ] * 3 + [False] * 2
