"""Slips of the finger in expectations are found by the SDK's own types."""

import pytest

from probe.billing.answer_types import answer_faults, event_fault, event_types
from probe.billing.parameters import parameter_faults
from probe.documents.nearest import slip

CREATE = "v1.payment_intents.create"


@pytest.mark.parametrize(
    ("method", "expect", "told"),
    [
        (CREATE, {"statsu": "succeeded"}, "the answer has no `statsu` did you mean `status`?"),
        (CREATE, {"wthin": "3s"}, "the answer has no `wthin` did you mean `within`?"),
        (CREATE, {"status": "suceeded"}, "`status` is never `suceeded` did you mean `succeeded`?"),
        (CREATE, {"capture_method": "manul"}, "`capture_method` is never `manul` did you mean `manual`?"),
        ("v1.refunds.create", {"amuont": 1}, "the answer has no `amuont` did you mean `amount`?"),
    ],
)
def test_slips(method: str, expect: dict[str, object], told: str) -> None:
    """Of fields and of words."""
    assert [f"{fault.message} {fault.hint}" for fault in answer_faults(method, expect)] == [told]


def test_what_may_be_newer_passes() -> None:
    """The SDK does not know tomorrow's fields, nor ours; a list has fields of its own."""
    expect = {
        "status": "succeeded",
        "brand_new_field": 1,
        "http.status": 200,
        "within": "2s",
        "payment_method_types": [],
    }
    assert list(answer_faults(CREATE, expect)) == []
    assert list(answer_faults("v1.events.list", {"data.0.type": "x", "has_more": False})) == []
    assert list(answer_faults("v1.nothing.create", {"statsu": 1})) == []


def test_events() -> None:
    """A closed list of some two hundred."""
    assert "payment_intent.succeeded" in event_types()
    assert event_fault("payment_intent.succeeded") is None
    assert event_fault("v2.core.event_destination.ping") is None
    assert event_fault("payment_intent.succeded") == "did you mean `payment_intent.succeeded`?"


def test_a_slip_in_a_parameter() -> None:
    """The types take any text beside the listed words, for what is newer."""
    given = {"amount": 1, "currency": "usd"}
    (fault,) = parameter_faults(CREATE, {**given, "capture_method": "manul"})
    assert fault.place == ("capture_method",)
    assert list(parameter_faults(CREATE, {**given, "capture_method": "manual"})) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [("mxa", "max"), ("mim", "min"), ("mn", "min"), ("minn", "min"), ("min", None), ("day", None), ("m", None)],
)
def test_what_a_slip_is(word: str, meant: str | None) -> None:
    """One letter, or their order."""
    assert slip(word, ("min", "max", "any")) == meant
