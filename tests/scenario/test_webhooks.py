"""What can be wrong with a `webhook` step, with its place and the way to mend it."""

import pytest

from probe.documents.mistakes import SetupError
from probe.model.scenario import Forgery, ForgeryAction, WebhookAction, WebhookProof
from probe.scenario.load import load_scenario

HEAD = """\
name: told
deadline: 20s
steps:
  - stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd}
    save: {payment_intent: id}
  - webhook: """


def action(webhook: str) -> object:
    """The last step's action."""
    return load_scenario(f"{HEAD}{webhook}\n", "told.yaml").steps[-1].action


def test_what_can_be_written() -> None:
    """An event by each proof, or a forgery."""
    event = '{event: payment_intent.succeeded, object: "${saved.payment_intent}"'
    made = WebhookAction(event="payment_intent.succeeded", object_id="${saved.payment_intent}")
    assert action(f"{event}}}") == made
    expected = WebhookAction(
        event="payment_intent.succeeded",
        object_id="${saved.payment_intent}",
        proof=WebhookProof.PENDING,
        within_s=20.0,
    )
    assert action(f"{event}, by: pending_webhooks, within: 20s}}") == expected
    assert action("{refuses: stale}") == ForgeryAction(forgery=Forgery.STALE)


@pytest.mark.parametrize(
    ("webhook", "at", "says"),
    [
        ("{}", "7:5", "either `event` or `refuses`"),
        ("{event: charge.succeeded, refuses: stale}", "7:5", "either `event` or `refuses`"),
        ("{event: charge.succeeded}", "7:5", "`object` is missing"),
        ("{refuses: stale, by: events}", "7:31", "`by` does not belong to `refuses`"),
        ("{refuses: stael}", "7:24", "did you mean `stale`"),
        ("{event: charge, object: ch_1}", "7:22", "is not an event's type"),
        ("{event: charge.succeeded, object: ch_1, by: post}", "7:58", "is not known here"),
        ("{event: charge.succeeded, object: ch_1, within: 21s}", "7:62", "longer than the scenario's `deadline`"),
        ("{event: charge.succeeded, object: ch_1, within: 21}", "7:62", "has no unit"),
        ('{event: charge.succeeded, object: "${saved.paymnt_intent}"}', "7:48", "did you mean `saved.payment_intent`"),
        ("{event: charge.succeeded, object: ch_1}\n    expect: {id: x}", "8:5", "`expect` does not belong"),
        ("later", "7:14", "must be a map"),
    ],
)
def test_mistakes(webhook: str, at: str, says: str) -> None:
    """Each at its place."""
    with pytest.raises(SetupError) as raised:
        action(webhook)
    assert f"told.yaml:{at}: " in str(raised.value), str(raised.value)
    assert says in str(raised.value)
