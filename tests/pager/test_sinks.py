"""What each sink is sent, and what its answers mean."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.model.paging import PageAction
from probe.model.secret import Secret
from probe.pager.alertmanager import Alertmanager, alert
from probe.pager.pagerduty import PagerDuty, event
from probe.pager.posting import HttpPost
from probe.pager.webhook import Webhook, page_to_dict, text
from probe.redact.leaving import OUT, learned
from tests.history.test_pages import NAMED, NOW, PAGE, RESOLVE
from tests.pager.pagerduty import FakePagerDuty
from tests.pager.told import keeping, serving

KEY = "R015INTEGRATIONKEYOFTHIRTYTWO123"
POST = HttpPost()


async def test_pagerduty_opens_one_incident_and_resolves_it() -> None:
    """Accepted by its documented rules; a reminder is logged under the open incident."""
    duty = FakePagerDuty(KEY)
    async with serving(duty.app()) as url:
        sink = PagerDuty(name="oncall", post=POST, url=Secret(f"{url}/v2/enqueue"), routing_key=Secret(KEY))
        for page in (PAGE, PAGE, replace(PAGE, action=PageAction.REMIND)):
            assert (await sink.send(page)).taken
        assert duty.open == {PAGE.dedup_key: "client certificate expired · 5023 · billing (staging)"}
        assert (await sink.send(RESOLVE)).taken
    assert [what for what, _ in duty.log] == ["opened", "logged", "logged", "resolved"]
    assert duty.open == {}


async def test_a_wrong_key_is_said_without_showing_it() -> None:
    """The answer of the service is shown, and no secret."""
    wrong = learned(Secret("WRONGKEYOFTHIRTYTWOCHARACTERS123"))
    duty = FakePagerDuty(KEY)
    async with serving(duty.app()) as url:
        sink = PagerDuty(name="oncall", post=POST, url=Secret(f"{url}/v2/enqueue"), routing_key=wrong)
        receipt = await sink.send(PAGE)
    OUT.forget()
    assert not receipt.taken
    assert receipt.detail.startswith("HTTP 400: ")
    assert "'routing_key' is invalid" in receipt.detail
    assert wrong.reveal() not in receipt.detail


def test_a_long_title_is_cut_to_what_pagerduty_takes() -> None:
    """1,024 characters."""
    long = replace(NAMED, headline="x" * 2000)
    assert len(event(replace(PAGE, named=long))["payload"]["summary"]) == 1024


def test_an_alert_keeps_its_labels_until_its_end() -> None:
    """Alertmanager knows an alert by its labels; they are those of the trigger whatever is known later."""
    later = replace(RESOLVE, named=replace(NAMED, reason="tcp.refused", code=5022))
    opened, ended = alert(PAGE), alert(later)
    assert opened["labels"] == ended["labels"]
    assert opened["labels"]["reason"] == "tls.client_cert.expired"
    assert opened["endsAt"] == (NOW + timedelta(days=7)).isoformat()
    assert ended["endsAt"] == later.at.isoformat()
    assert ended["annotations"]["reason"] == "tcp.refused"


async def test_a_webhook_gets_one_text_or_the_whole_page() -> None:
    """Slack's form by default; both with the bearer token."""
    async with keeping() as kept:
        secret = Secret(f"{kept.url}/services/T0/B0/secret")
        for whole in (False, True):
            sink = Webhook(name="chat", post=POST, url=secret, token=Secret("t0ken"), whole=whole)
            assert (await sink.send(PAGE)).taken
    assert kept.bodies[0] == {"text": text(PAGE)}
    assert kept.bodies[0]["text"].splitlines()[:2] == [PAGE.title, "It expired."]
    assert kept.bodies[1]["schema"] == "paypath.page/1"
    assert kept.bodies[1]["action"] == "trigger"
    assert kept.tokens == ["Bearer t0ken"] * 2


def test_every_sink_says_since_when_it_fails() -> None:
    """Since the first failure, not since somebody was paged for it; a page of an earlier release knows only that."""
    began = NOW - timedelta(minutes=5)
    page = replace(PAGE, failing_since=began)
    assert event(page)["payload"]["custom_details"]["failing_since"] == began.isoformat()
    assert alert(page)["annotations"]["failing_since"] == began.isoformat()
    assert page_to_dict(page)["failing_since"] == began.isoformat()
    assert "failing since 2026-01-15 14:23:00 UTC" in text(replace(page, action=PageAction.RESOLVE))
    assert page_to_dict(PAGE)["failing_since"] == NOW.isoformat()


def test_the_text_of_an_end_says_how_long_it_was() -> None:
    """And what passes again; Slack's control characters are escaped."""
    told = text(replace(RESOLVE, path="<a&b>"))
    assert told.startswith("resolved: client certificate expired · 5023 · &lt;a&amp;b&gt; (staging)\n")
    assert "card-charge pass again; failing since 2026-01-15 14:28:00 UTC." in told


@pytest.mark.parametrize(("status", "after", "wait_s"), [(429, "7", 7.0), (503, "soon", None), (302, "", None)])
async def test_what_is_not_taken_says_why(status: int, after: str, wait_s: float | None) -> None:
    """Every answer but 2xx keeps the page; `Retry-After` in seconds is heeded, and no redirect is followed."""
    async with keeping(status=status, headers={"Retry-After": after, "Location": "/elsewhere"}) as kept:
        receipt = await Webhook(name="chat", post=POST, url=Secret(kept.url)).send(PAGE)
    assert (receipt.taken, receipt.retry_after_s) == (False, wait_s)
    assert receipt.detail == f"HTTP {status}: a page of the sink's own"
    assert len(kept.bodies) == 1


async def test_nobody_there_and_nobody_answering() -> None:
    """A refused connection and a limit that passes are receipts."""
    gone = await Alertmanager(name="alerts", post=POST, url=Secret("http://127.0.0.1:9")).send(PAGE)
    assert not gone.taken
    assert "ClientConnectorError" in gone.detail
    async with keeping() as kept:
        slow = await Webhook(name="chat", post=HttpPost(limit_s=0.0001), url=Secret(kept.url)).send(PAGE)
    assert not slow.taken


async def test_no_secret_goes_to_any_sink_but_its_own() -> None:
    """A page passes the way out, whatever a peer wrote into it; the sink's own key arrives all the same."""
    canary, key = learned(Secret("canary-of-the-proxy")), learned(Secret(KEY))
    told = replace(NAMED, summary=f"It answers {canary.reveal()} and sk_test_canaryCanaryCanary.")
    page = replace(PAGE, named=told)
    async with keeping() as kept:
        url = Secret(kept.url)
        sinks = (
            PagerDuty(name="oncall", post=POST, url=url, routing_key=key),
            Alertmanager(name="alerts", post=POST, url=url),
            Webhook(name="chat", post=POST, url=url),
            Webhook(name="whole", post=POST, url=url, whole=True),
        )
        for sink in sinks:
            assert (await sink.send(page)).taken
    OUT.forget()
    assert len(kept.bodies) == 4
    assert "canary" not in str(kept.bodies)
    assert "It answers ***" in str(kept.bodies[0])
    assert kept.bodies[0]["routing_key"] == KEY
