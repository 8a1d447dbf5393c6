"""Stripe's test cards, from the tables of docs.stripe.com/testing: what each number and `pm_card_…` name does."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GENERIC: Final = "Your card was declined."


class Authentication(StrEnum):
    """When a card asks for 3-D Secure."""

    NEVER = "never"
    ON_REQUEST = "on_request"
    """Only where `request_three_d_secure` asks for it."""
    UNLESS_SET_UP = "unless_set_up"
    """On session always; off session unless it was set up for that."""
    ON_SESSION = "on_session"
    """On session always, off session never: as if set up before."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """How a card is declined."""

    code: str = "card_declined"
    decline_code: str | None = None
    """None where Stripe's table says n/a; then the error has no such key."""
    message: str = GENERIC
    advice_code: str = "try_again_later"
    network_code: str | None = "01"
    param: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One row of the tables."""

    number: str
    names: tuple[str, ...] = ()
    """What follows `pm_card_` and `tok_`."""
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    attachable: bool = True
    """False: attaching it to a customer is declined as a charge is."""
    only_with_cvc: bool = False
    """The decline needs a CVC to have been given with the number."""
    authentication: Authentication = Authentication.NEVER
    risk: str = "normal"
    blocked: bool = False
    """Declined by Stripe's own rules, never sent to the network."""
    cvc_check: str = "pass"
    line1_check: str | None = None
    postal_check: str | None = None
    dispute: str | None = None
    """Reason of the dispute that a charge of it gets."""
    inquiry: bool = False
    """The dispute is a mere question; the charge stays refundable."""
    refund: str = "succeeded"
    """`pending`: a refund succeeds only later; `failed`: it succeeds first and fails later."""
    settles_at_once: bool = False
    """Straight to the available balance."""

    @property
    def last4(self) -> str:
        """The four digits that may be shown."""
        return self.number[-4:]


AUTHENTICATION_REQUIRED: Final = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
    advice_code="confirm_card_data",
    network_code="1A",
)
GENERIC_DECLINE: Final = Decline(decline_code="generic_decline")
INSUFFICIENT_FUNDS: Final = Decline(
    decline_code="insufficient_funds", message="Your card has insufficient funds.", network_code="51"
)
FRAUDULENT: Final = Decline(decline_code="fraudulent", advice_code="do_not_try_again", network_code=None)
INCORRECT_NUMBER: Final = Decline(code="incorrect_number", message="Your card number is incorrect.", param="number")


def _declining(number: str, decline: Decline, *names: str, only_with_cvc: bool = False) -> Card:
    """A card that is declined when charged and when attached; also known without `visa_` in its name, or with it."""
    spelled = {n for name in names for n in (name, name.removeprefix("visa_"), "visa_" + name.removeprefix("visa_"))}
    return Card(
        number=number,
        names=tuple(sorted(spelled)),
        decline=decline,
        attachable=False,
        only_with_cvc=only_with_cvc,
        cvc_check="fail" if decline.code == "incorrect_cvc" else "pass",
    )


