"""What a run must not leave behind, from the answers alone."""

from datetime import UTC, datetime

from probe.billing.undo import Undo
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import StripeObservation
from probe.runner.ledger import Call, Ledger

AT = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
ENDPOINT = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")
CREATE = Call(step="charge", method="v1.payment_intents.create", parameters={"amount": 100}, idempotency_key="k")

REFUNDED = Undo(method="v1.refunds.create", parameters={"payment_intent": "pi_1"}, settled={"status": "succeeded"})


def _cancelled(intent: str) -> Undo:
    return Undo(method="v1.payment_intents.cancel", parameters={"intent": intent}, settled={"status": "canceled"})


def _answer(
    response: dict[str, object] | None = None,
    *,
    status: int | None = 200,
    error: StripeErrorFacts | None = None,
    phase: Phase = Phase.RECEIVE,
    ended: Ended = Ended.COMPLETED,
    writes: bool = True,
    method: str = "v1.payment_intents.create",
) -> StripeObservation:
    return StripeObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method=method,
        writes=writes,
        ended=ended,
        phase=phase,
        http=None if status is None else HttpAnswer(status=status),
        response=response,
        error=error,
        idempotency_key="k",
    )


def _intent(status: str, **more: object) -> dict[str, object]:
    return {"object": "payment_intent", "id": "pi_1", "status": status, "amount": 100, **more}


def test_a_charge_is_open_until_it_is_refunded_in_full() -> None:
    """A partial refund leaves the rest open."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded", amount_received=100)))
    assert ledger.open() == (REFUNDED,)
    refund: dict[str, object] = {"object": "refund", "status": "succeeded", "payment_intent": "pi_1", "amount": 40}
    ledger.answered(_answer(refund | {"id": "re_1"}))
    ledger.answered(_answer(refund | {"id": "re_1"}))
    assert len(ledger.open()) == 1, "a replay of the same refund gives nothing more back"
    ledger.answered(_answer(refund | {"id": "re_2", "amount": 60}))
    assert ledger.open() == ()


def test_a_refund_that_failed_gives_nothing_back() -> None:
    """Only a refund that succeeded, or is on its way, closes a charge."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded", amount_received=100)))
    ledger.answered(
        _answer({"object": "refund", "status": "failed", "payment_intent": "pi_1", "amount": 100}),
    )
    assert len(ledger.open()) == 1


def test_a_charge_without_an_intent_is_refunded_by_its_own_id() -> None:
    """And closed by a refund that names it."""
    ledger = Ledger()
    charge = {"object": "charge", "id": "ch_1", "status": "succeeded", "amount": 100, "payment_intent": None}
    ledger.answered(_answer(charge, method="v1.charges.create"))
    assert [(undo.method, undo.parameters) for undo in ledger.open()] == [("v1.refunds.create", {"charge": "ch_1"})]
    refund = {"object": "refund", "id": "re_1", "status": "succeeded", "payment_intent": None, "charge": "ch_1"}
    ledger.answered(_answer({**refund, "amount": 100}, method="v1.refunds.create"))
    assert ledger.open() == ()


def test_a_stand_in_without_amount_received_counts_by_its_amount() -> None:
    """Localstripe leaves the field out; the money is there all the same."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded")))
    assert ledger.open()[0].method == "v1.refunds.create"


def test_an_authorisation_is_cancelled() -> None:
    """Money that is held and not captured is given back by cancelling."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("requires_capture", amount_received=0)))
    assert ledger.open() == (_cancelled("pi_1"),)
    ledger.answered(_answer(_intent("canceled", amount_received=0)))
    assert ledger.open() == ()


def test_a_declined_intent_is_cancelled_by_the_id_in_its_error() -> None:
    """A declined create made an intent all the same."""
    ledger = Ledger()
    error = StripeErrorFacts(type="card_error", code="card_declined", payment_intent="pi_2")
    ledger.answered(_answer(status=402, error=error))
    assert ledger.open() == (_cancelled("pi_2"),)


def test_a_write_is_lost_until_an_answer_settles_it() -> None:
    """No answer, an answer that is no answer, 5xx and a key in use leave it open; an object or a refusal settles it."""
    ledger = Ledger()
    ledger.sent(CREATE)
    assert ledger.lost() == (CREATE,)
    for unsettled in (
        _answer(status=None, phase=Phase.WAIT, ended=Ended.TIMED_OUT),
        _answer(status=200),
        _answer(status=500, error=StripeErrorFacts(type="api_error")),
        _answer(status=409, error=StripeErrorFacts(type="invalid_request_error", code="idempotency_key_in_use")),
    ):
        ledger.answered(unsettled)
        assert ledger.lost() == (CREATE,)
    ledger.answered(_answer(status=400, error=StripeErrorFacts(type="invalid_request_error")))
    assert ledger.lost() == ()


