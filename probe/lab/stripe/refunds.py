"""`/v1/refunds`: whole and partial, refused where there is nothing left, failing later where the card says so."""

from typing import Final

from probe.lab.stripe import ledger
from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.charging import give_back, new_refund
from probe.lab.stripe.currencies import money
from probe.lab.stripe.errors import Json, Refusal, missing_parameter, unexpected_state
from probe.lab.stripe.faults import REFUND_FAILS
from probe.lab.stripe.lists import page, same
from probe.lab.stripe.parameters import DATED_PAGE, EXPAND, choice, integer, metadata, refused_all, text

SETTLES_AFTER_S: Final = 3.0
"""A refund of a test card that is slow to refund, or that fails to, changes its status this much later."""

_KIND: Final = "refund"
_REASON: Final = choice("duplicate", "fraudulent", "requested_by_customer")
_CREATE: Final = (
    EXPAND
    | refused_all("currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer")
    | {"amount": integer(1), "charge": text, "metadata": metadata, "payment_intent": text, "reason": _REASON}
)


def _create(call: Call) -> Json:
    charge = _charge(call)
    amount = _amount(call, charge)
    refund = new_refund(call, charge, amount)
    refund["reason"] = call.parameters.get("reason")
    refund["metadata"] = {k: v for k, v in call.parameters.get("metadata", {}).items() if v}
    give_back(charge, refund)
    refund["balance_transaction"] = ledger.book(call.state, "refund", -amount, charge | {"id": refund["id"]})["id"]
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    _follow(call, charge, refund)
    return refund


def _follow(call: Call, charge: Json, refund: Json) -> None:
    """What becomes of the refund: nothing more, or a later success or failure."""
    card = call.state.card_facts[charge["payment_method"]].card
    if REFUND_FAILS in call.faults.active:
        _fail(call, charge, refund)
    elif card.refund == "failed":
        call.state.later(SETTLES_AFTER_S, lambda: _fail(call, charge, refund))
    elif card.refund == "pending":
        refund["status"] = "pending"
        call.state.later(SETTLES_AFTER_S, lambda: _succeed(call, refund))


def _succeed(call: Call, refund: Json) -> None:
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        call.emit("refund.updated", refund)


def _fail(call: Call, charge: Json, refund: Json) -> None:
    """The money comes back to us: the charge is as unrefunded as before."""
    back = ledger.book(call.state, "refund_failure", refund["amount"], charge | {"id": refund["id"]}, at_once=True)
    refund |= {
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": back["id"],
    }
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.emit("refund.failed", refund)
    call.emit("charge.refund.updated", refund)


def _charge(call: Call) -> Json:
    """The charge to refund: the one named, or the latest of the payment intent."""
    charges, parameters = call.state.all.charges, call.parameters
    if "charge" in parameters:
        charge = charges.named(parameters["charge"], param="charge")
        if parameters.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
            raise Refusal(f"Charge {charge['id']} does not belong to the PaymentIntent given.", param="payment_intent")
        return _refundable(charge)
    if "payment_intent" not in parameters:
        raise missing_parameter("payment_intent")
    intent = call.state.all.payment_intents.named(parameters["payment_intent"], param="payment_intent")
    if intent["status"] not in {"succeeded", "canceled"} or intent["latest_charge"] is None:
        raise unexpected_state(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund: its status is"
            f" {intent['status']}. Cancel it instead.",
            intent,
        )
    return _refundable(charges.get(intent["latest_charge"]))


def _refundable(charge: Json) -> Json:
    """Refuse what cannot be refunded at all."""
    if charge["refunded"]:
        raise _refused(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise _refused(f"Charge {charge['id']} was not captured and cannot be refunded.", "charge_not_refundable")
    return charge


def _amount(call: Call, charge: Json) -> int:
    """How much to give back; a 400 for more than is left, or for money that a dispute has taken."""
    disputes = [d for d in call.state.all.disputes if d["charge"] == charge["id"] and not d["is_charge_refundable"]]
    if disputes:
        raise _refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")
    left = int(charge["amount"] - charge["amount_refunded"])
    amount = int(call.parameters.get("amount", left))
    if amount > left:
        whole = charge["amount_refunded"] == 0
        than = "charge amount" if whole else "unrefunded amount on charge"
        currency = charge["currency"]
        raise _refused(
            f"Refund amount ({money(amount, currency)}) is greater than {than} ({money(left, currency)})",
            "amount_too_large",
            param="amount",
        )
    return amount


def _retrieve(call: Call) -> Json:
    return call.state.all.refunds.get(call.ids["id"])


def _update(call: Call) -> Json:
    refund = _retrieve(call)
    merge_metadata(refund, call.parameters.get("metadata"))
    call.emit("refund.updated", refund)
    return refund


def _cancel(call: Call) -> Json:
    """Cards cannot take a refund back."""
    refund = _retrieve(call)
    raise _refused(f"Refund {refund['id']} cannot be canceled: it is not awaiting any action.", None)


def _list(call: Call) -> Json:
    return page(call, call.state.all.refunds, same(call, "charge", "payment_intent"))


def _refused(message: str, code: str | None, *, param: str | None = None) -> Refusal:
    return Refusal(message, code=code, param=param, executed=True)


ROUTES: Final = (
    Route(method="POST", path="/v1/refunds", act=_create, resource=_KIND, spec=_CREATE),
    Route(
        method="GET",
        path="/v1/refunds",
        act=_list,
        resource=_KIND,
        spec=DATED_PAGE | {"charge": text, "payment_intent": text},
    ),
    Route(method="GET", path="/v1/refunds/{id}", act=_retrieve, resource=_KIND),
    Route(method="POST", path="/v1/refunds/{id}", act=_update, resource=_KIND, spec=EXPAND | {"metadata": metadata}),
    Route(method="POST", path="/v1/refunds/{id}/cancel", act=_cancel, resource=_KIND),
)
