"""PagerDuty Events API v2 (developer.pagerduty.com/docs/events-api-v2)."""

from dataclasses import dataclass
from typing import Any, Final

from probe.model.paging import Page, PageAction
from probe.model.secret import Secret
from probe.pager.posting import Post, leaving_body
from probe.pager.sink import Receipt

URL: Final = "https://events.pagerduty.com/v2/enqueue"
_LONGEST_SUMMARY: Final = 1024


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """One integration of one service. A reminder is a trigger with the same key: it is logged, and wakes nobody who has acknowledged."""

    name: str
    post: Post
    url: Secret
    routing_key: Secret

    async def send(self, page: Page) -> Receipt:
        """See `probe.pager.sink.Sink`."""
        return await self.post(self.url, {**leaving_body(event(page)), "routing_key": self.routing_key.reveal()})


def event(page: Page) -> dict[str, Any]:
    """The event without its routing key."""
    if page.action is PageAction.RESOLVE:
        return {"event_action": "resolve", "dedup_key": page.dedup_key}
    named = page.named
    return {
        "event_action": "trigger",
        "dedup_key": page.dedup_key,
        "client": "paypath",
        "payload": {
            "summary": page.title[:_LONGEST_SUMMARY],
            "source": page.location,
            "severity": "critical",
            "timestamp": page.at.isoformat(),
            "component": page.path,
            "group": page.environment,
            "class": named.reason,
            "custom_details": {
                "summary": named.summary,
                "code": named.code,
                "reason": named.reason,
                "hop": named.hop,
                "who_acts": named.blame,
                "confidence": named.confidence,
                "scenarios": list(page.scenarios),
                "failing_since": page.since.isoformat(),
                "runbook": named.runbook,
            },
        },
    }
