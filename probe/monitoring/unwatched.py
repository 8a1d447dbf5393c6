"""What is configured must give a sign of itself: a series that is not there trips no other alert."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.rule import Alert, Group
from probe.monitoring.scope import Scope, quoted
from probe.monitoring.silence import silence

PATH_UNWATCHED: Final = "PaypathPathUnwatched"
SCENARIO_UNWATCHED: Final = "PaypathScenarioUnwatched"


def unwatched(catalogue: Catalogue, scope: Scope) -> Group:
    """One alert for each path, and one for each of its scenarios, that is configured and gives no sign of itself."""
    silences = [
        rule
        for path in scope.paths
        for rule in (
            _no_path(catalogue, scope, path.name),
            *(_no_scenario(catalogue, scope, path.name, name) for name in path.scenarios),
        )
    ]
    return Group(name="paypath-unwatched", rules=tuple(silences))


def _last_run(scope: Scope, path: str) -> str:
    return f'environment={quoted(scope.environment or "")}, path="{path}"'


def _no_path(catalogue: Catalogue, scope: Scope, path: str) -> Alert:
    chosen = _last_run(scope, path)
    return silence(
        catalogue,
        scope,
        labels={"path": path},
        alert=PATH_UNWATCHED,
        expr=(
            f"absent(paypath_last_run_timestamp_seconds{{{chosen}}})\n"
            f"unless on (environment, path) paypath_latched{{{chosen}}} == 1"
        ),
        for_="5m",
        severity="page",
        summary="nothing probes {{ $labels.path }} in {{ $labels.environment }}; whether payments work there is not known",
        description="The path is configured, and no run of it has been told of: is it the configuration that the probe was started with?",
    )


def _no_scenario(catalogue: Catalogue, scope: Scope, path: str, scenario: str) -> Alert:
    chosen = _last_run(scope, path)
    return silence(
        catalogue,
        scope,
        labels={"path": path, "scenario": scenario},
        alert=SCENARIO_UNWATCHED,
        expr=(
            f'absent(paypath_last_run_timestamp_seconds{{{chosen}, scenario="{scenario}"}})\n'
            f"and on (environment, path) paypath_last_run_timestamp_seconds{{{chosen}}}\n"
            f"unless on (environment, path) paypath_latched{{{chosen}}} == 1"
        ),
        for_="10m",
        severity="ticket",
        summary="{{ $labels.scenario }} does not run on {{ $labels.path }} in {{ $labels.environment }}, though it is configured",
        description="Other scenarios of the path do run. `paypath_runs_skipped_total` tells whether it is skipped, and why.",
    )
