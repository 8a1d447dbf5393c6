"""Every fault of the lab at every scenario of the library, as it must come out; writes docs/scenarios.md.

`python -m tests.e2e.fault_table`, or `--check` whether it is in step. `test_faults.py` holds the lab to the same table.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import Final

from probe.billing.methods import writes
from probe.compose.nature import nature
from probe.documents.durations import duration_text
from probe.documents.reference import DOCS, write_or_check
from probe.lab.faults import FAULTS, Place
from probe.model.scenario import Scenario, StripeAction
from probe.scenario.load import load_scenarios

LIBRARY: Final[Mapping[str, Scenario]] = {scenario.name: scenario for scenario in load_scenarios(None)}
UNKNOWN: Final = frozenset({"stripe-429", "stripe-401"})
"""What Stripe says about our own key says nothing about customers' payments."""

_STRANGERS: Final = frozenset({"connector-refuses-strangers"})
_REPLAYS: Final = frozenset({"card-idempotent-replay"})
_REFUNDED: Final = frozenset(
    {
        "card-authorize-capture",
        "card-charge",
        "card-charge-varied",
        "card-idempotent-replay",
        "card-partial-refund",
        "card-saved-off-session",
        "event-created",
        "webhook-acknowledged",
        "webhook-delivered",
    }
)
"""What charges a card, and gives it back."""
_CHARGED: Final = _REFUNDED | {"card-authorize-void", "card-3ds-required"}
"""What uses a card that must not be declined."""
_HOOKED: Final = frozenset({"webhook-acknowledged", "webhook-delivered"})
_AT_THE_SHOP: Final = frozenset({"webhook-stale-refused", "webhook-unsigned-refused"})
"""What asks the company's own endpoint, and nothing of the path."""
_COUNTED: Final = (_REFUNDED | {"card-authorize-void"}) - {"event-created"} - _HOOKED
"""What expects an amount."""
_DECLINED: Final = frozenset(name for name in LIBRARY if name.startswith("card-declined"))
_CALLS: Final = frozenset(
    name for name, scenario in LIBRARY.items() if any(isinstance(step.action, StripeAction) for step in scenario.steps)
)
_ON_THE_PATH: Final = frozenset(LIBRARY) - _AT_THE_SHOP
_SHOWS_CERTIFICATE: Final = _ON_THE_PATH - _STRANGERS

_FAILING: Final[Mapping[Place, frozenset[str]]] = {
    Place.IDENTITY: _SHOWS_CERTIFICATE,
    Place.CONFIGURATION: _SHOWS_CERTIFICATE,
    Place.SERVER_CERTIFICATE: _ON_THE_PATH,
    Place.ADMISSION: _STRANGERS,
    Place.CONNECTION: _ON_THE_PATH,
    Place.ANSWER: _SHOWS_CERTIFICATE,
    Place.STRIPE: _CALLS,
    Place.COMPANY: _AT_THE_SHOP,
}
"""Which scenarios a fault of a place must fail; the others must pass."""
_OTHERWISE: Final[Mapping[str, frozenset[str]]] = {
    "connector-html": _CALLS,  # 200 is all that the health path has to answer
    "declined": _CHARGED,
    "decline-ignored": _DECLINED,
    "wrong-amount": _COUNTED,
    "refund-fails": _REFUNDED,
    "key-ignored": _REPLAYS,
    "webhooks-missing": _HOOKED,
}
"""The same, of faults that not all scenarios of the place can see."""


def failing(fault: str) -> frozenset[str]:
    """The scenarios that must fail under a fault, each with the fault's reason. All others must pass."""
    return _OTHERWISE.get(fault, _FAILING[FAULTS[fault].place])


_HEAD: Final = """# The scenarios that come with paypath

<!-- Written by `python -m tests.e2e.fault_table` from the scenario files and the table of faults. Change those, not this page. -->

A scenario fails: its question in the table below is what your customers can no longer count on. The reason says why; `paypath explain REASON` says what to do first.
To try one alone, `paypath check card-charge`. To write one of your own, [write a scenario](write-a-scenario.md); every key stands in the
[reference](scenarios-reference.md).

Without `scenarios` in the configuration each of them runs on every path that has what it needs: Stripe access, a `health_path`, a client certificate to leave
away. `scenarios: {enabled: [mtls-handshake, card-charge, card-declined]}` chooses some; `scenarios: {directory: …}` replaces them by your own.

| # | scenario | the question that a pass answers with yes | every | nature | requests to Stripe an hour |
| --: | --- | --- | --- | --- | --: |
"""

_NATURES: Final = """
The whole library sends about {per_hour:.0f} requests an hour to Stripe for each path, {per_second:.2f} a second on average: the budget of an account is
`stripe.requests_per_second`, 2 unless set, and Stripe's own limit in test mode is 25. Each run's interval varies by a tenth, so that nothing marches in step.

What a scenario is, is told from its steps, and `paypath validate` shows it:

- **known good, repeatable**: it only looks. Run it as often and from as many places as you like.
- **known good, not repeatable**: each run makes something new at Stripe, marked with `paypath_run_id`, and takes it back itself. Run it from one place.
- **known bad**: something in it must be refused, with exactly the code that stands in the file. It fails when it gets through, and when it is refused
  for another cause.

`processing_error` in `card-declined-processing-error` is a pass; in any other scenario it is `charge.issuer_unavailable`, a ticket: the card networks are not the path.

## Which fault fails which scenario

Every fault that the [lab](lab.md) can switch on, at every scenario: ✗ fails with the reason of the row, ? could not tell (what Stripe says about our own key says
nothing about customers' payments), · passes. `tests/e2e/test_faults.py` runs the whole table through `paypath check`.

"""

_TAIL: Final = """
`live-mode` latches the path with the first answer: from then on every scenario fails with `charge.live_mode` without sending anything, also those that never ask Stripe,
until `paypath unlock`.
"""


def page() -> str:
    """The whole page."""
    rows = "".join(_library_row(number, scenario) for number, scenario in enumerate(LIBRARY.values(), 1))
    per_hour = sum(_per_hour(scenario) for scenario in LIBRARY.values())
    return _HEAD + rows + _NATURES.format(per_hour=per_hour, per_second=per_hour / 3600) + _faults() + _TAIL


def _library_row(number: int, scenario: Scenario) -> str:
    cells = (
        str(number),
        f"[`{scenario.name}`](../scenarios/{scenario.name}.yaml)",
        scenario.question,
        duration_text(scenario.every_s),
        nature(scenario),
        f"{_per_hour(scenario):.0f}",
    )
    return f"| {' | '.join(cells)} |\n"


def _per_hour(scenario: Scenario) -> float:
    """Requests to Stripe: the steps, the cleanup, and the balance that is read before the first write."""
    calls = [
        step.action.method for step in (*scenario.steps, *scenario.cleanup) if isinstance(step.action, StripeAction)
    ]
    proofs = 1 if any(writes(method) for method in calls) else 0
    return (len(calls) + proofs) * 3600 / scenario.every_s


def _faults() -> str:
    lines = [["fault", "reason", *(str(number) for number in range(1, len(LIBRARY) + 1))]]
    lines.append(["---", "---", *(":-:" for _ in LIBRARY)])
    for fault, said in FAULTS.items():
        mark = "?" if fault in UNKNOWN else "✗"
        marks = (mark if name in failing(fault) else "·" for name in LIBRARY)
        lines.append([f"`{fault}`", f"`{said.reason}`", *marks])
    return "".join(_line(line) for line in lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS / "scenarios.md", page(), sys.argv[1:]))
