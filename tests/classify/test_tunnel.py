"""The words about a leg to a proxy."""

from probe.classify.finding import of_the_proxy
from probe.model.observation import Endpoint

TARGET = Endpoint(host="c.test", port=8443, server_name="c.test")


def test_who_did_it_is_the_proxy() -> None:
    """The tables' sentences on connectors are told of the proxy, and what was not reached is said."""
    said = of_the_proxy("The connector at p:1 refuses connections; ask the connector's owner.", TARGET)
    assert said == (
        "On the way through the proxy: The proxy at p:1 refuses connections; ask the proxy's owner. "
        "The connector c.test:8443 was not reached."
    )
