"""What requests are made to, for each kind of connector, and whom they name."""

import pathlib
from dataclasses import replace

from probe.model.failure import Hop
from probe.model.network import Endpoint
from probe.model.path import Connector, ConnectorKind, Identity, PaymentPath, Proxy, Verify, borrowed
from probe.model.scenario import HttpAction, names_canary
from probe.model.secret import Secret

HERE = Endpoint(host="egress", port=4750, server_name="egress")
FAR = Connector(
    url="https://api.test",
    endpoint=Endpoint(host="api.test", port=443, server_name="api.test"),
    hop=Hop.CONNECTOR_STRIPE,
)


def test_what_is_no_proxy_is_asked_itself() -> None:
    """Also where what stands behind it is probed."""
    for kind in (ConnectorKind.TERMINATING, ConnectorKind.API):
        connector = Connector(url="https://egress:4750", endpoint=HERE, kind=kind, upstream=FAR)
        assert connector.requested is connector


def test_a_proxy_leads_to_its_upstream() -> None:
    """Identity, trust and credentials stay with the leg to it; the upstream is what requests name."""
    connector = Connector(
        url="https://egress:4750",
        endpoint=HERE,
        kind=ConnectorKind.PROXY,
        identity=Identity(name="billing", certificate=pathlib.Path("c")),
        trust=pathlib.Path("ca"),
        verify=Verify(strict=True),
        credentials=Secret("us:hush"),
        upstream=FAR,
    )
    asked = connector.requested
    assert (asked.url, asked.endpoint, asked.identity, asked.trust) == (FAR.url, FAR.endpoint, None, None)
    leg = asked.proxy
    assert leg is not None
    assert (leg.endpoint, leg.tls, leg.is_connector, leg.identity) == (HERE, True, True, connector.identity)
    assert (leg.trust, leg.verify, leg.credentials) == (connector.trust, connector.verify, connector.credentials)


def test_a_request_that_names_the_canary() -> None:
    """In its path, a header or its body; with spaces inside of the braces too."""
    named = "${canary.tenant}"
    assert names_canary(HttpAction(method="POST", path=f"/tenants/{named}/charges"))
    assert names_canary(HttpAction(method="POST", path="/", headers={"x-tenant": "${ canary.tenant }"}))
    assert names_canary(HttpAction(method="POST", path="/", body=f'{{"tenant": "{named}"}}'))
    assert not names_canary(HttpAction(method="POST", path="/canary.tenant", body="acme"))


def test_identities_that_are_shown_behind_connectors_alone() -> None:
    """What the connector or its proxy shows too is ours."""
    ours, theirs, both = (Identity(name=name, certificate=pathlib.Path(name)) for name in ("ours", "theirs", "both"))
    proxy = Proxy(url="http://p:1", endpoint=HERE, identity=both)
    connector = Connector(
        url="https://c", endpoint=HERE, identity=ours, proxy=proxy, upstream=replace(FAR, identity=both)
    )
    other = replace(connector, proxy=None, identity=None, upstream=replace(FAR, identity=theirs))
    paths = [PaymentPath(name=name, connector=one) for name, one in (("a", connector), ("b", other))]
    assert borrowed(paths) == {"theirs"}
    assert borrowed([PaymentPath(name="c", connector=replace(connector, upstream=None))]) == frozenset()
