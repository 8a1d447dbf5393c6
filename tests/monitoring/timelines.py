"""Timelines for `promtool test rules`, written as what runs came to: one letter for each minute."""

import json
import pathlib
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from probe.catalogue.catalogue import load
from probe.monitoring.rule import Alert, Group, render_groups
from probe.monitoring.rules import groups
from probe.monitoring.scope import Scope
from tests.servers.programs import require

CATALOGUE: Final = load()
Series = dict[str, str]
EVERY_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a failed run says of its failure."""

    reason: str
    code: str = "5022"
    blame: str = "connector"
    confidence: str = "inferred"
    severity: str = "page"

    def labels(self) -> dict[str, str]:
        """Of `paypath_failure_active`."""
        return {key: getattr(self, key) for key in ("reason", "code", "blame", "confidence", "severity")}


LETTERS: Final[Mapping[str, Why]] = {
    "r": Why(reason="tcp.refused"),
    "t": Why(reason="tls.handshake_timeout", code="5023"),
    "e": Why(reason="tls.client_cert.expired", code="5023", blame="ours", confidence="proven"),
    "k": Why(reason="tls.client_key.mismatch", code="5023", blame="ours", confidence="proven"),
    "d": Why(reason="charge.issuer_unavailable", code="5026", blame="stripe", severity="ticket"),
}
"""Failed runs. Besides: `p` passed, `u` could not tell, `.` no process, `-` a process that runs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One scenario on one path, by one process."""

    outcomes: str
    path: str = "billing"
    scenario: str = "mtls-handshake"
    location: str = "a"
    instance: str = "a-0"
    slo: float = 0.99
    severity: str = "page"
    unknown: str = "prober.deadline"
    """The reason of runs that could not tell."""

    def series(self) -> list[Series]:
        """Every series that the rules look at, as scraped once a minute."""
        pair = {"scenario": self.scenario, "path": self.path}
        alive = [letter != "." for letter in self.outcomes]
        return [
            self._of("paypath_up", [self._up(letter) for letter in self.outcomes], pair),
            self._of("paypath_consecutive_failures", self._in_a_row(), pair),
            self._of("paypath_last_run_timestamp_seconds", self._last_run(), pair),
            self._of("paypath_build_info", [1 if up else None for up in alive], {"version": "1"}),
            self._of("paypath_schedule_interval_seconds", [EVERY_S if up else None for up in alive], pair),
            self._of(
                "paypath_objective_ratio",
                [self.slo if up else None for up in alive],
                {**pair, "severity": self.severity},
            ),
            *(
                self._of(
                    "paypath_failure_active",
                    [1 if one == letter else None for one in self.outcomes],
                    {**pair, **why.labels()},
                )
                for letter, why in LETTERS.items()
                if letter in self.outcomes
            ),
            *(
                self._of("paypath_runs_total", self._count(letters), {**pair, "outcome": outcome})
                for outcome, letters in (("passed", "p"), ("failed", "".join(LETTERS)), ("unknown", "u"))
            ),
            *(
                self._of("paypath_failures_total", self._count(letter), {**pair, "reason": reason, "code": code})
                for letter, reason, code in self._reasons()
            ),
        ]

    def _reasons(self) -> Iterable[tuple[str, str, str]]:
        yield from ((letter, why.reason, why.code) for letter, why in LETTERS.items() if letter in self.outcomes)
        if "u" in self.outcomes:
            yield "u", self.unknown, "5029"

    def _of(self, metric: str, values: Sequence[float | None], more: Mapping[str, str]) -> Series:
        where = {"environment": "prod", "location": self.location, "job": "paypath", "instance": self.instance}
        return series(metric, values, **where, **more)

    @staticmethod
    def _up(letter: str) -> float | None:
        return None if letter in "u.-" else float(letter == "p")

    def _in_a_row(self) -> list[float | None]:
        found: list[float | None] = []
        failed = 0.0
        for letter in self.outcomes:
            failed = 0.0 if letter == "p" else failed + (letter in LETTERS)
            found.append(None if letter == "." else failed)
        return found

    def _last_run(self) -> list[float | None]:
        found: list[float | None] = []
        last: float | None = None
        for minute, letter in enumerate(self.outcomes):
            last = None if letter == "." else last if letter == "-" else float(minute * EVERY_S)
            found.append(last)
        return found

    def _count(self, letters: str) -> list[float | None]:
        return [
            None if letter == "." else float(sum(one in letters for one in self.outcomes[: minute + 1]))
            for minute, letter in enumerate(self.outcomes)
        ]


def series(metric: str, values: Sequence[float | None], **labels: str) -> Series:
    """As promtool writes it: a series that is not scraped any more gets a mark, as from a real scrape."""
    words = []
    before: float | None = None
    for value in values:
        words.append(f"{value:g}" if value is not None else "stale" if before is not None else "_")
        before = value
    named = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{metric}{{{named}}}", "values": " ".join(words)}


@dataclass(frozen=True, slots=True)
class Expected:
    """What one alert is at one minute: the labels of each that fires, or none."""

    minute: int
    alert: str
    firing: tuple[dict[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Timeline:
    """Series and what must come of them."""

    scope: Scope = field(default_factory=Scope)
    probes: Sequence[Probe] = ()
    more: Sequence[Series] = ()
    interval: str = "1m"

    def check(self, directory: pathlib.Path, *expected: Expected, texts: bool = False) -> None:
        """Let promtool look; annotations are left out unless there are `texts` to be compared."""
        rules = directory / "rules.yaml"
        made = groups(CATALOGUE, self.scope)
        rules.write_text(render_groups(made if texts else _bare(made), heading=""), encoding="utf-8")
        inputs = [*(one for probe in self.probes for one in probe.series()), *self.more]
        document = {
            "rule_files": [str(rules)],
            "evaluation_interval": self.interval,
            "tests": [
                {
                    "interval": self.interval,
                    "input_series": [dict(one) for one in {each["series"]: each for each in inputs}.values()],
                    "alert_rule_test": [_case(one) for one in expected],
                }
            ],
        }
        run(directory, document)


def run(directory: pathlib.Path, document: Mapping[str, Any]) -> None:
    """`promtool test rules`; YAML is a superset of JSON."""
    file = directory / "timelines.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [require("promtool"), "test", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _case(expected: Expected) -> dict[str, Any]:
    fires = [{"exp_labels": labels} for labels in expected.firing]
    return {"eval_time": f"{expected.minute}m", "alertname": expected.alert, "exp_alerts": fires}


def _bare(made: Iterable[Group]) -> list[Group]:
    return [
        replace(
            group,
            rules=tuple(replace(rule, annotations={}) if isinstance(rule, Alert) else rule for rule in group.rules),
        )
        for group in made
    ]


def texts_of(
    directory: pathlib.Path, timeline: Timeline, minute: int, alert: str, *, only: Alert | None = None
) -> list[dict[str, str]]:
    """The annotations of an alert as promtool renders them; `only` is looked at instead of the rules.

    promtool shows what it got where something else was expected, so an alert that cannot be is expected.
    """
    made = groups(CATALOGUE, timeline.scope) if only is None else (Group(name="only", rules=(only,)),)
    (directory / "rules.yaml").write_text(render_groups(made, heading=""), encoding="utf-8")
    inputs = [*(one for probe in timeline.probes for one in probe.series()), *timeline.more]
    test = {
        "interval": "1m",
        "input_series": list({each["series"]: each for each in inputs}.values()),
        "alert_rule_test": [_case(Expected(minute, alert, ({"never": "so"},)))],
    }
    document = {
        "rule_files": [str(directory / "rules.yaml")],
        "evaluation_interval": "1m",
        "tests": [test],
    }
    (directory / "timelines.yaml").write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [require("promtool"), "test", "rules", directory / "timelines.yaml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    _, _, got = (done.stdout + done.stderr).partition("got:[")
    rendered = re.findall(r"Annotations:\{(.*)\},?$", got, re.MULTILINE)
    return [dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', one)) for one in rendered]
