"""Everything about a configuration that can be known without sending anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probe.compose.engine import method_hint, pairs, set_up
from probe.documents.mistakes import Mistake, SetupError
from probe.scenario.load import load_scenarios
from probe.settings.files import file_mistakes
from probe.settings.load import load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateResult:
    """Mistakes, or else what would be run."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def validate(*, config: Path | None, environ: Mapping[str, str], scenarios_directory: Path | None) -> ValidateResult:
    """All mistakes of configuration, scenarios and the files that they name, at once."""
    mistakes: list[Mistake] = []
    try:
        loaded = load_settings(config, environ)
    except SetupError as error:
        mistakes += error.mistakes
        mistakes += _scenario_mistakes(scenarios_directory)
        return ValidateResult(mistakes=tuple(mistakes))
    mistakes += file_mistakes(loaded)
    try:
        if scenarios_directory is not None:
            environ = {**environ, "PAYPATH_SCENARIOS__DIRECTORY": str(scenarios_directory.absolute())}
        setup = set_up(config, environ)
    except SetupError as error:
        return ValidateResult(mistakes=(*mistakes, *error.mistakes), warnings=loaded.warnings)
    return ValidateResult(
        mistakes=tuple(mistakes),
        warnings=loaded.warnings,
        scenarios=tuple(dict.fromkeys(pair.scenario.name for pair in pairs(setup))),
        paths=tuple(path.name for path in setup.loaded.paths),
    )


def _scenario_mistakes(directory: Path | None) -> tuple[Mistake, ...]:
    """Of the directory on the command line, or of the shipped library: which one is configured cannot be known."""
    try:
        load_scenarios(directory, method_hint=method_hint)
    except SetupError as error:
        return tuple(error.mistakes)
    return ()
