"""Lists: pages, cursors, time filters."""

import pytest
import stripe

from probe.model.clock import FakeClock
from tests.lab.stripe.running import Simulator


async def make_customers(simulator: Simulator, count: int) -> list[str]:
    """Customers a minute apart; their ids, newest first."""
    made = []
    assert isinstance(simulator.clock, FakeClock)
    for number in range(count):
        made.append((await simulator.v1.customers.create_async({"email": f"{number % 2}@example.org"})).id)
        simulator.clock.advance(60)
    return made[::-1]


async def test_pages(simulator: Simulator) -> None:
    """The SDK walks through all pages in order, forwards and backwards."""
    made = await make_customers(simulator, 12)
    first = await simulator.v1.customers.list_async()
    assert ([one.id for one in first.data], first.has_more, first.url) == (made[:10], True, "/v1/customers")
    walked = await simulator.v1.customers.list_async({"limit": 5})
    assert [one.id async for one in walked.auto_paging_iter()] == made
    before = await simulator.v1.customers.list_async({"limit": 2, "ending_before": made[4]})
    assert ([one.id for one in before.data], before.has_more) == (made[2:4], True)


async def test_filters(simulator: Simulator) -> None:
    """Lists are filtered by time and by field."""
    made = await make_customers(simulator, 4)
    oldest = (await simulator.v1.customers.retrieve_async(made[-1])).created
    later = await simulator.v1.customers.list_async({"created": {"gt": oldest, "lte": oldest + 120}})
    assert [one.id for one in later.data] == made[1:3]
    exact = await simulator.v1.customers.list_async({"created": oldest})
    assert [one.id for one in exact.data] == made[-1:]
    mailed = await simulator.v1.customers.list_async({"email": "1@example.org"})
    assert [one.id for one in mailed.data] == [made[0], made[2]]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"starting_after": "cus_none"}, "starting_after"),
        ({"starting_after": "a", "ending_before": "b"}, "ending_before"),
        ({"created": {"since": 5}}, "created[since]"),
    ],
)
async def test_wrong_page(simulator: Simulator, wrong: dict[str, object], param: str) -> None:
    """A wrong limit, cursor or filter is a 400 that names it."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.v1.customers.list_async(wrong)
    assert (caught.value.http_status, caught.value.param) == (400, param)


async def test_lists_of_a_payment(simulator: Simulator) -> None:
    """Intents, charges and refunds are listed, each by what they belong to."""
    intent, other = await simulator.charge(), await simulator.charge()
    listed = await simulator.v1.payment_intents.list_async()
    assert [one.id for one in listed.data] == [other.id, intent.id]
    charges = await simulator.v1.charges.list_async({"payment_intent": intent.id})
    assert [one.id for one in charges.data] == [intent.latest_charge]
    refund = await simulator.v1.refunds.create_async({"charge": intent.latest_charge})
    _, body, _ = await simulator.ask("GET", f"/v1/charges/{intent.latest_charge}/refunds")
    assert [one["id"] for one in body["data"]] == [refund.id]
