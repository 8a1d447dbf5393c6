"""The SDK's call keeps the evidence of a refused certificate that aiohttp throws away, at servers made by others."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from probe.billing.stripe import SdkCaller
from probe.catalogue.catalogue import load
from probe.certificates.identity import read_identity
from probe.classify.stripe import judge_stripe
from probe.model.clock import SystemClock
from probe.model.network import Ended
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed
from probe.model.path import Identity, KeyFrom, PhaseLimits
from probe.model.tls import AlertFrom
from probe.tls.contexts import ContextCache
from tests.billing.rig import path_to
from tests.servers.material import Material
from tests.servers.process import Server

StartServer = Callable[..., Server]
BOTH = pytest.mark.parametrize("tls", ["1.2", "1.3"])


async def charge(port: int, pki: Material, client: str | None) -> StripeObservation:
    """Create an intent with the certificate of `client`."""
    clock = SystemClock()
    pair = None if client is None else pki.clients[client]
    loaded = pair and read_identity(Identity(name="c", certificate=pair.certificate, private_key=pair.private_key))
    return await SdkCaller(contexts=ContextCache(), clock=clock).call(
        path=path_to(port, pki.trust, server_name="localhost"),
        identity=loaded,
        method="v1.payment_intents.create",
        parameters={"amount": 100, "currency": "usd"},
        idempotency_key="k",
        limits=PhaseLimits(default_s=20.0),
        deadline=clock.monotonic() + timedelta(minutes=1).total_seconds(),
        traceparent=None,
        span_id=None,
    )


def reason(observation: StripeObservation) -> str:
    """What the classification makes of it."""
    outcome = judge_stripe(observation, load(), key_from=KeyFrom.PROBE).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure.reason


@pytest.mark.server("openssl")
@BOTH
@pytest.mark.parametrize(("client", "alert"), [("expired", 45), ("unknown-ca", 48)])
async def test_the_alert_is_kept(start_s_server: StartServer, pki: Material, tls: str, client: str, alert: int) -> None:
    """By its number; under TLS 1.3 it comes after our side of the handshake is done, and may be lost to a reset."""
    observation = await charge(start_s_server(tls=tls).port, pki, client)
    assert observation.ended in {Ended.ERROR, Ended.RESET}
    assert observation.tls.client_certificate_sent
    from_peer = [each.number for each in observation.tls.alerts if each.sender is AlertFrom.PEER and each.fatal]
    assert from_peer == [alert] or (tls == "1.3" and observation.ended is Ended.RESET)


@pytest.mark.server("nginx")
@BOTH
async def test_nginx_refuses_only_in_http(start_nginx: StartServer, pki: Material, tls: str) -> None:
    """The handshake succeeds; the answer is a page of nginx's, which the SDK cannot read and the observation keeps."""
    observation = await charge(start_nginx(tls=tls).port, pki, None)
    assert observation.ended is Ended.COMPLETED
    assert observation.http is not None
    assert observation.http.status == 400
    assert "No required SSL certificate was sent" in observation.http.body
    assert reason(observation) == "tls.client_cert.missing"
