"""Proof of test mode in answers of the company's own API."""

import json

import pytest

from probe.catalogue.catalogue import load
from probe.checks.canary import PROOF_STEP, check_test_mode
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Phase
from probe.model.path import OwnApi
from probe.model.scenario import HttpAction, StepKind, StepPlan

API = OwnApi(canary_tenant="canary", proof={"payment.test": True, "mode": "sandbox"})
GOOD = {"payment": {"test": True}, "mode": "sandbox"}


def proven(method: str, body: object, *, status: int = 200, name: str = "charge") -> bool:
    """Whether the answer to such a request lets the path stay open."""
    plan = StepPlan(name=name, kind=StepKind.HTTP, action=HttpAction(method=method, path="/charges"))
    text = body if isinstance(body, str) else json.dumps(body)
    failure = check_test_mode(plan, HttpAnswer(status=status, body=text), API, load())
    if failure is None:
        return True
    assert (failure.reason, failure.evidence.http_status) == ("charge.live_mode", status)
    assert failure.summary.startswith(f"Step {name}: `")
    return False


@pytest.mark.parametrize("method", ["POST", "put", "DELETE"])
def test_a_write_has_to_prove_it(method: str) -> None:
    """Every place, with its very value: true is not 1."""
    assert proven(method, GOOD)
    for body in (
        {"mode": "sandbox"},
        GOOD | {"mode": "live"},
        GOOD | {"payment": {"test": 1}},
        [],
        "paid",
        "",
        "[" * 99999,
    ):
        assert not proven(method, body)


def test_a_read_has_only_to_contradict_nothing() -> None:
    """A page of health says nothing of modes."""
    assert proven("GET", {"ok": True})
    assert not proven("GET", {"mode": "live"})


def test_an_error_has_made_nothing() -> None:
    """It may say nothing; what it says counts."""
    assert proven("POST", {"fault": 5023}, status=503)
    assert not proven("POST", {"mode": "live"}, status=409)


def test_the_question_for_the_proof_has_to_be_answered() -> None:
    """Although it writes nothing."""
    assert proven("GET", GOOD, name=PROOF_STEP)
    assert not proven("GET", {}, name=PROOF_STEP)


def test_what_is_said_of_a_contradiction() -> None:
    """Each place with what it says and what it should, as an answer of the peer."""
    plan = StepPlan(name="charge", kind=StepKind.HTTP, action=HttpAction(method="POST", path="/charges"))
    body = json.dumps({"payment": {"test": "no"}, "mode": "live"})
    failure = check_test_mode(plan, HttpAnswer(status=200, body=body), API, load())
    assert failure is not None
    assert failure.summary == (
        'Step charge: `payment.test` is "no", in test mode it is true; `mode` is "live", in test mode it is "sandbox": '
        "the answer does not prove test mode, where alone a probe may write."
    )
    assert (failure.phase, failure.confidence) == (Phase.RECEIVE, Confidence.PEER_HTTP)
