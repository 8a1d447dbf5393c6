"""Alertmanager API v2: `POST /api/v2/alerts` (prometheus/alertmanager, api/v2/openapi.yaml)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from probe.model.paging import Page, PageAction
from probe.model.secret import Secret
from probe.pager.posting import Post, leaving_body
from probe.pager.sink import Receipt

ALERT_NAME: Final = "PaypathPathFailing"
_STANDS_FOR: Final = timedelta(days=7)
"""Alertmanager ends an alert without `endsAt` after five minutes; this one ends when it is resolved."""


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """One Alertmanager, by its base address."""

    name: str
    post: Post
    url: Secret
    token: Secret | None = None

    async def send(self, page: Page) -> Receipt:
        """See `probe.pager.sink.Sink`."""
        return await self.post(Secret(f"{self.url.reveal()}/api/v2/alerts"), [leaving_body(alert(page))], self.token)


def alert(page: Page) -> dict[str, Any]:
    """One alert. What identifies it are its labels, which are those of the trigger also in the resolve."""
    opened, named = page.opened, page.named
    ends_at = page.at if page.action is PageAction.RESOLVE else page.at + _STANDS_FOR
    return {
        "labels": {
            "alertname": ALERT_NAME,
            "severity": "page",
            "environment": page.environment,
            "path": page.path,
            "code": str(opened.code),
            "reason": opened.reason,
        },
        "annotations": {
            "summary": page.title,
            "description": named.summary,
            "code": str(named.code),
            "reason": named.reason,
            "scenarios": ", ".join(page.scenarios),
            "failing_since": page.since.isoformat(),
            "runbook": named.runbook,
        },
        "startsAt": page.opened_at.isoformat(),
        "endsAt": ends_at.isoformat(),
    }
