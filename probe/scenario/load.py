"""From a directory of files to scenarios, or to every mistake in all of them at once."""

import pathlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from probe.documents.files import read_text
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake, Place, SetupError
from probe.documents.nearest import suggestion
from probe.documents.tree import Document, Loc, dotted, read_document
from probe.documents.validation import Places, mistakes_of
from probe.model.scenario import Scenario
from probe.scenario.build import build
from probe.scenario.calls import mistakes_of_calls
from probe.scenario.knowledge import NOTHING, Knowledge
from probe.scenario.leaving import mistakes_of_leaving
from probe.scenario.library import shipped_directory
from probe.scenario.models import ScenarioKeys
from probe.scenario.repeating import mistakes_of_retries
from probe.scenario.safety import mistakes_of_safety
from probe.scenario.salvage import salvaged
from probe.scenario.steps import KINDS, mistakes_of_steps, raw_steps
from probe.scenario.templates import mistakes_of_templates
from probe.scenario.webhooks import mistakes_of_webhooks

_SUFFIXES: Final = (".yaml", ".yml")

Parsed = tuple[Scenario | None, Place, list[Mistake]]
"""The scenario as far as it can be understood, where its name stands, and all that is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a directory of scenarios holds."""

    scenarios: tuple[Scenario, ...]
    """By file name. Those with mistakes as far as they can be understood: to be judged, never to be run."""
    mistakes: tuple[Mistake, ...]
    """Where there are any, nothing may be run."""


def load_scenarios(directory: pathlib.Path | None, *, known: Knowledge = NOTHING) -> tuple[Scenario, ...]:
    """Every `*.yaml` of the directory (None: what comes with paypath), by file name. Raises SetupError.

    What is not `known` is not checked.
    """
    read = read_scenarios(directory, known=known)
    if read.mistakes:
        raise SetupError(read.mistakes)
    return read.scenarios


def read_scenarios(directory: pathlib.Path | None, *, known: Knowledge = NOTHING) -> Reading:
    """The same with its mistakes beside it. Raises SetupError only where there are no files to be read."""
    mistakes: list[Mistake] = []
    named: dict[str, tuple[Scenario, str]] = {}
    for file in _files(directory or shipped_directory()):
        scenario, place, found = _read(file, known)
        mistakes += found
        if scenario is None:
            continue
        if not found and scenario.name in named:
            message = f"{quoted(scenario.name)} is the name of {named[scenario.name][1]} already"
            mistakes.append(Mistake.at(place, "name", message, "give it a name of its own"))
        named.setdefault(scenario.name if not found else str(file), (scenario, str(file)))
    return Reading(scenarios=tuple(scenario for scenario, _ in named.values()), mistakes=tuple(mistakes))


def load_shipped(names: Collection[str], *, known: Knowledge = NOTHING) -> tuple[Scenario, ...]:
    """Those of these names that come with paypath; all of them where there are no names, or one that is not among them. Raises SetupError.

    A file is named as its scenario, so that a start need not read the others.
    """
    files = {file.stem: file for file in _files(shipped_directory())}
    known_names = names and files.keys() >= set(names)
    wanted = [file for name, file in files.items() if name in names] if known_names else files.values()
    read = [_read(file, known) for file in wanted]
    if mistakes := [mistake for _, _, found in read for mistake in found]:
        raise SetupError(mistakes)
    return tuple(scenario for scenario, _, _ in read if scenario is not None)


def load_scenario(text: str, file: str, *, known: Knowledge = NOTHING) -> Scenario:
    """One scenario from its text. Raises SetupError."""
    scenario, _, mistakes = _parsed(text, file, known)
    if scenario is None or mistakes:
        raise SetupError(mistakes)
    return scenario


