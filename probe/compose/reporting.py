"""What the history tells about the last hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.history.pages import SentPage
from probe.history.store import FILE_NAME, History
from probe.model.clock import SystemClock
from probe.model.incident import PastIncident, RecordedPage
from probe.settings.load import load_settings
from probe.verdict.incidents import incidents

_BEFORE: Final = timedelta(hours=1)
"""How much further back is looked for the last pass before an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The incidents of a stretch of time."""

    since: datetime
    until: datetime
    runs: int
    """That were recorded in it."""
    incidents: tuple[PastIncident, ...]


def report(*, config: Path | None, environ: Mapping[str, str], since_s: float, path: str | None) -> Report:
    """Read the history. Raises SetupError, and HistoryError where the file cannot be read."""
    loaded = load_settings(config, environ)
    known = [each.name for each in loaded.paths]
    if path is not None and path not in known:
        hint = suggestion(path, known, "there is")
        raise SetupError([Mistake("--path", None, None, path, f"no path `{path}` is configured", hint)])
    directory = loaded.state_directory
    if directory is None:
        hint = "set state.directory (PAYPATH_STATE__DIRECTORY) to the one that `run` and `check` use"
        raise SetupError(
            [Mistake("state.directory", None, None, "state.directory", "there is no state directory", hint)]
        )
    until = SystemClock().now()
    since = until - timedelta(seconds=since_s)
    if not (directory / FILE_NAME).exists():  # looking must not make one
        return Report(since=since, until=until, runs=0, incidents=())
    history = History.open(directory, must_write=False)
    try:
        return told(history, since=since, until=until, path=path)
    finally:
        history.close()


def told(
    history: History, *, since: datetime, until: datetime, path: str | None = None, began_at: datetime | None = None
) -> Report:
    """The incidents of that time, also those that began before it. Raises HistoryError."""
    runs = [run for run in history.runs(since=since - _BEFORE) if path is None or run.path == path]
    pages = [recorded(sent) for sent in history.pages(since=since - _BEFORE)]
    rotations = history.rotations(since=since - _BEFORE)
    found = incidents(runs, pages, rotations, began_at=began_at)
    return Report(
        since=since,
        until=until,
        runs=sum(run.ended_at >= since for run in runs),
        incidents=tuple(each for each in found if each.recovered_at is None or each.recovered_at >= since),
    )


def recorded(sent: SentPage) -> RecordedPage:
    """A page as the timeline needs it."""
    page = sent.page
    return RecordedPage(
        decided_at=page.at,
        at=min((at for _, at in sent.delivered), default=page.at),
        delivered=bool(sent.delivered),
        path=page.path,
        action=page.action,
        title=page.title,
        code=page.named.code,
        reason=page.named.reason,
        sinks=tuple(sink for sink, _ in sent.delivered),
    )
