"""One call with the real SDK: what is sent, what comes back, what never stays."""

import asyncio
import pathlib
from urllib.parse import parse_qs, unquote

import pytest

from probe.billing.methods import CallMistakeError
from probe.billing.stripe import NoStripeError, OutOfTimeError
from probe.model.failure import Phase
from probe.model.network import Ended
from probe.model.path import PaymentPath
from tests.billing.rig import INTENT, KEY, Ask, FakeConnector, Material, Request, answer, error_body, hang, path_to


async def test_a_charge(ask: Ask, connector: FakeConnector) -> None:
    """The whole way: what was sent, what came back, and how long each phase took."""
    connector.behaviour = answer(200, INTENT | {"charges": {"object": "list", "data": [{"id": "ch_1"}]}})
    observation = await ask()
    assert observation.ended is Ended.COMPLETED
    assert observation.response == INTENT | {"charges": {"object": "list", "data": [{"id": "ch_1"}]}}
    assert (observation.request_id, observation.error, observation.causes) == ("req_1", None, ())
    assert (observation.http_method, observation.http_path) == ("POST", "/v1/payment_intents")
    assert observation.writes
    assert [each.phase for each in observation.timings] == [Phase.TCP, Phase.TLS, Phase.SEND, Phase.WAIT, Phase.RECEIVE]
    assert all(each.duration_s >= 0 for each in observation.timings)
    assert observation.tls.client_certificate_sent
    assert observation.presented[0].subject == "CN=connector.test"
    sent = connector.requests[0]
    assert sent.line == "POST /v1/payment_intents HTTP/1.1"
    assert parse_qs(sent.body) == {"amount": ["100"], "currency": ["usd"]}
    assert sent.headers["idempotency-key"] == observation.idempotency_key == "paypath-1"
    assert sent.headers["traceparent"] == "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["stripe-version"] == "2026-07-29.dahlia", "docs/decisions/0009-stripe-api-version.md"
    assert observation.request_span_id == "0123456789abcdef"


async def test_ids_go_into_the_url(ask: Ask, connector: FakeConnector) -> None:
    """A read: no body, no idempotency key unless one is given, and the phases of a read."""
    connector.behaviour = answer(200, INTENT)
    observation = await ask(
        "v1.payment_intents.retrieve", {"intent": "pi_1", "expand": ["latest_charge"]}, idempotency_key=None
    )
    assert observation.http_path == "/v1/payment_intents/pi_1"
    assert not observation.writes
    assert unquote(connector.requests[0].line) == "GET /v1/payment_intents/pi_1?expand[0]=latest_charge HTTP/1.1"
    assert "idempotency-key" not in connector.requests[0].headers
    assert [each.phase for each in observation.timings][-2:] == [Phase.WAIT, Phase.RECEIVE]


async def test_each_call_has_a_connection_of_its_own(ask: Ask, connector: FakeConnector) -> None:
    """A kept-alive connection hides an expired certificate; a resumed session does too."""
    connector.behaviour = answer(200, INTENT)
    assert not (await ask()).tls.resumed
    assert not (await ask()).tls.resumed
    assert connector.connections == 2


async def test_a_replayed_answer_says_so(ask: Ask, connector: FakeConnector) -> None:
    """The key had been used before: this answer is the first one's."""
    connector.behaviour = answer(200, INTENT, headers={"Idempotent-Replayed": "true", "Stripe-Notice": "no warning"})
    assert (await ask()).replayed


async def test_nothing_secret_stays(ask: Ask, connector: FakeConnector) -> None:
    """Neither the key that a peer echoes, nor a client secret, nor a card number, in whatever part of the observation."""
    echo = {"id": "pi_1", "object": "payment_intent", "client_secret": "pi_1_secret_abc123", "description": KEY}
    connector.behaviour = answer(200, echo, headers={"X-Echo": f"Bearer {KEY}"})
    text = repr(await ask())
    connector.behaviour = answer(401, error_body(message=f"Invalid API Key provided: {KEY}, card 4242424242424242"))
    text += repr(await ask())
    connector.behaviour = answer(502, f"<html>{KEY}</html>".encode())
    text += repr(await ask())
    for secret in (KEY, "hush", "secret_abc123", "4242424242424242"):
        assert secret not in text


def files_under(directory: pathlib.Path) -> list[pathlib.Path]:
    """Everything in it."""
    return list(directory.rglob("*"))


async def test_no_file_is_written(
    ask: Ask, connector: FakeConnector, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's telemetry is off: it would keep an id under ~/.config and send it along."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    connector.behaviour = answer(200, INTENT)
    await ask()
    await ask()
    assert files_under(tmp_path) == []
    assert "telemetry" not in repr(connector.requests).lower()


async def test_the_sdk_logs_no_body(
    ask: Ask, connector: FakeConnector, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever level the process logs at."""
    caplog.set_level("DEBUG")
    connector.behaviour = answer(200, INTENT)
    await ask()
    assert "pi_1" not in caplog.text + "".join(capfd.readouterr())


async def test_mistakes_of_our_own_raise(ask: Ask, connector: FakeConnector, material: Material) -> None:
    """They say nothing about the path, so they are no observations."""
    with pytest.raises(CallMistakeError):
        await ask("v1.payment_intents.confirm", {})
    with pytest.raises(OutOfTimeError):
        await ask(within_s=-1.0)
    with pytest.raises(NoStripeError):
        await ask(path=PaymentPath(name="bare", connector=path_to(1, material.trust).connector))
    assert connector.connections == 0


async def test_a_cancelled_call_ends_at_once(ask: Ask, connector: FakeConnector) -> None:
    """SIGTERM cancels a run: the cancellation passes through, and leaves no connection behind."""
    arrived = asyncio.Event()

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await hang(request, writer)

    connector.behaviour = behave
    async with asyncio.TaskGroup() as group:
        call = group.create_task(ask())
        await arrived.wait()
        call.cancel()
    assert call.cancelled()
