"""The keys `pages` and `maintenance`, and what they become."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from probe.documents.fields import Duration, FilePath, Flag, Name, Text, one_of
from probe.documents.tree import Loc
from probe.model.paging import (
    HeartbeatSpec,
    MaintenanceWindow,
    PageRules,
    Paging,
    SinkKind,
    SinkSpec,
)
from probe.model.secret import Secret
from probe.settings.connector import Keys
from probe.settings.paging_fields import (
    DAYS,
    Count,
    Day,
    Moment,
    RoutingKey,
    SecretUrl,
    Share,
    TimeOfDay,
    Token,
)

PAGERDUTY_URL: Final = "https://events.pagerduty.com/v2/enqueue"


class SinkKeys(Keys):
    """One place for pages."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [{"not": {"required": [name, f"{name}_file"]}} for name in ("url", "routing_key", "token")]
        }
    )

    kind: Annotated[str, *one_of(*SinkKind)]
    """`pagerduty` (Events API v2), `alertmanager` (API v2), `webhook` (Slack's incoming webhooks, and any other URL)."""
    url: SecretUrl | None = None
    """`alertmanager`: its base address. `webhook`: where to POST. `pagerduty`: default `https://events.pagerduty.com/v2/enqueue`."""
    url_file: FilePath | None = None
    """A file that holds the URL and nothing else: a webhook's address is a secret."""
    routing_key: RoutingKey | None = None
    """`pagerduty`: the integration key; better in a file or a variable."""
    routing_key_file: FilePath | None = None
    """A file that holds the key and nothing else."""
    token: Token | None = None
    """`alertmanager`, `webhook`: sent as `Authorization: Bearer …`."""
    token_file: FilePath | None = None
    """A file that holds the token and nothing else."""
    format: Annotated[str, *one_of("slack", "json")] = "slack"
    """`webhook`: one text as Slack takes it, or the whole page as JSON (`paypath.page/1`)."""


class HeartbeatKeys(Keys):
    """A dead man's switch elsewhere, which is told that the probe is alive."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["url", "url_file"]}})

    url: SecretUrl | None = None
    """Where to POST."""
    url_file: FilePath | None = None
    """A file that holds the URL and nothing else."""
    every: Duration = 60.0
    """How often in `run`; `check` tells it once, at its end."""


class PagesKeys(Keys):
    """Pages sent by paypath itself, for where no Prometheus is. Nobody is paged while there is no sink."""

    failures: Count = 2
    """Failed runs of one scenario in a row that page, whatever the reason each time."""
    proven: Flag = True
    """Page on the first run where a certificate, or an answer from live mode, proves the failure."""
    success_below: Share = 0.8
    """A scenario that fails also pages when less than this share of its runs within `window` passed."""
    window: Duration = 1800.0
    """How far back that share looks."""
    samples: Count = 10
    """Runs within `window` without which the share says nothing."""
    resolve_after: Count = 2
    """Passed runs in a row, of every scenario that had failed, after which it is over."""
    remind_every: Duration = 3600.0
    """How often it is said again while it lasts."""
    sinks: dict[Name, SinkKeys] = Field(default={})
    """Where pages go, by name."""
    heartbeat: HeartbeatKeys | None = None
    """A dead man's switch elsewhere."""


class MaintenanceKeys(Keys):
    """A time in which nobody is paged: once, or every week. All times are UTC unless they say otherwise."""

    begins: Moment | None = None
    """Once: the first moment, with its zone."""
    ends: Moment | None = None
    """Once: the first moment after it."""
    days: list[Day] = Field(default=[])
    """Every week: on these days."""
    at: TimeOfDay | None = None
    """Every week: from this time, UTC."""
    lasts: Duration | None = None
    """Every week: for this long, also over midnight."""
    paths: list[Name] = Field(default=[])
    """Only these; default: all."""
    because: Text | None = None
    """For people."""


def paging_of(pages: PagesKeys, maintenance: list[MaintenanceKeys], secrets: Mapping[Loc, Secret]) -> Paging:
    """The checked keys as the engine's own types; `secrets` are those read from files, by the place of the secret."""
    return Paging(
        rules=PageRules(
            failures=pages.failures,
            proven=pages.proven,
            success_below=pages.success_below,
            window_s=pages.window,
            samples=pages.samples,
            resolve_after=pages.resolve_after,
            remind_every_s=pages.remind_every,
        ),
        sinks=tuple(_sink(name, keys, secrets) for name, keys in pages.sinks.items()),
        heartbeat=_heartbeat(pages.heartbeat, secrets) if pages.heartbeat else None,
        maintenance=tuple(_window(keys) for keys in maintenance),
    )


def _sink(name: str, keys: SinkKeys, secrets: Mapping[Loc, Secret]) -> SinkSpec:
    at: Loc = ("pages", "sinks", name)
    return SinkSpec(
        name=name,
        kind=SinkKind(keys.kind),
        url=_given(secrets.get((*at, "url")), keys.url, Secret(PAGERDUTY_URL)),
        routing_key=secrets.get((*at, "routing_key"), keys.routing_key),
        token=secrets.get((*at, "token"), keys.token),
        whole=keys.format == "json",
    )


def _given(from_file: Secret | None, written: Secret | None, default: Secret) -> Secret:
    if from_file is not None:
        return from_file
    return default if written is None else written


def _heartbeat(keys: HeartbeatKeys, secrets: Mapping[Loc, Secret]) -> HeartbeatSpec | None:
    url = secrets.get(("pages", "heartbeat", "url"), keys.url)
    return None if url is None else HeartbeatSpec(url=url, every_s=keys.every)


def _window(keys: MaintenanceKeys) -> MaintenanceWindow:
    return MaintenanceWindow(
        begins=keys.begins,
        ends=keys.ends,
        days=tuple(DAYS.index(day) for day in keys.days),
        at=keys.at,
        lasts_s=keys.lasts or 0.0,
        paths=tuple(keys.paths),
    )