def test_a_write_that_never_went_out_is_not_lost() -> None:
    """Before the handshake is through nothing has been sent."""
    ledger = Ledger()
    ledger.sent(CREATE)
    ledger.answered(_answer(status=None, phase=Phase.TLS, ended=Ended.ERROR))
    assert ledger.lost() == ()


def test_a_later_try_that_never_left_does_not_settle_an_earlier_one() -> None:
    """The first try lost its answer; that the second could not even connect says nothing about it."""
    ledger = Ledger()
    ledger.sent(CREATE)
    ledger.answered(_answer(status=None, phase=Phase.WAIT, ended=Ended.EOF))
    ledger.sent(CREATE)
    ledger.answered(_answer(status=None, phase=Phase.TCP, ended=Ended.ERROR))
    assert ledger.lost() == (CREATE,)


def test_what_was_refunded_already_is_not_open() -> None:
    """A refund whose answer was lost got through: Stripe says so when it is asked again."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded", amount_received=100)))
    undo = Call(step="undo", method="v1.refunds.create", parameters={"payment_intent": "pi_1"}, idempotency_key="k")
    ledger.sent(undo)
    error = StripeErrorFacts(type="invalid_request_error", code="charge_already_refunded")
    ledger.answered(_answer(status=400, error=error, method="v1.refunds.create"))
    assert ledger.open() == ()


def test_what_was_merely_read_is_somebody_else_s() -> None:
    """A foreign intent that was retrieved, listed, confirmed or captured is neither cancelled nor refunded."""
    ledger = Ledger()
    for method, writes in (("retrieve", False), ("confirm", True), ("capture", True), ("update", True)):
        for status in ("succeeded", "requires_capture"):
            ledger.answered(_answer(_intent(status), method=f"v1.payment_intents.{method}", writes=writes))
    declined = StripeErrorFacts(type="card_error", code="card_declined", payment_intent="pi_1")
    ledger.answered(_answer(status=402, error=declined, method="v1.payment_intents.confirm"))
    assert ledger.open() == ()


def test_what_was_made_here_is_followed_through_later_calls() -> None:
    """An intent that this run made and then captured is refunded, not cancelled."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("requires_capture", amount_received=0)))
    ledger.answered(
        _answer(_intent("succeeded", amount_received=100), method="v1.payment_intents.capture"),
    )
    assert ledger.open() == (REFUNDED,)


def test_an_error_that_carries_the_intent_tells_how_it_stands() -> None:
    """A second capture is refused over an intent that has the money: that is to be refunded, and cannot be cancelled."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded", amount_received=100)))
    error = StripeErrorFacts(
        type="invalid_request_error",
        code="payment_intent_unexpected_state",
        payment_intent="pi_1",
        about=_intent("succeeded", amount_received=100),
    )
    ledger.answered(_answer(status=400, error=error, method="v1.payment_intents.capture"))
    assert ledger.open() == (REFUNDED,)


def test_everything_that_was_made_is_taken_back_money_first() -> None:
    """Customers go after the money, and take their payment methods along; another one's customer loses only what was attached."""
    ledger = Ledger()
    for made, method in (
        ({"object": "customer", "id": "cus_1"}, "customers.create"),
        ({"object": "webhook_endpoint", "id": "we_1"}, "webhook_endpoints.create"),
        ({"object": "payment_method", "id": "pm_1", "customer": "cus_1"}, "payment_methods.attach"),
        ({"object": "payment_method", "id": "pm_2", "customer": "cus_other"}, "payment_methods.attach"),
        ({"object": "payment_method", "id": "pm_3", "customer": None}, "payment_methods.create"),
        ({"object": "setup_intent", "id": "seti_1", "status": "requires_action"}, "setup_intents.create"),
        ({"object": "setup_intent", "id": "seti_2", "status": "succeeded"}, "setup_intents.create"),
        (_intent("succeeded", amount_received=100), "payment_intents.create"),
        ({"object": "token", "id": "tok_1"}, "tokens.create"),
    ):
        ledger.answered(_answer(dict(made), method=f"v1.{method}"))
    assert [(undo.method, *undo.parameters.values()) for undo in ledger.open()] == [
        ("v1.refunds.create", "pi_1"),
        ("v1.setup_intents.cancel", "seti_1"),
        ("v1.payment_methods.detach", "pm_2"),
        ("v1.customers.delete", "cus_1"),
        ("v1.webhook_endpoints.delete", "we_1"),
    ]
    assert ledger.left() == ("pi_1", "seti_1", "pm_2", "cus_1", "we_1")


