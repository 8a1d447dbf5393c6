"""Span attributes of observations that handshakes do not show."""

from dataclasses import replace

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Phase
from probe.model.network import Ended
from probe.model.observation import HttpObservation, WaitObservation
from probe.model.outcome import Passed
from probe.model.tls import TlsFacts
from probe.telemetry.attributes import (
    http_attributes,
    http_method,
    outcome_attributes,
    peer_attributes,
    request_span_id,
    tls_attributes,
)
from tests.support.runs import ENDPOINT, NOW, make_stripe, make_timings

REQUEST = HttpObservation(
    endpoint=ENDPOINT,
    started_at=NOW,
    method="post",
    path="/v1/charge?token=secret#part",
    ended=Ended.COMPLETED,
    phase=Phase.RECEIVE,
    timings=make_timings(),
    answer=HttpAnswer(status=201),
    tls=TlsFacts(version="TLSv1.2", established=True),
    request_span_id="00f067aa0ba902b7",
)
WAIT = WaitObservation(started_at=NOW, waited_s=1.0)


def test_an_http_steps_request() -> None:
    """Its query and fragment stay out of `url.full`: they may hold what is nobody's business."""
    assert http_attributes(REQUEST, resend_count=0) == {
        "http.request.method": "POST",
        "url.scheme": "https",
        "url.full": "https://billing-connector.internal:8443/v1/charge",
        "http.response.status_code": 201,
    }
    assert tls_attributes(REQUEST)["tls.protocol.version"] == "1.2"
    assert request_span_id(REQUEST) == "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("method", "writes", "verb"),
    [
        ("v1.payment_intents.create", True, "POST"),
        ("v1.payment_intents.cancel", True, "POST"),
        ("v1.customers.delete", True, "DELETE"),
        ("v1.subscriptions.cancel", True, "DELETE"),
        ("v1.balance.retrieve", False, "GET"),
    ],
)
def test_the_verb_of_a_stripe_call_that_was_not_recorded(method: str, writes: bool, verb: str) -> None:  # noqa: FBT001 - a table's row
    """Derived from the SDK's method where the SDK built no request."""
    assert http_method(replace(make_stripe(), method=method, writes=writes)) == verb


def test_a_recorded_stripe_request_is_taken_at_its_word() -> None:
    """Method and path as they went out."""
    sent = replace(make_stripe(), http_method="DELETE", http_path="/v1/customers/cus_1")
    described = http_attributes(sent, resend_count=1)
    assert described["http.request.method"] == "DELETE"
    assert described["url.full"] == "https://billing-connector.internal:8443/v1/customers/cus_1"
    assert described["http.request.resend_count"] == 1


def test_a_wait_has_no_peer() -> None:
    """Nothing was asked of anybody."""
    assert (peer_attributes(WAIT), tls_attributes(WAIT), request_span_id(WAIT)) == ({}, {}, None)


def test_a_passed_outcome_has_no_error_type() -> None:
    """Semantic conventions: absent on success."""
    assert outcome_attributes(Passed()) == {"paypath.outcome": "passed"}