def _files(directory: pathlib.Path) -> list[pathlib.Path]:
    try:
        found = sorted(f for f in directory.iterdir() if f.suffix in _SUFFIXES and not f.name.startswith("."))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        hint = "create it, or name the directory of the scenario files"
        raise SetupError(
            [Mistake(str(directory), None, None, "", f"the scenarios cannot be read: {reason}", hint)]
        ) from error
    if not found:
        hint = "write one, or leave out `scenarios.directory` for those that come with paypath"
        raise SetupError([Mistake(str(directory), None, None, "", "no scenario file (`*.yaml`) in here", hint)])
    return found


def _read(file: pathlib.Path, known: Knowledge) -> Parsed:
    place = Place(str(file))
    try:
        return _parsed(read_text(file), str(file), known)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return None, place, [Mistake.at(place, "", f"cannot be read: {reason}", "make it readable")]
    except SetupError as error:
        return None, place, list(error.mistakes)


def _parsed(text: str, file: str, known: Knowledge) -> Parsed:
    """Raises SetupError for what is no YAML, or no map."""
    document = read_document(text, file)
    mistakes = [*document.mistakes, *mistakes_of_safety(document, text)]
    if not isinstance(document.root, dict):
        hint = "write `name: …` and `steps: […]`"
        raise SetupError([*mistakes, Mistake.at(document.values[()], "", "a scenario must be a map of keys", hint)])
    own = list(_own_mistakes(document, document.root, known))
    mistakes += own
    prepared, refused = _prepared(document.root), list[Loc]()
    keys: ScenarioKeys | None
    try:
        keys = ScenarioKeys.model_validate(prepared)
    except ValidationError as error:
        told = document.refused | {mistake.key for mistake in own}
        found = mistakes_of(error, ScenarioKeys, Places(values=document.values, keys=document.keys))
        mistakes += (m for m in found if m.key not in told)
        refused = [tuple(part for part in each["loc"] if part != "[key]") for each in error.errors(include_url=False)]
    if mistakes:
        keys = salvaged(prepared, refused)
    built = None if keys is None else build(keys, file, document.keys)
    return built, document.values.get(("name",), Place(file)), mistakes


def _own_mistakes(document: Document, root: Mapping[str, Any], known: Knowledge) -> Iterator[Mistake]:
    """What pydantic does not see: order, kinds, names."""
    for part in ("steps", "cleanup"):
        found = root.get(part)
        for index, step in enumerate(found if isinstance(found, list) else ()):
            if not isinstance(step, Mapping):
                hint = f"write it as `{step}: {{}}`" if step == "handshake" else f"begin with one of {', '.join(KINDS)}"
                yield Mistake.at(document.values[part, index], f"{part}[{index}]", "a step must be a map", hint)
        if part == "steps" and found == []:
            yield Mistake.at(document.values[part,], part, "`steps` is empty", "add a step such as `handshake: {}`")
    yield from _path_mistakes(document, root.get("paths"), known)
    steps = raw_steps(root)
    yield from mistakes_of_steps(document, steps)
    yield from mistakes_of_webhooks(document, root, steps, known)
    yield from mistakes_of_templates(document, steps, root.get("values"))
    yield from mistakes_of_calls(document, steps, known)
    yield from mistakes_of_leaving(document, steps, known)
    yield from mistakes_of_retries(document, steps, known)


def _path_mistakes(document: Document, names: object, known: Knowledge) -> Iterator[Mistake]:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if known.paths is not None and isinstance(name, str) and name not in known.paths:
            at, hint = ("paths", index), suggestion(name, sorted(known.paths), "there is")
            yield Mistake.at(document.values[at], dotted(at), f"no path {quoted(name)} is configured", hint)


def _prepared(root: Mapping[str, Any]) -> dict[str, Any]:
    """Keys without a value are left out, and `handshake:` alone means `handshake: {}`."""
    whole = {key: value for key, value in root.items() if value is not None}
    for part in ("steps", "cleanup"):
        if isinstance(whole.get(part), list):
            whole[part] = [_prepared_step(step) if isinstance(step, Mapping) else step for step in whole[part]]
    return whole


def _prepared_step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: {} if key == "handshake" and value is None else value
        for key, value in step.items()
        if value is not None or key == "handshake"
    }
