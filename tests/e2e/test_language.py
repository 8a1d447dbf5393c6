"""What scenarios can say, as a user writes it, against the lab: each in one file, all in one check."""

import pathlib
from typing import Any

import pytest

from tests.e2e.processes import Finished, Lab

CREATE = "v1.payment_intents.create"
CARD = "currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true"
HEAD = "steps:\n  - handshake: {}\n"
SAVED_CARD = f"""steps:
  - stripe: v1.customers.create
    save: {{customer: id}}
  - stripe: v1.payment_methods.attach
    with: {{payment_method: pm_card_visa, customer: "${{saved.customer}}"}}
    save: {{card: id}}
  - stripe: {CREATE}
    with: {{amount: 100, currency: usd, customer: "${{saved.customer}}", payment_method: "${{saved.card}}", payment_method_types: [card], confirm: true}}
    expect: {{status: succeeded}}
    save: {{charge: id}}
"""
FILES = {
    "card-of-a-customer": f"""{SAVED_CARD}cleanup:
  - stripe: v1.refunds.create
    with: {{payment_intent: "${{saved.charge}}"}}
    when: saved.charge
  - stripe: v1.customers.delete
    with: {{customer: "${{saved.customer}}"}}
    when: saved.customer
""",
    "card-of-a-customer-alone": SAVED_CARD,
    "in-time": "steps:\n  - handshake: {}\n    expect: {within: 30s}\n",
    "too-late": "severity: none\nsteps:\n  - http: {}\n    expect: {within: 1ms}\n",
    "lasting": f"{HEAD}  - certificates: {{valid_for: 7d}}\n",
    "not-lasting": f"severity: ticket\n{HEAD}  - certificates: {{valid_for: 20000d}}\n",
    "by-lot": f"""values: {{amount: "${{random.amount(100, 500)}}", order: "${{random.hex(8)}}"}}
steps:
  - stripe: {CREATE}
    with: {{amount: "${{values.amount}}", {CARD}, metadata: {{order: "order ${{values.order}} of ${{run.id}}"}}}}
    expect: {{amount: "${{values.amount}}", amount_received: {{min: 100, max: 500}}, metadata.order: {{matches: "^order [0-9a-f]{{8}} of "}}, metadata.paypath_run_id: "${{run.id}}"}}
""",
    "header": "steps:\n  - stripe: v1.balance.retrieve\n    expect: {http.status: 200, http.headers.request-id: {matches: '^req_'}}\n",
    "not-refused": f"""steps:
  - stripe: {CREATE}
    with: {{amount: 100, {CARD}}}
    expect: {{error: {{type: invalid_request_error}}}}
""",
    "refused": f"""steps:
  - stripe: {CREATE}
    with: {{amount: 1, {CARD}}}
    expect: {{error: {{type: invalid_request_error, code: amount_too_small}}}}
""",
    "again-and-again": """steps:
  - stripe: v1.events.list
    with: {type: charge.dispute.created}
    expect: {data: {any: {id: evt_that_never_comes}}}
    retry: [charge.unexpected]
""",
}
FAILING = {
    "too-late": ("connector.slow", "none"),
    "not-lasting": ("certificate.expiring", "ticket"),
    "not-refused": ("charge.not_refused", "page"),
    "again-and-again": ("charge.unexpected", "page"),
}


@pytest.fixture(scope="module")
def done(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """All of them, once."""
    folder = tmp_path_factory.mktemp("scenarios")
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{text}", encoding="utf-8")
    return lab.check(
        *FILES,
        "--format",
        "json",
        env={"PAYPATH_SCENARIOS__DIRECTORY": str(folder), "PAYPATH_SCENARIOS__ENABLED": '["in-time"]'},
    )


@pytest.mark.parametrize("name", FILES)
def test_what_it_says_is_what_happens(done: Finished, name: str) -> None:
    """It passes, or fails with the reason that it must, as loud as it may be."""
    (run,) = (run for run in done.json_lines() if run["scenario"] == name)
    failure: Any = run["failure"]
    assert (None if failure is None else (failure["reason"], failure["severity"])) == FAILING.get(name), run


def test_it_was_tried_five_times(done: Finished) -> None:
    """Where the scenario names what to wait for."""
    (run,) = (run for run in done.json_lines() if run["scenario"] == "again-and-again")
    steps: Any = run["steps"]
    assert steps[0]["attempts"] == 5


@pytest.mark.parametrize("name", ["card-of-a-customer", "card-of-a-customer-alone"])
def test_what_went_with_its_customer_is_nobodys_ticket(done: Finished, name: str) -> None:
    """The card was attached to a customer that is deleted, by the scenario or by the run itself: every step passes, without a warning."""
    (run,) = (run for run in done.json_lines() if run["scenario"] == name)
    steps: Any = run["steps"]
    warnings: Any = run["warnings"]
    assert {step["outcome"] for step in steps} == {"passed"}, steps
    assert "charge.refund_failed" not in {warning["reason"] for warning in warnings}


def test_nothing_is_left(done: Finished, lab: Lab) -> None:
    """None of these files cleans up; the run does it by itself."""
    assert done.status == 1
    assert lab.open_money() == []


def test_a_typing_error_in_a_parameter(lab: Lab, tmp_path: pathlib.Path) -> None:
    """`validate` names file, line, column and what was meant, and nothing is sent by `check` either."""
    file = tmp_path / "wrong.yaml"
    file.write_text(f"name: wrong\nsteps:\n  - stripe: {CREATE}\n    with: {{amuont: 100, {CARD}}}\n", encoding="utf-8")
    environment = {"PAYPATH_SCENARIOS__DIRECTORY": str(tmp_path), "PAYPATH_SCENARIOS__ENABLED": '["wrong"]'}
    refused = lab.check(env=environment)
    assert (refused.status, refused.out) == (2, "")
    assert f"{file}:4:12: unknown parameter `amuont`; did you mean `amount`?" in refused.err
    assert f"{file}:4:5: the parameter `amount` is missing; add it" in refused.err
