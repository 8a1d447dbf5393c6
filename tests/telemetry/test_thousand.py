"""A thousand paths: no series is lost, in either format, and the SDK is not asked for each of them."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from probe.documents.reference import DOCS
from probe.model.failure import Severity
from probe.telemetry.plan import Plan
from probe.telemetry.setup import Telemetry
from tests.support.thousand import SCENARIOS, telemetry_of
from tests.telemetry.conftest import OPENMETRICS

PATHS = 1000
PAIRS = PATHS * len(SCENARIOS)
EXPECTED = {
    "paypath_runs_total": PAIRS * 3,
    "paypath_runs_skipped_total": PAIRS * 9,
    "paypath_run_duration_seconds_count": PAIRS,
    "paypath_run_duration_seconds_bucket": PAIRS * 11,
    "paypath_step_duration_seconds_count": PAIRS,
    "paypath_phase_duration_seconds_count": PATHS * 7,
    "paypath_phase_duration_seconds_bucket": PATHS * 7 * 14,
    "paypath_up": PAIRS,
    "paypath_success_ratio": PAIRS * 4,
    "paypath_last_run_timestamp_seconds": PAIRS,
    "paypath_last_success_timestamp_seconds": PAIRS,
    "paypath_certificate_not_after_timestamp_seconds": PATHS * 3,
    "paypath_certificate_managed": PATHS * 3,
    "paypath_certificate_threshold": PATHS * 3,
    "paypath_path_valid_until_timestamp_seconds": PATHS,
    "paypath_identity_usable": PATHS,
}
"""Three scenarios and three certificates on each path; seven phases, eight causes of a skip, four windows."""


@pytest.fixture(scope="module")
def large() -> Iterator[Telemetry]:
    """Every scenario of every path has run once."""
    telemetry = telemetry_of(PATHS)
    yield telemetry
    telemetry.shutdown(within_s=10)


@pytest.mark.parametrize("accept", ["text/plain", OPENMETRICS])
def test_every_series_of_a_thousand_paths_is_there(large: Telemetry, accept: str) -> None:
    """Counted by name; each is another one, and none is the SDK's overflow."""
    body, _ = large.render(accept)
    series = [line.split(" # ")[0].rsplit(" ", 1)[0] for line in body.decode().splitlines() if not line.startswith("#")]
    found = Counter(one.partition("{")[0] for one in series)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert len(set(series)) == len(series)
    assert b"overflow" not in body


def test_what_a_path_adds_is_documented() -> None:
    """docs/scaling.md: of each scenario, each of its steps, each path and each certificate; and what that makes of a thousand paths."""
    telemetry = telemetry_of(1)
    telemetry.observer.plan(
        Plan(scenario=name, path="path-0", every_s=60.0, slo=0.99, severity=Severity.PAGE) for name in SCENARIOS
    )
    body, _ = telemetry.render("text/plain")
    telemetry.shutdown(within_s=10)
    series = [line for line in body.decode().splitlines() if 'path="path-0"' in line]
    found = Counter(
        next((label for label in ("step", "scenario", "role") if f'{label}="' in one), "path") for one in series
    )
    page = (DOCS / "scaling.md").read_text(encoding="utf-8")
    scenario, step = re.findall(
        r"^\| scenario on a path \| (\d+), and (\d+) for each of its steps \|", page, re.MULTILINE
    )[0]
    path, certificate = (
        re.findall(rf"^\| {of} \| (\d+)", page, re.MULTILINE)[0] for of in ("path", "certificate of a path")
    )
    documented = {"scenario": scenario, "step": step, "path": path, "role": certificate}
    assert {label: str(found[label] // (1 if label == "path" else 3)) for label in found} == documented
    assert f"are {1000 * len(series):,} series for each replica" in page
