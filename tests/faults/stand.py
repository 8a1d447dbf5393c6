"""Where a fault is injected: a lab, a collector, somebody on call, and a prober on them that writes down all that it does."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from probe.history.store import FILE_NAME
from probe.lab.pki import Issued
from tests.e2e.processes import PATIENCE_S, Lab
from tests.faults.peer import Peer
from tests.faults.prober import Prober, Told

SCENARIOS: Final = {"mtls-handshake": "200ms", "card-charge": "400ms"}
"""What runs, and how often: the second writes to Stripe, so that it needs state."""
PATH: Final = "billing"
_SWITCHING_S: Final = 1.0
"""How long a switch of the lab may take to work."""
_LIBRARY: Final = Path(__file__).parents[2] / "scenarios"
_EXPORTING: Final = {
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "2000",
}


class Switched(Protocol):
    """As much of a lab as a play needs."""

    @property
    def config(self) -> str:
        """The ready configuration that it wrote."""

    def put(self, fault: str) -> None:
        """Switch a fault on."""

    def delete(self, fault: str) -> None:
        """Switch it off."""


@dataclass(slots=True)
class Stand:
    """Everything but the prober. Use `standing`."""

    directory: Path
    lab: Switched
    collector: Peer
    pager: Peer
    broken: list[tuple[float, float, str]] = field(default_factory=list)
    """From when until when the path was broken, on the monotonic clock, and the reason that it must give."""

    switched_on: list[str] = field(default_factory=list)
    """Faults of the lab."""
    issues: tuple[Issued, ...] = ()
    """Of the prober's identity, where the setting has more than one."""

    @property
    def config(self) -> Path:
        """Of the prober."""
        return self.directory / "paypath.yaml"

    @property
    def state(self) -> Path:
        """Its state directory, as it knows it."""
        return self.directory / "state"

    def was_true(self, run: Told) -> bool:
        """Whether the outcome is what the path was; where it was broken for a part of the run, both are."""
        for began_s, ended_s, reason in self.broken:
            if run.at_s >= began_s and run.began_s <= ended_s + _SWITCHING_S:
                if run.outcome == "failed":
                    return run.reason == reason
                if run.outcome == "passed":
                    return run.began_s < began_s + _SWITCHING_S or run.at_s > ended_s
        return run.outcome != "failed"

    def mend(self) -> None:
        """The path is whole again, whatever was to come."""
        for fault in self.switched_on:
            self.lab.delete(fault)
        self.switched_on.clear()

    def config_of_lab(self) -> str:
        """The ready configuration that the lab wrote."""
        return Path(self.lab.config).read_text(encoding="utf-8")

    @contextmanager
    def breaking(self, fault: str, reason: str) -> Iterator[None]:
        """Break the path for as long as the block lasts."""
        began_s = time.monotonic()
        self.broken.append((began_s, float("inf"), reason))
        self.switched_on.append(fault)
        self.lab.put(fault)
        try:
            yield
        finally:
            self.lab.delete(fault)
            self.switched_on.remove(fault)
            self.broken[-1] = (began_s, time.monotonic(), reason)

    def recorded(self) -> set[str]:
        """The ids of the runs in the history."""
        with closing(
            sqlite3.connect(f"file:{self.state / FILE_NAME}?mode=ro", uri=True, timeout=PATIENCE_S)
        ) as history:
            return {run_id for (run_id,) in history.execute("SELECT run_id FROM run")}

    def pages(self) -> list[dict[str, Any]]:
        """Those about the path that were taken, in order, without reminders, which a clock that is set ahead makes due."""
        pages = [json.loads(each.body) for each in self.pager.taken()]
        return [page for page in pages if page["path"] == PATH and page["action"] != "remind"]

    def traces(self) -> set[str]:
        """The ids of the traces that the collector has taken."""
        bodies = [each.body for each in self.collector.taken() if each.path.endswith("/v1/traces")]
        return {
            span.trace_id.hex()
            for body in bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def prober(
        self,
        *,
        begin_with: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Prober:
        """Start one; `changes` are keys of its configuration."""
        self.configure(changes or {})
        exporting = {**_EXPORTING, "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url}
        return Prober(str(self.config), begin_with=begin_with, env={**exporting, **(env or {})})

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Write the configuration: the lab's, with short intervals, a pager and scenarios of its own."""
        content = yaml.safe_load(self.config_of_lab())
        content["state"] = {"directory": str(self.state)}
        content["scenarios"] = {"directory": str(self._scenarios())}
        content["timeouts"] = {"default": "1s"}
        content["pages"] = {
            "window": "1s",
            "sinks": {"oncall": {"kind": "webhook", "url": f"{self.pager.url}/pages", "format": "json"}},
        }
        del content["listen"]
        new = self.config.with_name("paypath.yaml.new")
        new.write_text(yaml.safe_dump({**content, **changes}), encoding="utf-8")
        new.replace(self.config)

    def _scenarios(self) -> Path:
        directory = self.directory / "scenarios"
        directory.mkdir(exist_ok=True)
        for name, every in SCENARIOS.items():
            content = yaml.safe_load((_LIBRARY / f"{name}.yaml").read_text(encoding="utf-8"))
            (directory / f"{name}.yaml").write_text(yaml.safe_dump({**content, "every": every}), encoding="utf-8")
        return directory

    def clear_state(self) -> None:
        """As a fresh machine has it."""
        shutil.rmtree(self.state, ignore_errors=True)


@contextmanager
def standing(directory: Path, env: Mapping[str, str] | None = None) -> Iterator[Stand]:
    """A stand below `directory` for as long as the block lasts; `env` is that of its lab."""
    with ExitStack() as stack:
        collector, pager = stack.enter_context(Peer()), stack.enter_context(Peer())
        lab = Lab(directory, env=env)
        stack.callback(lab.process.stop)
        yield Stand(directory=directory, lab=lab, collector=collector, pager=pager)
