"""Direct pages: when somebody is woken, what they are told, and what has to be remembered for that between two runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from probe.model.failure import Failure
from probe.model.secret import Secret


class PageAction(StrEnum):
    """What a page asks of whoever receives it. The value is stored and sent; never rename one."""

    TRIGGER = "trigger"
    REMIND = "remind"
    """It is still so."""
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """When to page, remind and resolve."""

    failures: int = 2
    """Failed runs of one scenario in a row, whatever the reason each time."""
    proven: bool = True
    """Page on the first run where a certificate, or an answer from live mode, proves the failure."""
    success_below: float = 0.8
    """Share of passed runs, 0..1, below which a scenario that fails now pages although it passes in between."""
    window_s: float = 1800.0
    """How far back that share looks."""
    samples: int = 10
    """Runs that could tell, without which the share says nothing."""
    resolve_after: int = 2
    """Passed runs in a row, of every scenario that had failed; where it flaps, `samples` of them."""
    remind_every_s: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a page says about the cause; every text redacted."""

    code: int
    reason: str
    headline: str
    """The reason in words, `client certificate expired`."""
    summary: str
    hop: str
    blame: str
    confidence: str
    runbook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message to every sink."""

    action: PageAction
    environment: str
    location: str
    path: str
    dedup_key: str
    """The same for all pages of one cause on one path, whoever sends them."""
    scenarios: tuple[str, ...]
    """What fails because of it, or has failed."""
    opened_at: datetime
    at: datetime
    opened: Named
    """The cause as it was when the page was triggered: what identifies it never changes."""
    named: Named
    """The cause as it is known now."""
    failing_since: datetime | None = None
    """When the first run that failed began; None in pages of earlier releases."""

    @property
    def since(self) -> datetime:
        """What people are told it fails since."""
        return self.failing_since or self.opened_at

    @property
    def title(self) -> str:
        """The reason first, then code, path and environment: `client certificate expired · 5023 · billing (staging)`."""
        lead = {PageAction.TRIGGER: "", PageAction.REMIND: "still: ", PageAction.RESOLVE: "resolved: "}[self.action]
        return f"{lead}{self.named.headline} · {self.named.code} · {self.path} ({self.environment})"


@dataclass(frozen=True, slots=True)
class PagingSample:
    """One run that could tell."""

    at: datetime
    up: bool


@dataclass(frozen=True, slots=True)
class Streak:
    """What one scenario did lately on one path."""

    failures: int = 0
    """In a row, up to now."""
    samples: tuple[PagingSample, ...] = ()
    """Those of the window, oldest first."""
    since: datetime | None = None
    """When the first of these failed runs began; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A cause that somebody has been paged for and that is not over."""

    cause: str
    dedup_key: str
    opened_at: datetime
    notified_at: datetime
    """When somebody was last told, or last not told because of maintenance."""
    opened: Named
    named: Named
    passes: Mapping[str, int]
    """Scenario -> its passed runs in a row since it last failed; all that have failed because of it."""
    failing_since: datetime | None = None
    """When the first run that failed began, before anybody was paged; None in what an earlier release wrote down."""
    flaps: bool = False
    """It passed in between, or had only just ended: a few passes do not end it."""


@dataclass(frozen=True, slots=True)
class PathState:
    """What the pager remembers of one path."""

    streaks: Mapping[str, Streak] = field(default_factory=dict)
    """By scenario."""
    incidents: tuple[Incident, ...] = ()
    ended: Mapping[str, datetime] = field(default_factory=dict)
    """Cause -> when its last incident ended, if that is within the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A finished run, as far as paging needs it."""

    environment: str
    location: str
    path: str
    scenario: str
    at: datetime
    """When it ended; aware."""
    began: datetime | None = None
    """What people are told of a run that failed first; None: the same."""
    up: bool | None
    """None: it could not tell."""
    failure: Failure | None = None
    """Of a failed run."""
    named: Named | None = None
    """The same for people."""
    confirmed: bool = False
    """No run: our files were read again after a failed one, and are unusable still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A time in which nobody is paged: once (`begins`, `ends`), or every week (`days`, `at`, `lasts_s`)."""

    begins: datetime | None = None
    ends: datetime | None = None
    days: tuple[int, ...] = ()
    """Monday is 0; empty for a window that comes once."""
    at: time | None = None
    """UTC."""
    lasts_s: float = 0.0
    paths: tuple[str, ...] = ()
    """Empty: all."""


class SinkKind(StrEnum):
    """Where pages can go."""

    PAGERDUTY = "pagerduty"
    """Events API v2."""
    ALERTMANAGER = "alertmanager"
    """`POST /api/v2/alerts`."""
    WEBHOOK = "webhook"
    """Any URL: Slack's incoming webhooks and what takes the same, or the whole page as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSpec:
    """One configured place for pages."""

    name: str
    kind: SinkKind
    url: Secret
    """A secret, because a webhook's address is all that is needed to write there."""
    routing_key: Secret | None = None
    """PagerDuty's integration key."""
    token: Secret | None = None
    """Sent as `Authorization: Bearer …`."""
    whole: bool = False
    """A webhook gets the page as JSON instead of one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatSpec:
    """A dead man's switch, told regularly that the probe is alive."""

    url: Secret
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Everything configured about direct pages."""

    rules: PageRules = field(default_factory=PageRules)
    sinks: tuple[SinkSpec, ...] = ()
    """Empty: nobody is paged from here."""
    heartbeat: HeartbeatSpec | None = None
    maintenance: tuple[MaintenanceWindow, ...] = ()
