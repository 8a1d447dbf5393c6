"""The SDK's own methods: which exist, which write, what goes into the URL."""

import pytest

from probe.billing import methods


@pytest.mark.parametrize(
    "method", ["v1.payment_intents.create", "v1.refunds.create", "v1.balance.retrieve", "v2.core.events.list"]
)
def test_methods_that_exist(method: str) -> None:
    """Services at the top, with a single object, and of the second API version."""
    assert methods.exists(method)


@pytest.mark.parametrize(
    "method",
    [
        "",
        "v1",
        "v1.payment_intents",
        "v1.payment_intents.charge",
        "v1.payment_intents._request",
        "payment_intents.create",
        "v3.refunds.create",
        "v1.payment_intents.create.create",
        "v1.quotes.pdf",
        "construct_event",
        "v1._requestor.request",
    ],
)
def test_methods_that_do_not(method: str) -> None:
    """Nothing but the methods of services: no attribute of the client, no private name, no stream."""
    assert not methods.exists(method)


@pytest.mark.parametrize(
    ("method", "writes"),
    [
        ("v1.balance.retrieve", False),
        ("v1.events.list", False),
        ("v1.payment_intents.search", False),
        ("v1.invoices.create_preview", True),
        ("v1.payment_intents.confirm", True),
        ("v1.customers.delete", True),
        ("v1.no_such.thing", True),
    ],
)
def test_writes(method: str, writes: bool) -> None:  # noqa: FBT001 - a table's column
    """By the verb; what is unknown counts as writing."""
    assert methods.writes(method) is writes


def test_reading_names_only_read() -> None:
    """Every method of the SDK whose name says that it reads is a GET: `writes` may trust the name without asking."""
    for name in methods.all_methods():
        found = methods.find(name)
        assert found is not None
        assert methods.writes(name) is (found.verb != "get")


def test_all_methods_are_found() -> None:
    """The walk reaches nested services; the count is the SDK's, not ours, so only its size is held."""
    names = methods.all_methods()
    assert len(names) > 500
    assert "v1.test_helpers.customers.fund_cash_balance" in names


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("v1.payment_intent.create", "v1.payment_intents.create"),
        ("v1.payment_intents.creat", "v1.payment_intents.create"),
        ("refunds.create", "v1.refunds.create"),
    ],
)
def test_nearest(wrong: str, meant: str) -> None:
    """A slip of the pen finds what was meant."""
    assert methods.nearest(wrong)[0] == meant


def test_nothing_near() -> None:
    """No suggestion is better than a wrong one."""
    assert methods.nearest("v1.zzzzzz.qqqqqq") == ()


def test_ids_go_into_the_url() -> None:
    """By the SDK's name, or as `id` where there is only one."""
    assert methods.arguments("v1.payment_intents.confirm", {"intent": "pi_1", "off_session": True}) == (
        ("pi_1",),
        {"off_session": True},
    )
    assert methods.arguments("v1.payment_intents.confirm", {"id": "pi_1"}) == (("pi_1",), {})
    assert methods.arguments("v1.refunds.create", {"payment_intent": "pi_1"}) == ((), {"payment_intent": "pi_1"})
    assert methods.arguments("v1.accounts.capabilities.retrieve", {"account": "a", "capability": "c"}) == (
        ("a", "c"),
        {},
    )


@pytest.mark.parametrize(
    ("method", "parameters", "words"),
    [
        ("v1.payment_intents.confirm", {}, "needs `intent`"),
        ("v1.payment_intents.confirm", {"intent": ""}, "needs `intent`"),
        ("v1.refund.create", {}, "perhaps v1.refunds.create"),
        ("v1.zzzzzz.qqqqqq", {}, "no method v1.zzzzzz.qqqqqq"),
    ],
)
def test_mistakes_of_a_scenario(method: str, parameters: dict[str, object], words: str) -> None:
    """They are told in words for its author, before anything is sent."""
    with pytest.raises(methods.CallMistakeError, match=words):
        methods.arguments(method, parameters)
