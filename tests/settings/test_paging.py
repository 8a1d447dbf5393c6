"""`pages` and `maintenance`: what they become, and what is refused."""

import pathlib
from datetime import UTC, datetime, time

import pytest

from probe.model.paging import PageRules, Paging, SinkKind
from tests.settings.conftest import Load, Refuse

KEY = "R015INTEGRATIONKEYOFTHIRTYTWO123"


def test_nobody_is_paged_by_default(load: Load) -> None:
    """No sink, no heartbeat, no window."""
    assert load("environment: staging").paging == Paging(rules=PageRules())


def test_everything_that_can_be_said(load: Load, tmp_path: pathlib.Path) -> None:
    """Rules, all kinds of sinks with their secrets in files or not, the switch, and both kinds of windows."""
    (tmp_path / "url").write_text("https://hooks.example/T0/secret\n")
    text = f"""
    paths: {{billing: {{connector: {{url: 'https://c'}}}}}}
    pages:
      failures: 3
      proven: false
      success_below: 0.5
      window: 10m
      samples: 4
      resolve_after: 1
      remind_every: 4h
      sinks:
        oncall: {{kind: pagerduty, routing_key: {KEY}}}
        alerts: {{kind: alertmanager, url: 'http://alertmanager:9093/', token: abc.def}}
        chat: {{kind: webhook, url_file: {tmp_path}/url, format: json}}
      heartbeat: {{url: 'https://hc.example/ping', every: 5m}}
    maintenance:
      - {{begins: '2026-01-15T02:00:00+01:00', ends: 2026-01-15T04:00:00Z, because: a new connector}}
      - {{days: [sat, sun], at: '23:30', lasts: 2h, paths: [billing]}}
    """
    paging = load(text).paging
    assert paging.rules == PageRules(
        failures=3,
        proven=False,
        success_below=0.5,
        window_s=600,
        samples=4,
        resolve_after=1,
        remind_every_s=14400,
    )
    oncall, alerts, chat = paging.sinks
    assert (oncall.kind, oncall.url.reveal()) == (SinkKind.PAGERDUTY, "https://events.pagerduty.com/v2/enqueue")
    assert oncall.routing_key is not None
    assert oncall.routing_key.reveal() == KEY
    assert (alerts.url.reveal(), alerts.token is not None) == ("http://alertmanager:9093", True)
    assert (chat.url.reveal(), chat.whole) == ("https://hooks.example/T0/secret", True)
    assert paging.heartbeat is not None
    assert (paging.heartbeat.url.reveal(), paging.heartbeat.every_s) == ("https://hc.example/ping", 300)
    once, weekly = paging.maintenance
    assert (once.begins, once.ends) == (datetime(2026, 1, 15, 1, tzinfo=UTC), datetime(2026, 1, 15, 4, tzinfo=UTC))
    assert (weekly.days, weekly.at, weekly.lasts_s, weekly.paths) == ((5, 6), time(23, 30), 7200, ("billing",))
    assert "secret" not in repr(paging)
    assert KEY not in repr(paging)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pages: {sinks: {a: {kind: pagerduty}}}", "`routing_key` is missing: `pagerduty` needs it"),
        ("pages: {sinks: {a: {kind: webhook}}}", "`url` is missing: `webhook` needs it"),
        ("pages: {sinks: {a: {kind: webhok, url: 'https://h'}}}", "did you mean `webhook`?"),
        ("pages: {sinks: {a: {kind: webhook, url: 'https://h', routing_key: x}}}", "is not an integration key"),
        (
            "pages: {sinks: {a: {kind: webhook, url: 'https://h', routing_key_file: x}}}",
            "`routing_key_file` means nothing for a sink of kind `webhook`",
        ),
        (
            "pages: {sinks: {a: {kind: alertmanager, url: 'https://h', format: json}}}",
            "`format` means nothing for a sink of kind `alertmanager`",
        ),
        ("pages: {sinks: {a: {kind: webhook, url: 'https://h', url_file: x}}}", "`url` and `url_file` are both set"),
        ("pages: {sinks: {a: {kind: webhook, url: 'ftp://secret@h/x'}}}", "is not a URL with http or https"),
        ("pages: {sinks: {a: {kind: webhook, url: 'http://[h'}}}", "is not a URL"),
        ("pages: {sinks: {a: {kind: webhook, url: 5}}}", "must be text, not a number"),
        ("pages: {sinks: {a: {kind: webhook, url: 'https://h', token: 'Bearer x y'}}}", "is not a bearer token"),
        ("pages: {heartbeat: {every: 1m}}", "`url` is missing: a heartbeat goes somewhere"),
        ("pages: {success_below: 80}", "must be a number from 0 to 1"),
        ("pages: {failures: 0}", "must be a whole number from 1 to 1000"),
        ("maintenance: [{begins: 2026-01-15T02:00:00Z}]", "a window is either once or every week, and whole"),
        (
            "maintenance: [{begins: 2026-01-15T02:00:00Z, ends: 2026-01-15T02:00:00Z}]",
            "`ends` is not after `begins`",
        ),
        ("maintenance: [{begins: '2026-01-15T02:00:00', ends: x}]", "has no time zone"),
        ("maintenance: [{days: [], at: '02:00', lasts: 1h}]", "`days` is empty"),
        ("maintenance: [{days: [sunday], at: '02:00', lasts: 1h}]", "is not known here"),
        ("maintenance: [{days: [sun], at: '24:00', lasts: 1h}]", "`24:00` is not a time of day"),
        ("maintenance: [{days: [sun], at: '02:00', lasts: 1h, paths: [billing]}]", "unknown path `billing`"),
    ],
)
def test_a_mistake(refuse: Refuse, text: str, told: str) -> None:
    """Each one is told at its place, and no secret is in it."""
    mistakes = refuse(text)
    assert any(told in mistake for mistake in mistakes), mistakes
    assert "secret@" not in str(mistakes)
