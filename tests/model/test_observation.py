"""What was seen on the wire."""

import pytest

from probe.model.observation import Endpoint


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
