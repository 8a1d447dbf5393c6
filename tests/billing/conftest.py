"""A connector behind mutual TLS, and the real caller for it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping

import pytest

from probe.billing.stripe import SdkCaller
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.clock import SystemClock
from probe.model.identity import IdentityFacts, LoadedIdentity
from probe.model.observation import StripeObservation
from probe.model.path import PaymentPath, PhaseLimits
from probe.tls.contexts import ContextCache
from tests.billing.rig import CHARGE, Ask, FakeConnector, Material, path_to


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """One CA, a server that requires client certificates, and a client with one."""
    directory = tmp_path_factory.mktemp("billing-material")
    authority = Authority.root("Test Root", now=SystemClock().now())
    issued = authority.issue("connector.test", san=["connector.test"], usages=[SERVER_AUTH])
    issued.write(directory / "server.crt", directory / "server.key")
    trust = directory / "ca.pem"
    trust.write_bytes(authority.certificate_pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(trust))
    server.load_cert_chain(directory / "server.crt", directory / "server.key")
    server.verify_mode = ssl.CERT_REQUIRED
    client = authority.issue("billing")
    facts = IdentityFacts(name="billing", certificate_path="tls.crt", key_path="tls.key")
    loaded = LoadedIdentity(facts=facts, certificate_pem=client.certificate_pem, key_pem=client.key_pem)
    return Material(authority, trust, server, loaded)


@pytest.fixture
async def connector(material: Material) -> AsyncIterator[FakeConnector]:
    """A listening connector with mutual TLS."""
    connector = FakeConnector()
    server = await asyncio.start_server(connector.serve, "127.0.0.1", 0, ssl=material.server)
    connector.port = server.sockets[0].getsockname()[1]
    yield connector
    server.close()
    connector.stop()


@pytest.fixture
def ask(connector: FakeConnector, material: Material) -> Ask:
    """Call the connector with the real SDK; everything may be overridden."""

    async def call(
        method: str = "v1.payment_intents.create",
        parameters: Mapping[str, object] | None = None,
        *,
        path: PaymentPath | None = None,
        caller: SdkCaller | None = None,
        within_s: float = 30.0,
        **more: object,
    ) -> StripeObservation:
        clock = SystemClock()
        arguments: dict[str, object] = {
            "identity": material.identity,
            "idempotency_key": "paypath-1",
            "limits": PhaseLimits(default_s=20.0),
            "traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
            "span_id": "0123456789abcdef",
        }
        return await (caller or SdkCaller(contexts=ContextCache(), clock=clock)).call(
            path=path or path_to(connector.port, material.trust),
            method=method,
            parameters=CHARGE if parameters is None else parameters,
            deadline=clock.monotonic() + within_s,
            **(arguments | more),  # type: ignore[arg-type]  # a test's own overrides
        )

    return call
