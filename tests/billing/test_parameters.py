"""Parameters against the SDK's own types: what is wrong is found before anything is sent."""

from collections.abc import Mapping

import pytest

from probe.billing.methods import all_methods
from probe.billing.parameters import parameter_faults

CREATE = "v1.payment_intents.create"
WHOLE = {"amount": 100, "currency": "usd"}


def faults(method: str, parameters: Mapping[str, object]) -> list[str]:
    """Each as `place: message; hint`."""
    found = parameter_faults(method, parameters)
    return [f"{'.'.join(map(str, fault.place))}: {fault.message}; {fault.hint}" for fault in found]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (CREATE, WHOLE | {"payment_method_types": ["card"], "confirm": True, "capture_method": "manual"}),
        (CREATE, WHOLE | {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}),
        (CREATE, {"amount": "${values.amount}", "currency": "${values.currency}", "confirm": "${saved.x}"}),
        (CREATE, WHOLE | {"metadata": {"order": 5, "name": "x"}, "description": None, "off_session": "one_off"}),
        (CREATE, WHOLE | {"metadata": "", "off_session": True}),
        ("v1.payment_intents.cancel", {"intent": "pi_1", "cancellation_reason": "abandoned"}),
        ("v1.payment_intents.cancel", {"id": "pi_1"}),
        ("v1.events.list", {"types": ["a"], "created": {"gte": 5}, "limit": 3}),
        ("v1.events.list", {"created": 5}),
        ("v1.balance.retrieve", {}),
        ("v1.no_such.method", {"a": 1}),
    ],
)
def test_what_fits(method: str, parameters: Mapping[str, object]) -> None:
    """Nothing is said; a text with a template fits everywhere."""
    assert faults(method, parameters) == []


@pytest.mark.parametrize(
    ("method", "parameters", "said"),
    [
        (CREATE, {"currency": "usd"}, ["amount: the parameter `amount` is missing; add it"]),
        (CREATE, WHOLE | {"confrim": True}, ["confrim: unknown parameter `confrim`; did you mean `confirm`?"]),
        (CREATE, WHOLE | {"amount": "100"}, ["amount: `amount` must be a whole number, not `100`; "]),
        (CREATE, WHOLE | {"amount": True}, ["amount: `amount` must be a whole number, not `true`; "]),
        (CREATE, WHOLE | {"amount": {"a": 1}}, ["amount: `amount` must be a whole number, not a map; "]),
        (CREATE, WHOLE | {"amount": [1]}, ["amount: `amount` must be a whole number, not a list; "]),
        (CREATE, WHOLE | {"confirm": "true"}, ["confirm: `confirm` must be true or false, not `true`; "]),
        (CREATE, WHOLE | {"payment_method_types": "card"}, ["payment_method_types: `payment_method_types` must be a list, not `card`; "]),
        (CREATE, WHOLE | {"payment_method_types": [{}]}, ["payment_method_types.0: `payment_method_types` must be text, not a map; "]),
        (CREATE, WHOLE | {"automatic_payment_methods": True}, ["automatic_payment_methods: `automatic_payment_methods` must be a map, not `true`; "]),
        (CREATE, WHOLE | {"automatic_payment_methods": {"enable": True}}, ["automatic_payment_methods.enable: unknown parameter `enable`; did you mean `enabled`?", "automatic_payment_methods.enabled: the parameter `enabled` is missing; add it"]),
        (CREATE, WHOLE | {"metadata": {"a": {"b": 1}}}, ["metadata.a: `a` must be text, not a map; "]),
        (CREATE, WHOLE | {"api_key": "x"}, ["api_key: unknown parameter `api_key`; known here: "]),
        (CREATE, WHOLE | {"idempotency_key": "x"}, ["idempotency_key: unknown parameter `idempotency_key`; known here: "]),
        ("v1.payment_intents.cancel", {}, ["intent: v1.payment_intents.cancel needs `intent`, the id that goes into its URL; add it"]),
        ("v1.payment_intents.cancel", {"intnet": "pi_1"}, ["intent: v1.payment_intents.cancel needs `intent`, the id that goes into its URL; add it", "intnet: unknown parameter `intnet`; did you mean `intent`?"]),
        ("v1.events.list", {"created": {"since": 5}}, ["created.since: unknown parameter `since`; known here: `gt`, `gte`, `lt`, `lte`"]),
        ("v1.balance.retrieve", {"currency": "usd"}, ["currency: unknown parameter `currency`; known here: `expand`"]),
    ],
)  # fmt: skip
def test_what_does_not(method: str, parameters: Mapping[str, object], said: list[str]) -> None:
    """The place, what is wrong, and what was meant. Options of the request are ours to set, not a scenario's."""
    found = faults(method, parameters)
    assert len(found) == len(said)
    assert all(one.startswith(beginning) for one, beginning in zip(found, said, strict=True)), found


def test_every_method_can_be_checked() -> None:
    """The types of all of them are understood: a parameter that none has is found in each."""
    for method in all_methods():
        assert any("no_such_parameter" in fault for fault in faults(method, {"no_such_parameter": 1})), method
