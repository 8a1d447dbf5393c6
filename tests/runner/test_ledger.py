"""What a run must not leave behind, from the answers alone."""

from datetime import UTC, datetime

from probe.model.failure import Phase
from probe.model.observation import Ended, Endpoint, HttpAnswer, StripeErrorFacts, StripeObservation
from probe.runner.ledger import Call, Ledger, Undo

AT = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
ENDPOINT = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")
CREATE = Call(step="charge", method="v1.payment_intents.create", parameters={"amount": 100}, idempotency_key="k")


def _answer(
    response: dict[str, object] | None = None,
    *,
    status: int | None = 200,
    error: StripeErrorFacts | None = None,
    phase: Phase = Phase.RECEIVE,
    ended: Ended = Ended.COMPLETED,
    writes: bool = True,
) -> StripeObservation:
    return StripeObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method="v1.payment_intents.create",
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
    assert ledger.open() == (Undo(method="v1.refunds.create", parameters={"payment_intent": "pi_1"}),)
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


def test_a_stand_in_without_amount_received_counts_by_its_amount() -> None:
    """Localstripe leaves the field out; the money is there all the same."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("succeeded")))
    assert ledger.open()[0].method == "v1.refunds.create"


def test_an_authorisation_is_cancelled() -> None:
    """Money that is held and not captured is given back by cancelling."""
    ledger = Ledger()
    ledger.answered(_answer(_intent("requires_capture", amount_received=0)))
    assert ledger.open() == (Undo(method="v1.payment_intents.cancel", parameters={"intent": "pi_1"}),)
    ledger.answered(_answer(_intent("canceled", amount_received=0)))
    assert ledger.open() == ()


def test_a_declined_intent_is_cancelled_by_the_id_in_its_error() -> None:
    """A declined create made an intent all the same."""
    ledger = Ledger()
    error = StripeErrorFacts(type="card_error", code="card_declined", payment_intent="pi_2")
    ledger.answered(_answer(status=402, error=error))
    assert ledger.open() == (Undo(method="v1.payment_intents.cancel", parameters={"intent": "pi_2"}),)


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
    ledger.answered(_answer(status=400, error=error))
    assert ledger.open() == ()


def test_other_objects_are_of_no_interest() -> None:
    """A balance opens nothing."""
    ledger = Ledger()
    ledger.answered(_answer({"object": "balance"}, writes=False))
    assert ledger.open() == ()
