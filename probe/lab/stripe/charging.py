"""What the card network does: a charge that succeeds or is declined, capture, and what of it is given back."""

from typing import Final

from probe.lab.stripe import ledger
from probe.lab.stripe.calls import Call
from probe.lab.stripe.card_input import checks, fingerprint
from probe.lab.stripe.cards import GENERIC_DECLINE, Card, Decline
from probe.lab.stripe.errors import Json
from probe.lab.stripe.faults import DECLINE_IGNORED, DECLINED
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.state import CardFacts

_APPROVED: Final = {
    "network_status": "approved_by_network",
    "seller_message": "Payment complete.",
    "type": "authorized",
}
_RISK_SCORE: Final = {"normal": 12, "elevated": 68, "highest": 92}
DISPUTE_AFTER_S: Final = 0.0
"""A disputed test card disputes as soon as somebody looks again."""


def decline_of(call: Call, facts: CardFacts) -> Decline | None:
    """How a charge of this card ends now, faults included; None where it succeeds."""
    unasked = facts.card.only_with_cvc and not facts.cvc_given
    own = None if unasked or DECLINE_IGNORED in call.faults.active else facts.card.decline
    # A card that declines anyway keeps its own code: what breaks is that good cards are declined too.
    return GENERIC_DECLINE if own is None and DECLINED in call.faults.active else own


def make_charge(
    call: Call, intent: Json, method: Json, decline: Decline | None, *, authenticated: bool = False
) -> Json:
    """Charge the intent's amount; the charge is kept whether it succeeds or fails."""
    facts = call.state.card_facts[method["id"]]
    manual = intent["capture_method"] == "manual"
    charge = template("charge") | {
        "id": call.state.new_id("ch"),
        "amount": intent["amount"],
        "created": call.state.created(),
        "customer": intent["customer"],
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "billing_details": method["billing_details"],
        "outcome": _outcome(facts.card, decline),
        "paid": decline is None,
        "status": "succeeded" if decline is None else "failed",
        "captured": decline is None and not manual,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
    }
    for name in ("currency", "description", "receipt_email", "shipping", "statement_descriptor", "transfer_group"):
        charge[name] = intent[name]
    charge["statement_descriptor_suffix"] = intent["statement_descriptor_suffix"]
    charge["refunds"]["url"] = f"/v1/charges/{charge['id']}/refunds"
    charge["payment_method_details"]["card"] |= _card_details(
        method, facts, intent["amount"], authenticated=authenticated
    )
    call.state.all.charges.add(charge)
    if decline is None:
        charge["calculated_statement_descriptor"] = intent["statement_descriptor"] or "PAYPATH LAB"
        charge["receipt_url"] = f"https://pay.stripe.com/receipts/payment/{charge['id']}"
        _settle(call, charge, facts.card)
    call.emit("charge.succeeded" if decline is None else "charge.failed", charge)
    return charge


def capture(call: Call, charge: Json, amount: int) -> None:
    """Take `amount` of an authorisation; the rest of it is released at once, as a refund."""
    charge["captured"] = True
    charge["amount_captured"] = amount
    facts = call.state.card_facts[charge["payment_method"]]
    charge["balance_transaction"] = ledger.book(
        call.state, "charge", amount, charge, fee=ledger.fee(amount), at_once=facts.card.settles_at_once
    )["id"]
    if amount < charge["amount"]:
        release(call, charge, charge["amount"] - amount)
    call.emit("charge.captured", charge)


def release(call: Call, charge: Json, amount: int) -> Json:
    """Give back money that was only authorised: a refund without a balance transaction."""
    refund = new_refund(call, charge, amount)
    give_back(charge, refund)
    return refund


def new_refund(call: Call, charge: Json, amount: int) -> Json:
    """A refund of the charge, kept, and not yet taken off it."""
    refund = template("refund") | {
        "id": call.state.new_id("re"),
        "amount": amount,
        "charge": charge["id"],
        "created": call.state.created(),
        "currency": charge["currency"],
        "payment_intent": charge["payment_intent"],
    }
    refund["destination_details"]["card"] |= {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
    }
    call.state.all.refunds.add(refund)
    return refund


def give_back(charge: Json, refund: Json) -> None:
    """Take the refund off the charge."""
    charge["amount_refunded"] += refund["amount"]
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    charge["refunds"]["data"].insert(0, refund)


def _settle(call: Call, charge: Json, card: Card) -> None:
    """What follows a success: the balance, and the dispute of a card made for it."""
    if charge["captured"]:
        charge["amount_captured"] = charge["amount"]
        booked = ledger.book(
            call.state,
            "charge",
            charge["amount"],
            charge,
            fee=ledger.fee(charge["amount"]),
            at_once=card.settles_at_once,
        )
        charge["balance_transaction"] = booked["id"]
    if card.dispute is not None:
        call.state.later(DISPUTE_AFTER_S, lambda: _dispute(call, charge, card))


def _dispute(call: Call, charge: Json, card: Card) -> None:
    """Open the dispute; a mere inquiry leaves the charge refundable and takes no money."""
    dispute = template("dispute") | {
        "id": call.state.new_id("dp"),
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": call.state.created(),
        "currency": charge["currency"],
        "payment_intent": charge["payment_intent"],
        "reason": card.dispute,
        "is_charge_refundable": card.inquiry,
        "status": "warning_needs_response" if card.inquiry else "needs_response",
    }
    charge["disputed"] = True
    call.state.all.disputes.add(dispute)
    if not card.inquiry:
        taken = ledger.book(call.state, "adjustment", -charge["amount"], charge, fee=ledger.DISPUTE_FEE)
        dispute["balance_transactions"].append(taken)
    call.emit("charge.dispute.created", dispute)


def _outcome(card: Card, decline: Decline | None) -> Json:
    """The `outcome` of a charge."""
    shown: Json = template("charge")["outcome"] | {"risk_level": card.risk, "risk_score": _RISK_SCORE[card.risk]}
    if decline is None:
        return shown | _APPROVED
    if card.blocked:
        return shown | {
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        }
    return shown | {
        "advice_code": decline.advice_code,
        "network_decline_code": decline.network_code,
        "network_status": "declined_by_network",
        "reason": decline.decline_code or decline.code,
        "seller_message": f"The bank returned the decline code `{decline.decline_code or decline.code}`.",
        "type": "issuer_declined",
    }


def _card_details(method: Json, facts: CardFacts, amount: int, *, authenticated: bool) -> Json:
    """The card as the charge shows it."""
    shown = method["card"]
    same = {name: shown[name] for name in ("brand", "country", "exp_month", "exp_year", "funding", "last4")}
    secure = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    overcapture = {"maximum_amount_capturable": amount, "status": "unavailable"}
    return same | {
        "amount_authorized": amount,
        "checks": checks(facts),
        "fingerprint": fingerprint(facts.card),
        "network": facts.card.brand,
        "overcapture": overcapture,
        "three_d_secure": secure if authenticated else None,
    }
