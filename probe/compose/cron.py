"""What a single run leaves behind for Prometheus and Kubernetes: the counters of all runs together, how everything stands now.

Nothing of it changes what became of the runs: what cannot be written is said, counted, and told by the next run.
"""

import asyncio
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from probe.catalogue.catalogue import Catalogue, UnknownReason
from probe.compose.engine import Engine
from probe.compose.setup import Pair
from probe.history import uncounted
from probe.history.last import LastKnown, Where
from probe.history.store import History
from probe.history.totals import Total
from probe.history.trouble import HistoryError
from probe.model.clock import Clock
from probe.model.failure import Confidence, Failure
from probe.model.incident import RecordedRun
from probe.model.outcome import Failed
from probe.model.run import Run
from probe.report.facts import failure_of
from probe.report.kuberhealthy import kuberhealthy_report
from probe.runner.severity import at_most
from probe.settings.cron import CronOutputs
from probe.settings.load import Loaded
from probe.telemetry.exposition import TEXT
from probe.telemetry.lasting import counted, failed_exports, lasting
from probe.telemetry.names import WINDOWS_S
from probe.telemetry.page import page_of
from probe.telemetry.plan import Plan
from probe.telemetry.pushgateway import push
from probe.telemetry.sending import Send, Sending, send_http
from probe.telemetry.setup import Telemetry
from probe.telemetry.textfile import write_textfile

_LOG: Final = logging.getLogger("paypath")
_LOCK: Final = "cron.lock"
_LOOKS: Final = 40
"""For the lock, a quarter of a second apart: as long as another run may need for its own writing."""
_LOOK_S: Final = 0.25
_ATTEMPTS: Final = 20
"""At a history that others are writing, a quarter of a second apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What is left, and where."""

    outputs: CronOutputs
    loaded: Loaded
    pairs: Sequence[Pair]
    """Everything that is configured, also what this run was not asked for."""
    telemetry: Telemetry
    parts: Engine
    send: Send = send_http

    @property
    def common(self) -> Mapping[str, str]:
        """The labels of every series."""
        return {"environment": self.loaded.environment, "location": self.loaded.location}

    async def leave(self, runs: Sequence[Run]) -> None:
        """Write and push the metrics of this run and of all before it. `runs` are its own."""
        history, directory = self.parts.history, self.loaded.state_directory
        if directory is None:
            _LOG.error("cron: without a history counters cannot be kept: no metrics are left. Set state.directory")
            return
        self.telemetry.observer.configure((pair.scenario.name, pair.path.name) for pair in self.pairs)
        await asyncio.to_thread(self.telemetry.shutdown)  # what the collector did not get is counted, too
        if history is None:
            self._keep(directory, [*self._counted()], "the history cannot be used")
            return
        try:
            with _lock_of(directory) as lock:
                await self._in_turn(history, directory, runs, mine=await _locked(lock.fileno(), self.parts.clock))
        except (HistoryError, OSError) as error:
            _LOG.error("cron: no metrics are left: %s", error)

    async def _in_turn(self, history: History, directory: Path, runs: Sequence[Run], *, mine: bool) -> None:
        counted = [*self._counted()]
        left, files = uncounted.taken(directory) if mine else ([], [])
        try:
            totals = await self._added(history, [*left, *counted])
        except HistoryError as error:
            self._keep(directory, counted, str(error))
            return
        for file in files:
            file.unlink(missing_ok=True)
        if not mine:
            _LOG.error("cron: other runs have been writing for too long; what this one counted is told by the next")
            return
        failures = await self._written(history, totals, runs)
        for signal, why in failures.items():
            _LOG.error("cron: %s: %s. The runs are not affected; the next one tells everything", signal, why)
        await self._added(history, [*failed_exports(dict.fromkeys(failures, 1), self.common)])

    def _keep(self, directory: Path, counted: Sequence[Total], why: str) -> None:
        """Beside a history that cannot be written now, for the next run."""
        try:
            uncounted.leave(directory, counted, name=secrets.token_hex(8))
        except OSError as trouble:
            _LOG.error("cron: no metrics are left: %s; what this run counted is lost: %s", why, trouble)
            return
        _LOG.error("cron: no metrics are left: %s; what this run counted is told by the next", why)

    async def _added(self, history: History, grown: Sequence[Total]) -> tuple[Total, ...]:
        """Every total with these in it. Raises HistoryError where it is damaged, or others write for seconds on end."""
        for _ in range(_ATTEMPTS):
            try:
                return history.add_totals(grown, at=self.parts.clock.now())
            except HistoryError as error:
                if "locked" not in str(error):
                    raise
            await self.parts.clock.sleep(_LOOK_S)
        return history.add_totals(grown, at=self.parts.clock.now())

    def _counted(self) -> Iterator[Total]:
        signals = [name for name in ("textfile", "pushgateway") if getattr(self.outputs, name) is not None]
        yield from counted(self.telemetry.metrics())
        yield from failed_exports(dict.fromkeys(signals, 0), self.common)

    async def _written(self, history: History, totals: Sequence[Total], runs: Sequence[Run]) -> dict[str, str]:
        """Why what could not be written, by signal."""
        self._look_back(history, {run.run_id: failure_of(run.outcome) for run in runs})
        body = page_of(lasting(self.telemetry.metrics(), totals, self.common), TEXT)
        failures: dict[str, str | None] = {}
        if self.outputs.textfile is not None:
            failures["textfile"] = await asyncio.to_thread(write_textfile, self.outputs.textfile, body)
        if self.outputs.pushgateway is not None:
            failures["pushgateway"] = await self.send(self._push(self.outputs.pushgateway, body))
        return {signal: why for signal, why in failures.items() if why is not None}

    def _push(self, address: str, body: bytes) -> Sending:
        secret = self.outputs.credentials
        return push(
            address,
            body,
            job=self.outputs.job,
            environment=self.loaded.environment,
            location=self.loaded.location,
            credentials=None if secret is None else secret.reveal(),
        )

    def _look_back(self, history: History, own: Mapping[str, Failure | None]) -> None:
        """Everything as it stands in the history by now, with what runs beside this one have found."""
        since = self.parts.clock.now() - timedelta(seconds=max(WINDOWS_S.values()))
        observer = self.telemetry.observer
        for pair in self.pairs:
            where = Where(scenario=pair.scenario.name, path=pair.path.name, **self.common)
            known = history.last_known(where, since=since)
            mine = known.last is not None and own.get(known.last.run_id)
            failure = mine or _failure(self.parts.catalogue, pair, known)
            observer.remember((where.scenario, where.path), known, failure)
        observer.plan(_plan(pair, self.outputs.every_s) for pair in self.pairs)


