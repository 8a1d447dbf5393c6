"""The judgement on webhooks: did the event come, and is what Stripe did not sign refused."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.judgement import Judgement
from probe.model.failure import Confidence, Evidence, Failure, Hop
from probe.model.observation import ForgeryObservation, WebhookObservation
from probe.model.outcome import Failed, Passed
from probe.model.scenario import Forgery, ForgeryAction, WebhookAction, WebhookProof

_OK: Final = range(200, 300)
_CLIENT_ERRORS: Final = range(400, 500)
_NOT_JUDGED: Final = frozenset({404, 405, 408, 410, 429})
"""Answers that say nothing of the signature: nobody looked at it."""

_SENT: Final = {
    Forgery.UNSIGNED: "a webhook without any signature",
    Forgery.FORGED: "a webhook that is signed with another secret",
    Forgery.STALE: "a webhook that was signed an hour ago",
}


def judge_webhook(action: WebhookAction, seen: WebhookObservation, catalogue: Catalogue) -> Judgement:
    """Passed where the event came, and nothing of the path said live mode."""
    if seen.live:
        summary = f"The webhook {seen.live} says `livemode: true`: it comes from live mode, where no probe may ever be."
        return Judgement(
            Failed(catalogue.failure("charge.live_mode", phase=None, confidence=Confidence.PEER_HTTP, summary=summary))
        )
    if seen.event_id is not None and seen.endpoint_wants_it is not False and not seen.pending:
        return Judgement(Passed())
    return Judgement(Failed(_missing(action, seen, catalogue)))


def _missing(action: WebhookAction, seen: WebhookObservation, catalogue: Catalogue) -> Failure:
    refused = ", ".join(f"{count} {why}" for why, count in sorted(seen.refused.items()))
    told = f" Deliveries were refused meanwhile: {refused}." if refused else ""
    return catalogue.failure(
        "charge.webhook_missing",
        phase=None,
        confidence=Confidence.PROVEN if seen.endpoint_wants_it is False else Confidence.INFERRED,
        summary=f"{_what_is_missing(action, seen)}{told}",
        evidence=Evidence(detail=f"event {seen.event_id}" if seen.event_id else ""),
    )


def _what_is_missing(action: WebhookAction, seen: WebhookObservation) -> str:
    about, waited = f"{action.event} about {seen.about}", f"within {seen.waited_s:.1f} s"
    if seen.endpoint_wants_it is False:
        return f"No enabled webhook endpoint at Stripe leads to `paths.NAME.webhook.url` and wants {action.event}: nobody is told of payments."
    if seen.event_id is None:
        by_delivery = action.proof is WebhookProof.DELIVERY
        return f"No {'signed delivery' if by_delivery else 'event'} of {about} came {waited}."
    return (
        f"Stripe made the event {about}, and {seen.pending} webhook endpoint{'s have' if seen.pending != 1 else ' has'} "
        f"not taken it {waited} (`pending_webhooks`)."
    )


def judge_forgery(action: ForgeryAction, seen: ForgeryObservation, catalogue: Catalogue) -> Judgement:
    """Passed where the endpoint refused with a 4xx that tells of the signature."""
    sent = f"The webhook endpoint {seen.url} was sent {_SENT[action.forgery]}"
    if seen.answer is None:
        why = seen.causes[0].text if seen.causes else "nothing came back in time"
        return _failed("charge.webhook_endpoint_failed", f"{sent}, and did not answer: {why}.", seen, catalogue)
    status = seen.answer.status
    if status in _OK:
        summary = f"{sent}, and took it (HTTP {status}): anybody who knows the address can tell it of payments that were never made."
        return _failed("charge.webhook_forgery_accepted", summary, seen, catalogue)
    if status not in _CLIENT_ERRORS or status in _NOT_JUDGED:
        summary = (
            f"{sent}, and answered HTTP {status}: that is neither taken nor refused, so nothing is known of its check."
        )
        return _failed("charge.webhook_endpoint_failed", summary, seen, catalogue)
    return Judgement(Passed())


def _failed(reason: str, summary: str, seen: ForgeryObservation, catalogue: Catalogue) -> Judgement:
    evidence = Evidence(
        http_status=seen.answer.status if seen.answer else None,
        detail=" <- ".join(f"{cause.kind}: {cause.text}" for cause in seen.causes),
    )
    failure = catalogue.failure(
        reason,
        phase=None,
        confidence=Confidence.PEER_HTTP if seen.answer else Confidence.INFERRED,
        summary=summary,
        hop=Hop.NONE,  # it is beside the way of the money
        evidence=evidence,
    )
    return Judgement(Failed(failure))
