"""Confirming a payment intent: authentication first, then the charge."""

from typing import Final

from probe.lab.stripe.calls import Call
from probe.lab.stripe.card_input import card_refusal
from probe.lab.stripe.cards import AUTHENTICATION_REQUIRED, Authentication, Decline
from probe.lab.stripe.charging import decline_of, make_charge
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.faults import DECLINED
from probe.lab.stripe.payment_methods import attach_to
from probe.lab.stripe.state import CardFacts

_RETURN_URL_NEEDED: Final = (
    "A `return_url` must be specified because this {kind} Intent is configured to automatically accept the payment methods"
    " enabled in the Dashboard, some of which may require a full page redirect to succeed. If you do not want to accept"
    " redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and"
    " `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
FAILED_CHALLENGE: Final = Decline(
    code="payment_intent_authentication_failure",
    message="The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
    " PaymentMethod to attempt to fulfill this PaymentIntent again.",
)
_ASKING: Final = frozenset({"any", "challenge"})


def require_return_url(intent: Json, parameters: Json, *, kind: str = "Payment") -> None:
    """Refuse to confirm where a redirect is possible and there is nowhere to return to, as Stripe's current version does."""
    redirects = (intent["automatic_payment_methods"] or {}).get("allow_redirects") == "always"
    elsewhere = parameters.get("return_url") or parameters.get("off_session") or parameters.get("use_stripe_sdk")
    if redirects and not elsewhere:
        raise Refusal(_RETURN_URL_NEEDED.format(kind=kind), param="return_url")


def confirm(call: Call, intent: Json, method: Json) -> None:
    """Confirm with this payment method: succeeded, requires_capture or requires_action; a decline is a 402."""
    parameters = call.parameters
    off_session = bool(parameters.get("off_session"))
    intent["payment_method"] = method["id"]
    facts = call.state.card_facts[method["id"]]
    refusal: Refusal | None = None
    if DECLINED in call.faults.active or not authentication_needed(facts, intent, off_session=off_session):
        refusal = charge(call, intent, method)
    elif off_session or parameters.get("error_on_requires_action"):
        refusal = _decline(call, intent, method, AUTHENTICATION_REQUIRED)
    else:
        intent["status"] = "requires_action"
        intent["next_action"] = next_action(call, intent, parameters.get("return_url"))
        call.emit("payment_intent.requires_action", intent)
    if refusal is not None:
        raise refusal


def authentication_needed(facts: CardFacts, intent: Json, *, off_session: bool) -> bool:
    """True where the card, or the request, asks for 3-D Secure now."""
    match facts.card.authentication:
        case Authentication.ALWAYS:
            return True
        case Authentication.UNLESS_SET_UP:
            return not (off_session and facts.set_up)
        case Authentication.ON_SESSION:
            return not off_session
        case Authentication.ON_REQUEST:
            options = intent["payment_method_options"].get("card") or {}
            return options.get("request_three_d_secure") in _ASKING
        case _:
            return False


def next_action(call: Call, intent: Json, return_url: str | None) -> Json:
    """Where the cardholder is sent."""
    if return_url:
        url = f"https://hooks.stripe.com/3d_secure_2/hosted?merchant={call.state.account}&intent={intent['id']}"
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    challenge = {"type": "three_d_secure_redirect", "source": call.state.new_id("src")}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": challenge}


def answer_challenge(call: Call, intent: Json, *, succeeds: bool) -> None:
    """The cardholder answers the challenge: the charge is made, or the intent wants another payment method."""
    if intent["status"] != "requires_action":
        raise ValueError(f"{intent['id']} has no challenge to answer: its status is {intent['status']}")
    method = call.state.all.payment_methods.get(intent["payment_method"])
    if succeeds:
        charge(call, intent, method, authenticated=True)
    else:
        _fail(call, intent, method, FAILED_CHALLENGE)


def charge(call: Call, intent: Json, method: Json, *, authenticated: bool = False) -> Refusal | None:
    """Charge the card and move the intent on; a decline is given back as the 402 that carries the intent."""
    facts = call.state.card_facts[method["id"]]
    decline = decline_of(call, facts)
    if decline is not None:
        return _decline(call, intent, method, decline)
    made = make_charge(call, intent, method, None, authenticated=authenticated)
    intent |= {"latest_charge": made["id"], "last_payment_error": None, "next_action": None}
    if made["captured"]:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    else:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    _keep(call, intent, method, facts)
    call.emit("payment_intent.succeeded" if made["captured"] else "payment_intent.amount_capturable_updated", intent)
    return None


def _keep(call: Call, intent: Json, method: Json, facts: CardFacts) -> None:
    """After a success the method is attached and set up where that was asked for; without a customer it is spent."""
    if intent["customer"] is None:
        facts.spent = True
    elif intent["setup_future_usage"]:
        facts.set_up = True
        if method["customer"] is None:
            attach_to(call, method, intent["customer"])
    elif method["customer"] is None:
        facts.spent = True


def _decline(call: Call, intent: Json, method: Json, decline: Decline) -> Refusal:
    """Keep the failed charge; the 402 about it."""
    made = make_charge(call, intent, method, decline)
    intent["latest_charge"] = made["id"]
    outcome = made["outcome"]
    codes = {name: outcome[name] for name in ("advice_code", "network_decline_code") if outcome[name] is not None}
    return _fail(call, intent, method, decline, charge=made["id"], **codes)


def _fail(call: Call, intent: Json, method: Json, decline: Decline, **extra: object) -> Refusal:
    """Put the error on the intent; the same error with the intent inside."""
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": card_refusal(decline, payment_method=method, **extra).error,
        "next_action": None,
    }
    call.emit("payment_intent.payment_failed", intent)
    return card_refusal(decline, payment_method=method, payment_intent=intent, **extra)
