"""Expectations that no answer of a method can meet, by the SDK's own types and documentation."""

import pytest

from probe.billing.answer_types import answer_faults
from probe.billing.methods import all_methods
from probe.billing.parameters import parameter_faults


@pytest.mark.parametrize(
    ("method", "place", "wanted", "message"),
    [
        ("v1.refunds.create", "status", "suceeded", "`status` is never `suceeded`"),
        ("v1.refunds.create", "status", {"one_of": ["failed", "suceeded"]}, "`status` is never `suceeded`"),
        ("v1.refunds.create", "status", {"matches": "suceeded"}, None),
        ("v1.refunds.create", "status", "brand_new", None),
        ("v1.refunds.create", "status", "${values.a}", None),
        ("v1.refunds.create", "amount", "100", '`amount` of the answer is a whole number, so it is never `"100"`'),
        ("v1.refunds.create", "amount", 100, None),
        ("v1.refunds.create", "amount", True, "`amount` of the answer is a whole number, so it is never `true`"),
        ("v1.refunds.create", "amount", {"min": 1, "max": "${values.a}"}, None),
        ("v1.refunds.create", "amount", {"matches": "1"}, '`amount` of the answer is a whole number, so it is never `"1"`'),
        ("v1.refunds.create", "amount", {"one_of": [1, "2"]}, '`amount` of the answer is a whole number, so it is never `"2"`'),
        ("v1.refunds.create", "amount", {"one_of": "${values.a}"}, None),
        ("v1.refunds.create", "amount", {"min": 1, "other": 2}, None),
        ("v1.refunds.create", "amount", None, None),
        ("v1.payment_intents.create", "status", {"min": 3}, "`status` of the answer is text, so it is never `3`"),
        ("v1.payment_intents.create", "livemode", False, None),
        ("v1.payment_intents.create", "customer", {"id": "cus_1"}, None),
        ("v1.payment_intents.create", "latest_charge", 3, None),
        ("v1.customers.delete", "deleted", True, None),
        ("v1.customers.delete", "deleted", "yes", '`deleted` of the answer is true or false, so it is never `"yes"`'),
        ("v1.events.list", "has_more", False, None),
    ],
)  # fmt: skip
def test_what_a_field_never_is(method: str, place: str, wanted: object, message: str | None) -> None:
    """Another type, or a slip of a word that the type or its documentation lists; what may be newer than the SDK is let through."""
    assert [fault.message for fault in answer_faults(method, {place: wanted})] == ([] if message is None else [message])


def test_every_method_can_be_asked() -> None:
    """The documentation of each class of the SDK is read without a fault."""
    for method in all_methods()[::9]:
        assert list(answer_faults(method, {"zzz": 1, "status": "zzz_zzz_zzz"})) == []


@pytest.mark.parametrize("given", [3, "", " ", None, True, ["pi_1"], {"a": 1}])
def test_an_id_is_text(given: object) -> None:
    """It goes into the URL; where it is the only one it may be called `id`."""
    for name in ("intent", "id"):
        (fault,) = parameter_faults("v1.payment_intents.retrieve", {name: given})
        assert (fault.place, fault.message) == ((name,), f"`{name}` must be the text of an id: it goes into the URL")
    for fine in ("pi_1", "${saved.intent}"):
        assert list(parameter_faults("v1.payment_intents.retrieve", {"intent": fine})) == []
