"""The search language."""

import pytest

from probe.lab.stripe.errors import Refusal
from probe.lab.stripe.search import parse
from tests.lab.stripe.running import Simulator

ONE = {
    "amount": 100,
    "created": 5,
    "currency": "usd",
    "customer": None,
    "status": "succeeded",
    "metadata": {"run": "r AND s"},
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:'succeeded'", True),
        ('status:"canceled"', False),
        ("-status:'canceled'", True),
        ("metadata['run']:'r AND s'", True),
        ("metadata['other']:'x'", False),
        ("metadata[\"run\"]~'AND'", True),
        ("amount>99 AND amount<=100", True),
        ("amount:99 OR currency:usd", True),
        ("amount>=101 or created<5", False),
        ("customer:'cus_1'", False),
    ],
)
def test_matches(query: str, *, found: bool) -> None:
    """Clauses hold or do not."""
    assert parse(query)(ONE) is found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status",
        "colour:'red'",
        "amount:many",
        "amount~5",
        "status>'a'",
        "a:1 AND b:2 OR c:3",
        "metadata:'x'",
        "status:'x' AND",
        "status:'x' amount:5",
    ],
)
def test_unreadable(query: str) -> None:
    """What cannot be read is a 400 that says why."""
    with pytest.raises(Refusal, match="unable to parse your search query"):
        parse(query)


async def test_pages(simulator: Simulator) -> None:
    """Results come in pages, newest first."""
    made = [(await simulator.charge()).id for _ in range(3)][::-1]
    found = await simulator.v1.payment_intents.search_async({"query": "amount:100", "limit": 2})
    assert [one.id async for one in found.auto_paging_iter()] == made
