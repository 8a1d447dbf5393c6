"""What a page is called."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from probe.model.paging import Named, Page, PageAction

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
NAMED = Named(
    code=5023,
    reason="tls.client_cert.expired",
    headline="client certificate expired",
    summary="",
    hop="",
    blame="",
    confidence="",
    runbook="",
)


@pytest.mark.parametrize(("action", "lead"), [("trigger", ""), ("remind", "still: "), ("resolve", "resolved: ")])
def test_the_title_leads_with_the_reason(action: str, lead: str) -> None:
    """Code, path and environment follow."""
    page = Page(
        action=PageAction(action),
        environment="staging",
        location="here",
        path="billing",
        dedup_key="key",
        scenarios=(),
        opened_at=NOW,
        at=NOW,
        opened=replace(NAMED, headline="connector unreachable"),
        named=NAMED,
    )
    assert page.title == f"{lead}client certificate expired · 5023 · billing (staging)"