CARDS: Final = (
    Card(number="4242424242424242", names=("visa",)),
    Card(number="4000056655665556", names=("visa_debit",), funding="debit"),
    Card(number="5555555555554444", names=("mastercard",), brand="mastercard"),
    Card(number="5200828282828210", names=("mastercard_debit",), brand="mastercard", funding="debit"),
    Card(number="5105105105105100", names=("mastercard_prepaid",), brand="mastercard", funding="prepaid"),
    Card(number="378282246310005", names=("amex",), brand="amex"),
    Card(number="6011111111111117", names=("discover",), brand="discover"),
    Card(number="3056930009020004", names=("diners",), brand="diners"),
    Card(number="3566002020360505", names=("jcb",), brand="jcb"),
    Card(number="6200000000000005", names=("unionpay",), brand="unionpay"),
    _declining("4000000000000002", GENERIC_DECLINE, "visa_chargeDeclined"),
    _declining("4000000000009995", INSUFFICIENT_FUNDS, "visa_chargeDeclinedInsufficientFunds"),
    _declining(
        "4000000000009987",
        Decline(decline_code="lost_card", advice_code="do_not_try_again", network_code="41"),
        "visa_chargeDeclinedLostCard",
    ),
    _declining(
        "4000000000009979",
        Decline(decline_code="stolen_card", advice_code="do_not_try_again", network_code="43"),
        "visa_chargeDeclinedStolenCard",
    ),
    _declining(
        "4000000000000069",
        Decline(
            code="expired_card",
            message="Your card has expired.",
            advice_code="do_not_try_again",
            network_code="54",
            param="exp_month",
        ),
        "chargeDeclinedExpiredCard",
    ),
    _declining(
        "4000000000000127",
        Decline(
            code="incorrect_cvc",
            message="Your card's security code is incorrect.",
            advice_code="confirm_card_data",
            network_code="N7",
            param="cvc",
        ),
        "chargeDeclinedIncorrectCvc",
        only_with_cvc=True,
    ),
    _declining(
        "4000000000000119",
        Decline(
            code="processing_error",
            message="An error occurred while processing your card. Try again in a little bit.",
            network_code="96",
        ),
        "chargeDeclinedProcessingError",
    ),
    _declining(
        "4000000000006975",
        Decline(
            decline_code="card_velocity_exceeded",
            message="Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
            network_code="65",
        ),
        "visa_chargeDeclinedVelocityLimitExceeded",
    ),
    Card(number="4000000000000341", names=("chargeCustomerFail",), decline=GENERIC_DECLINE),
    Card(
        number="4100000000000019",
        names=("radarBlock", "visa_chargeDeclinedFraudulent", "chargeDeclinedFraudulent"),
        decline=FRAUDULENT,
        risk="highest",
        blocked=True,
    ),
    Card(number="4000000000004954", names=("riskLevelHighest",), decline=FRAUDULENT, risk="highest", blocked=True),
    Card(number="4000000000009235", names=("riskLevelElevated",), risk="elevated"),
    Card(number="4000000000000101", names=("cvcCheckFail",), cvc_check="fail", only_with_cvc=True),
    Card(number="4000000000000036", names=("avsZipFail",), postal_check="fail", line1_check="pass"),
    Card(number="4000000000000028", names=("avsLine1Fail",), postal_check="pass", line1_check="fail"),
    Card(number="4000000000000010", names=("avsFail",), postal_check="fail", line1_check="fail"),
    Card(number="4000000000000044", names=("avsUnchecked",), postal_check="unavailable", line1_check="unavailable"),
    Card(number="4000002760003184", names=("authenticationRequired",), authentication=Authentication.ALWAYS),
    Card(
        number="4000002500003155",
        names=("authenticationRequiredOnSetup",),
        authentication=Authentication.UNLESS_SET_UP,
    ),
    Card(
        number="4000003800000446",
        names=("authenticationRequiredSetupForOffSession",),
        authentication=Authentication.ON_SESSION,
    ),
    Card(
        number="4000008260003178",
        names=("authenticationRequiredChargeDeclinedInsufficientFunds",),
        authentication=Authentication.UNLESS_SET_UP,
        decline=INSUFFICIENT_FUNDS,
    ),
    Card(
        number="4000000000003220",
        names=("threeDSecure2Required", "threeDSecureRequired"),
        authentication=Authentication.UNLESS_SET_UP,
    ),
    Card(
        number="4000008400001629",
        names=("threeDSecure2RequiredChargeDeclined", "threeDSecureRequiredChargeDeclined"),
        authentication=Authentication.UNLESS_SET_UP,
        decline=GENERIC_DECLINE,
    ),
    Card(
        number="4000008400001280",
        names=("threeDSecure2RequiredProcessingError", "threeDSecureRequiredProcessingError"),
        decline=GENERIC_DECLINE,
    ),
    Card(number="4000000000003055", names=("threeDSecureOptional",), authentication=Authentication.ON_REQUEST),
    Card(number="4000000000000259", names=("createDispute",), dispute="fraudulent"),
    Card(number="4000000000002685", names=("createDisputeProductNotReceived",), dispute="product_not_received"),
    Card(number="4000000000001976", names=("createDisputeInquiry",), dispute="fraudulent", inquiry=True),
    Card(number="4000000000007726", names=("pendingRefund",), refund="pending"),
    Card(number="4000000000005126", names=("refundFail",), refund="failed"),
    Card(number="4000000000000077", names=("bypassPending",), settles_at_once=True),
)

BY_NAME: Final = {name: card for card in CARDS for name in card.names}
BY_NUMBER: Final = {card.number: card for card in CARDS}

_BRANDS: Final = (
    ("34", "amex"),
    ("37", "amex"),
    ("5", "mastercard"),
    ("2", "mastercard"),
    ("6", "discover"),
    ("35", "jcb"),
)


def by_number(number: str) -> Card | None:
    """The card with this number; an unlisted number that is well-formed charges fine; None where it is no card number."""
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) in range(12, 20) and _luhn(digits)):
        return None
    brand = next((name for prefix, name in _BRANDS if digits.startswith(prefix)), "visa")
    return BY_NUMBER.get(digits) or Card(number=digits, brand=brand)


def _luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0
