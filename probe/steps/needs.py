"""What a step needs of its path and of this process, beyond the connector."""

from probe.model.path import PaymentPath
from probe.model.scenario import Action, Forgery, ForgeryAction, WebhookAction, WebhookProof


def missing(action: Action, path: PaymentPath, *, listening: bool) -> str | None:
    """The keys that a webhook step lacks, as an operator writes them; None where it has all. `listening`: webhooks can be delivered here."""
    match action:
        case WebhookAction(proof=WebhookProof.DELIVERY):
            if path.stripe is None or path.stripe.webhook_secret is None:
                return f"`paths.{path.name}.stripe.webhook_secret_file`"
            return None if listening else "`listen.webhooks`"
        case WebhookAction(proof=WebhookProof.PENDING) | ForgeryAction() if path.webhook is None:
            return f"`paths.{path.name}.webhook`"
        case ForgeryAction(forgery=Forgery.STALE) if path.webhook is not None and path.webhook.secret is None:
            return f"`paths.{path.name}.webhook.secret_file`"
        case _:
            return None
