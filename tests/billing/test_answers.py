"""Answers of Stripe, and of whatever else may stand in its place: their facts stay, also where the SDK loses them."""

import pytest

from probe.model.network import Ended
from tests.billing.rig import Ask, FakeConnector, answer, error_body, kinds


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error_body(param="amount", code="parameter_missing"), "InvalidRequestError"),
        (400, error_body(type="idempotency_error"), "IdempotencyError"),
        (401, error_body(), "AuthenticationError"),
        (402, error_body(type="card_error", code="card_declined", decline_code="insufficient_funds"), "CardError"),
        (403, error_body(), "PermissionError"),
        (404, error_body(code="resource_missing"), "InvalidRequestError"),
        (409, error_body(type="idempotency_error", code="idempotency_key_in_use"), "APIError"),
        (424, error_body(type="api_error"), "APIError"),
        (429, error_body(code="rate_limit"), "RateLimitError"),
        (500, error_body(type="api_error"), "APIError"),
    ],
)
async def test_errors_of_stripe(
    ask: Ask, connector: FakeConnector, status: int, body: dict[str, dict[str, str]], kind: str
) -> None:
    """Each keeps its type, code and request id, and is sent once: retries are not the SDK's."""
    connector.behaviour = answer(status, body, headers={"Stripe-Should-Retry": "true"})
    observation = await ask()
    assert observation.ended is Ended.COMPLETED
    assert observation.http is not None
    assert (observation.http.status, observation.request_id, observation.response) == (status, "req_1", None)
    assert kinds(observation) == [kind]
    assert observation.error is not None
    facts = {name: getattr(observation.error, name) for name in ("type", "code", "decline_code", "param")}
    assert facts == {name: body["error"].get(name) for name in facts}
    assert len(connector.requests) == 1


async def test_a_declined_intent_is_known(ask: Ask, connector: FakeConnector) -> None:
    """Its id, for the cleanup that cancels it, and whether it was a live one."""
    intent = {"id": "pi_2", "object": "payment_intent", "livemode": False}
    connector.behaviour = answer(402, error_body(type="card_error", payment_intent=intent))
    error = (await ask()).error
    assert error is not None
    assert (error.payment_intent, error.livemode) == ("pi_2", False)
    assert error.about == intent


async def test_a_declined_setup_intent_is_known(ask: Ask, connector: FakeConnector) -> None:
    """As it stands, without its client secret."""
    intent = {"id": "seti_1", "object": "setup_intent", "client_secret": "seti_1_secret_abcdefghijklmnop"}
    connector.behaviour = answer(402, error_body(type="card_error", setup_intent=intent))
    error = (await ask()).error
    assert error is not None
    assert error.payment_intent is None
    assert error.about is not None
    assert error.about["id"] == "seti_1"
    assert "abcdefghijklmnop" not in str(error.about)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html><h1>502 Bad Gateway</h1></html>", "APIError"),
        (200, b"<html>login</html>", "APIError"),
        (503, b"", "APIError"),
        (302, b"", "APIError"),
        (200, b"\xff\xfe\xfa", "UnicodeDecodeError"),
        (500, b'{"error": []}', "AttributeError"),
        (500, b'{"error": null}', "AttributeError"),
        (500, b"[" * 100_000, "APIError"),
    ],
)
async def test_answers_that_are_not_stripes(
    ask: Ask, connector: FakeConnector, status: int, body: bytes, kind: str
) -> None:
    """Status, headers and body stay known, also where the SDK loses them or stumbles."""
    connector.behaviour = answer(status, body, headers={"Location": f"https://127.0.0.1:{connector.port}/elsewhere"})
    observation = await ask()
    assert observation.ended is Ended.COMPLETED
    assert observation.http is not None
    assert (observation.http.status, observation.request_id) == (status, "req_1")
    assert observation.http.body == body[: 64 * 1024].decode(errors="replace")
    assert (kinds(observation)[0], observation.response, observation.error) == (kind, None, None)
    assert len(connector.requests) == 1


@pytest.mark.parametrize("body", [b"[1, 2]", b'"text"', b"null", b"7", b"{}"])
async def test_json_that_is_no_stripe_object(ask: Ask, connector: FakeConnector, body: bytes) -> None:
    """The SDK lets it pass or stumbles: it never raises here, and never looks like an object of Stripe's."""
    connector.behaviour = answer(200, body)
    observation = await ask()
    assert observation.ended is Ended.COMPLETED
    assert not observation.response
