"""Where a hop leads."""

import pytest

from probe.model.network import Endpoint


@pytest.mark.parametrize(
    ("host", "port", "local", "text"),
    [
        ("billing.internal", 8443, False, "billing.internal:8443"),
        ("192.0.2.7", 443, False, "192.0.2.7:443"),
        ("2001:db8::7", 443, False, "[2001:db8::7]:443"),
        ("/run/mesh/billing.sock", 0, True, "/run/mesh/billing.sock"),
    ],
)
def test_an_endpoint_reads_as_people_write_it(
    host: str,
    port: int,
    local: bool,  # noqa: FBT001 - a parameter
    text: str,
) -> None:
    """RFC 3986 3.2.2 puts brackets around an IPv6 address; a unix socket is its path."""
    endpoint = Endpoint(host=host, port=port, server_name="localhost")
    assert (str(endpoint), endpoint.local) == (text, local)


def test_a_name_is_asked_for_without_the_dot_at_its_end() -> None:
    """TLS has none (RFC 6066 3), whatever the resolver is asked for."""
    endpoint = Endpoint(host="c.internal.", port=8443, server_name="c.internal.")
    assert (endpoint.host, endpoint.server_name) == ("c.internal.", "c.internal")
    assert Endpoint(host="c.internal", port=8443, server_name="c.internal").server_name == "c.internal"