async def tell_kuberhealthy(
    environ: Mapping[str, str], runs: Sequence[Run], expiring: Sequence[Failure], *, whole: bool, send: Send = send_http
) -> None:
    """Report where Kuberhealthy has started this run (`KH_REPORTING_URL`, `KH_RUN_UUID`).

    Where nothing is known nothing is reported: Kuberhealthy then says itself that the checker has not. `whole` is False where the run
    was cut short, and can have no good news.
    """
    url = environ.get("KH_REPORTING_URL", "").strip()
    if not url:
        return
    report = kuberhealthy_report(runs, expiring)
    if report is None or (report["OK"] and not whole):
        _LOG.warning("kuberhealthy: whether payments work is not known, so nothing is reported")
        return
    headers = {"Content-Type": "application/json", "kh-run-uuid": environ.get("KH_RUN_UUID", "").strip()}
    why = await send(Sending(method="POST", url=url, body=json.dumps(report).encode(), headers=headers))
    if why is not None:
        _LOG.error("kuberhealthy: the report was not taken: %s", why)


def _failure(catalogue: Catalogue, pair: Pair, known: LastKnown) -> Failure | None:
    """What the last run failed with, as loud as its scenario may be."""
    if known.last is None or known.last.outcome != "failed" or known.last.reason is None:
        return None
    try:
        outcome = at_most(Failed(_recalled(catalogue, known.last, known.last.reason)), pair.scenario.severity)
    except UnknownReason:  # recorded by another release: it is known to have failed, and no more
        return None
    return outcome.failure if isinstance(outcome, Failed) else None


def _recalled(catalogue: Catalogue, run: RecordedRun, reason: str) -> Failure:
    confidence = Confidence(run.confidence) if run.confidence else Confidence.INFERRED
    return catalogue.failure(reason, phase=None, confidence=confidence, summary=run.summary or "")


def _plan(pair: Pair, every_s: float) -> Plan:
    return Plan(
        scenario=pair.scenario.name,
        path=pair.path.name,
        every_s=every_s,
        slo=pair.scenario.slo,
        severity=pair.scenario.severity,
    )


def _lock_of(directory: Path) -> BinaryIO:
    """What runs take in turn. Raises OSError, also for a named pipe, which would be waited for."""
    return os.fdopen(os.open(directory / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o666), "ab")


async def _locked(lock: int, clock: Clock) -> bool:
    """Whether it was our turn in time: who has the lock writes, so that older sums never take the place of newer ones.

    It ends with the file, also where the process is killed.
    """
    for _ in range(_LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await clock.sleep(_LOOK_S)
        else:
            return True
    return False
