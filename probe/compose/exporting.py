"""What Prometheus, Grafana and people need, for one configuration: rules, dashboards, runbooks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from probe.compose.codes import coded
from probe.compose.fitting import fits, meant_for
from probe.compose.setup import SetUp, set_up
from probe.documents.mistakes import Mistake, SetupError
from probe.model.path import PaymentPath
from probe.monitoring.dashboards import dashboard_files
from probe.monitoring.rules import rule_file
from probe.monitoring.runbooks import runbook_files
from probe.monitoring.scope import GRAFANA_HERE, RUNBOOKS_HERE, ProbedPath, RealTraffic, Scope
from probe.settings.models import Configuration

_HOW: Final = "`paypath export rules` writes them anew."


def rules(*, config: Path | None, environ: Mapping[str, str]) -> str:
    """The Prometheus rule file. Raises SetupError."""
    setup = set_up(config, environ, whole=True)
    return rule_file(coded(setup.loaded), scope_of(setup), how=_HOW)


def dashboards(*, config: Path | None, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Name of the file -> JSON, for each dashboard. Raises SetupError."""
    return dashboard_files(environment=set_up(config, environ, whole=True).loaded.environment)


def runbooks(*, config: Path | None, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Name of the file -> Markdown, with the codes of the configuration. Raises SetupError."""
    return runbook_files(coded(set_up(config, environ, whole=True).loaded))


EXPORTS: Final[Mapping[str, Callable[..., Mapping[str, str]]]] = {"dashboards": dashboards, "runbooks": runbooks}
"""What is written into a directory."""


def scope_of(setup: SetUp) -> Scope:
    """Every path with the scenarios that run on it, from here or from another location."""
    loaded = setup.loaded
    links = loaded.settings.links
    return Scope(
        environment=loaded.environment,
        paths=tuple(
            ProbedPath(
                name=path.name,
                scenarios=_scenarios(setup, path),
                real_traffic=_real_traffic(loaded.settings, path.name),
            )
            for path in loaded.paths
        ),
        runbooks=(links.runbooks or RUNBOOKS_HERE).rstrip("/"),
        grafana=(links.grafana or GRAFANA_HERE).rstrip("/"),
    )


def _scenarios(setup: SetUp, path: PaymentPath) -> tuple[str, ...]:
    named = setup.loaded.scenarios_enabled is not None
    listening = setup.loaded.listen_webhooks is not None
    return tuple(
        each.name
        for each in setup.scenarios
        if meant_for(each, path) and (named or fits(each, path, listening=listening))
    )


def _real_traffic(settings: Configuration, path: str) -> RealTraffic | None:
    keys = settings.paths[path].real_traffic
    return None if keys is None else RealTraffic(success_ratio=keys.success_ratio.strip(), red_below=keys.red_below)


def write(files: Mapping[str, str], directory: Path) -> tuple[Path, ...]:
    """Put the files into the directory, which is made where it is not there. Raises SetupError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        where, why = error.filename or directory, (error.strerror or str(error)).lower()
        what = f"--output: {where} cannot be written: {why}"
        raise SetupError([Mistake("command line", None, None, "--output", what, "name another directory")]) from error
    return tuple(directory / name for name in files)