def test_a_deletion_closes_also_where_it_got_through_unheard() -> None:
    """Stripe's stub of a deleted customer, or that there is no such one any more."""
    for answered in (
        _answer({"object": "customer", "id": "cus_1", "deleted": True}, method="v1.customers.delete"),
        _answer(
            status=404,
            error=StripeErrorFacts(type="invalid_request_error", code="resource_missing"),
            method="v1.customers.delete",
        ),
    ):
        ledger = Ledger()
        ledger.answered(_answer({"object": "customer", "id": "cus_1"}, method="v1.customers.create"))
        delete = Call(step="undo", method="v1.customers.delete", parameters={"customer": "cus_1"}, idempotency_key="k")
        ledger.sent(delete)
        ledger.answered(answered)
        assert ledger.open() == ()


def _made_with_its_customer(**customer: object) -> Ledger:
    """A customer, the card that was attached to it, and a charge of it."""
    ledger = Ledger()
    card = {"object": "payment_method", "id": "pm_1", "customer": "cus_1", **customer}
    ledger.answered(_answer({"object": "customer", "id": "cus_1"}, method="v1.customers.create"))
    ledger.answered(_answer(card, method="v1.payment_methods.attach"))
    ledger.answered(_answer(_intent("succeeded", amount_received=100, customer="cus_1")))
    return ledger


def test_what_went_with_its_customer_is_taken_back() -> None:
    """Deleted by the scenario or by us, heard or not: the card is gone, and nobody is warned of it. The money is not."""
    gone = StripeErrorFacts(type="invalid_request_error", code="resource_missing")
    stub: dict[str, object] = {"object": "customer", "id": "cus_1", "deleted": True}
    for deleted in (_answer(stub), _answer(status=404, error=gone, method="v1.customers.delete")):
        for attached in ("cus_1", {"object": "customer", "id": "cus_1"}):
            ledger = _made_with_its_customer(customer=attached)
            assert [undo.method for undo in ledger.open()] == ["v1.refunds.create", "v1.customers.delete"]
            parameters = {"customer": "cus_1"}
            ledger.sent(Call(step="d", method="v1.customers.delete", parameters=parameters, idempotency_key="k"))
            ledger.answered(deleted)
            assert (ledger.open(), ledger.left()) == ((REFUNDED,), ("pi_1",))


def test_a_card_of_another_customer_stays_open() -> None:
    """Only what hung on the deleted one is gone."""
    ledger = _made_with_its_customer(customer="cus_other")
    ledger.answered(_answer({"object": "customer", "id": "cus_1", "deleted": True}))
    assert ledger.left() == ("pi_1", "pm_1")


def test_a_refund_that_names_an_expanded_intent_counts() -> None:
    """An object stands where its id usually does."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded", amount_received=100)))
    refund = {"object": "refund", "id": "re_1", "status": "succeeded", "amount": 100, "payment_intent": {"id": "pi_1"}}
    ledger.answered(_answer(refund, method="v1.refunds.create"))
    assert ledger.open() == ()


def test_an_unheard_undo_leaves_nothing_once_its_object_is_known_to_be_gone() -> None:
    """The answer to the first deletion was lost, the second says that there is nothing: nothing is left, and nobody is warned."""
    ledger = _made_with_its_customer()
    unheard = {
        "delete": ("v1.customers.delete", {"customer": "cus_1"}),
        "refund": ("v1.refunds.create", {"payment_intent": "pi_1"}),
    }
    for key, (method, parameters) in unheard.items():
        ledger.sent(Call(step=key, method=method, parameters=parameters, idempotency_key=key))
    assert ledger.left()[2:] == ("the v1.customers.delete of step delete", "the v1.refunds.create of step refund")
    ledger.answered(_answer({"object": "customer", "id": "cus_1", "deleted": True}))
    refund = {"object": "refund", "id": "re_1", "status": "succeeded", "payment_intent": "pi_1", "amount": 100}
    ledger.answered(_answer(refund, method="v1.refunds.create"))
    assert ledger.left() == ()
    ledger.sent(Call(step="x", method="v1.refunds.create", parameters={"payment_intent": "pi_9"}, idempotency_key="x"))
    ledger.sent(Call(step="y", method="v1.coupons.create", parameters={}, idempotency_key="y"))
    assert ledger.left() == ("the v1.refunds.create of step x", "the v1.coupons.create of step y"), (
        "nothing is known of them"
    )


def test_a_type_that_is_no_text_is_of_no_interest() -> None:
    """Whoever answers so is not Stripe; it must not end in a bug of ours."""
    ledger = Ledger()
    ledger.answered(_answer({"object": ["customer"], "id": "cus_1"}))
    assert ledger.open() == ()


def test_other_objects_are_of_no_interest() -> None:
    """A balance opens nothing."""
    ledger = Ledger()
    ledger.answered(_answer({"object": "balance"}, writes=False))
    assert ledger.open() == ()
