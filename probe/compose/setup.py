"""Configuration and scenarios, read and without mistakes: what a process is to do."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from probe.compose.canary import canary_mistakes
from probe.compose.codes import code_mistakes
from probe.compose.fitting import fits, meant_for, runs_here
from probe.compose.knowing import knowledge
from probe.compose.placing import placed
from probe.compose.share import Share, share_of
from probe.compose.unmarked import unmarked_mistakes
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.documents.silence import refuse_silent
from probe.model.path import PaymentPath
from probe.model.scenario import Scenario
from probe.scenario.knowledge import Knowledge
from probe.scenario.load import Reading, load_shipped, read_scenarios
from probe.settings.load import Loaded, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A configuration and its scenarios, both without mistakes, as far as they are this replica's."""

    loaded: Loaded
    """With the paths of this shard alone."""
    scenarios: tuple[Scenario, ...]
    """The enabled ones, in the order in which they are run and shown."""
    share: Share = field(default_factory=Share)
    """What of it is this replica's; `loaded` has the paths of it alone already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One scenario on one path."""

    scenario: Scenario
    path: PaymentPath


def set_up(config: Path | None, environ: Mapping[str, str], *, only: Sequence[str] = (), whole: bool = False) -> SetUp:
    """Read configuration and scenarios; `only` names those to keep. Raises SetupError with every mistake.

    `whole` leaves out what this replica's share is: that is a matter of where it runs, not of what is written.
    """
    loaded = load_settings(config, environ)
    refuse_silent((loaded.scenarios_directory,))
    mistakes = [*code_mistakes(loaded)]
    try:
        read = _scenarios(loaded, None if whole else [*only, *(loaded.scenarios_enabled or ())])
    except SetupError as error:
        raise SetupError([*mistakes, *error.mistakes]) from error
    scenarios = read.scenarios
    mistakes += read.mistakes
    named = {scenario.name: scenario for scenario in scenarios}
    if not read.mistakes:  # else the name may stand in a file that cannot be understood
        mistakes += _unknown_enabled(loaded, scenarios)
        mistakes += _asked_mistakes(only, named, loaded.location)
    if not loaded.paths:
        hint = "write `paths: {billing: {connector: {url: https://host:8443}}}`, or try `paypath lab`"
        place = str(loaded.file) if loaded.file else "paypath.yaml"
        mistakes.append(Mistake(place, None, None, "paths", "no path is configured: there is nothing to probe", hint))
    wanted = only or loaded.scenarios_enabled
    chosen = tuple(named[name] for name in dict.fromkeys(wanted) if name in named) if wanted else scenarios
    everywhere = SetUp(loaded=loaded, scenarios=chosen)
    together = [(pair.scenario, pair.path) for pair in pairs(everywhere)]
    mistakes += placed([*canary_mistakes(loaded, together), *unmarked_mistakes(together)], chosen)
    if mistakes:
        raise SetupError(mistakes)
    if whole:
        return everywhere
    share = share_of(loaded, environ.get("HOSTNAME") or platform.node())
    mine = replace(loaded, paths=share.paths(loaded.paths))
    return SetUp(loaded=mine, scenarios=chosen, share=share)


def pairs(setup: SetUp) -> tuple[Pair, ...]:
    """Every scenario that runs from here on every path that it is meant for and fits.

    A scenario that is enabled by name goes to every path that it is meant for: that it does not fit is then said when it is
    skipped.
    """
    named = setup.loaded.scenarios_enabled is not None
    listening = setup.loaded.listen_webhooks is not None
    return tuple(
        Pair(scenario=scenario, path=path)
        for path in setup.loaded.paths
        for scenario in setup.scenarios
        if runs_here(scenario, setup.loaded.location)
        and setup.share.takes(scenario, path)
        and meant_for(scenario, path)
        and (named or fits(scenario, path, listening=listening))
    )


def _scenarios(loaded: Loaded, names: Sequence[str] | None) -> Reading:
    """All that are there; without `names` (None) looked at closely, else of those that come with paypath only the named ones. Raises SetupError.

    That the latter fit the SDK is held by our own tests and by `paypath validate`: each start would pay a tenth of a second for it.
    """
    paths = [path.name for path in loaded.paths] or None
    if names is not None and loaded.scenarios_directory is None:
        return Reading(scenarios=load_shipped(names, known=Knowledge(paths=paths)), mistakes=())
    return read_scenarios(loaded.scenarios_directory, known=knowledge(paths=paths))


def _asked_mistakes(only: Sequence[str], named: Mapping[str, Scenario], location: str) -> Iterator[Mistake]:
    """Names on the command line that nothing can be done with."""
    for name in only:
        if name not in named:
            hint = suggestion(name, list(named), "there is")
            yield Mistake("command line", None, None, name, f"no scenario `{name}`", hint)
        elif not runs_here(named[name], location):
            message = f"`{name}` runs only from {', '.join(named[name].locations or ())}, and this is {location}"
            yield Mistake("command line", None, None, name, message, "run it there, or set `location`")


def _unknown_enabled(loaded: Loaded, scenarios: Sequence[Scenario]) -> Iterator[Mistake]:
    known = [scenario.name for scenario in scenarios]
    for index, name in enumerate(loaded.scenarios_enabled or ()):
        if name not in known:
            place = loaded.places.values["scenarios", "enabled", index]
            hint = suggestion(name, known, "there is")
            yield Mistake.at(place, f"scenarios.enabled[{index}]", f"there is no scenario `{name}`", hint)
