"""Any URL: one text as Slack's incoming webhooks take it (and Mattermost's, Rocket.Chat's, Google Chat's), or the whole page as JSON."""

from dataclasses import dataclass
from typing import Any, Final

from probe.model.paging import Page, PageAction
from probe.model.secret import Secret
from probe.pager.posting import Post, leaving_body
from probe.pager.sink import Receipt

SCHEMA: Final = "paypath.page/1"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address."""

    name: str
    post: Post
    url: Secret
    token: Secret | None = None
    whole: bool = False

    async def send(self, page: Page) -> Receipt:
        """See `probe.pager.sink.Sink`."""
        return await self.post(
            self.url, leaving_body(page_to_dict(page) if self.whole else {"text": text(page)}), self.token
        )


def text(page: Page) -> str:
    """The title, and below it what a tired person needs. Slack's three control characters are escaped."""
    named = page.named
    lines = [page.title]
    if page.action is PageAction.RESOLVE:
        lines.append(f"{', '.join(page.scenarios)} pass again; failing since {page.since:%Y-%m-%d %H:%M:%S} UTC.")
    else:
        lines += [named.summary, f"{named.reason} ({named.confidence}) · {named.hop} · {', '.join(page.scenarios)}"]
        lines.append(f"runbook: {named.runbook}")
    return "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page_to_dict(page: Page) -> dict[str, Any]:
    """The page as one object, `paypath.page/1`."""
    named = page.named
    return {
        "schema": SCHEMA,
        "action": page.action.value,
        "title": page.title,
        "dedup_key": page.dedup_key,
        "environment": page.environment,
        "location": page.location,
        "path": page.path,
        "scenarios": list(page.scenarios),
        "opened_at": page.opened_at.isoformat(),
        "failing_since": page.since.isoformat(),
        "at": page.at.isoformat(),
        "code": named.code,
        "reason": named.reason,
        "summary": named.summary,
        "hop": named.hop,
        "blame": named.blame,
        "confidence": named.confidence,
        "runbook": named.runbook,
    }
