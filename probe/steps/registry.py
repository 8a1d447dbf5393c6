"""Which step kind does what. A new kind is a file beside this one, an action in `probe.model.scenario`, and a line here."""

from probe.model.observation import Observation
from probe.model.scenario import (
    Action,
    CertificatesAction,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    StripeAction,
    WaitAction,
    WebhookAction,
)
from probe.steps.certificates import certificates
from probe.steps.context import StepContext
from probe.steps.forgery import forgery
from probe.steps.handshake import handshake
from probe.steps.http import http
from probe.steps.stripe import stripe
from probe.steps.wait import wait
from probe.steps.webhook import webhook


async def perform(action: Action, context: StepContext) -> Observation:  # noqa: PLR0911 - a line for each kind
    """Do what the action says and return what was seen."""
    match action:
        case HandshakeAction():
            return await handshake(action, context)
        case HttpAction():
            return await http(action, context)
        case StripeAction():
            return await stripe(action, context)
        case CertificatesAction():
            return await certificates(context)
        case WaitAction():
            return await wait(action, context)
        case WebhookAction():
            return await webhook(action, context)
        case ForgeryAction():
            return await forgery(action, context)
