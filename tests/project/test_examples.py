"""Every example of a configuration, a scenario or a step in the documents is right as it stands: people copy them."""

import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema
import pytest
import yaml

from probe.documents.mistakes import SetupError
from probe.scenario.load import load_scenarios
from probe.scenario.schema import scenario_schema
from probe.settings.schema import config_schema
from tests.project.documents import DOCUMENTS, words
from tests.project.locks import ROOT

_CONFIG: Final = config_schema()
_SCENARIO: Final = scenario_schema()
_CREATE: Final = {
    "name": "first",
    "stripe": "v1.payment_intents.create",
    "with": {
        "amount": 100,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "payment_method_types": ["card"],
        "confirm": True,
    },
}
_ELSEWHERE: Final = {"scrape_configs", "volumes", "image"}
"""First keys of what is for Prometheus, Kubernetes and Helm, which other tests look at."""
_BLOCK: Final = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CHART: Final = ROOT / "deploy" / "helm" / "paypath" / "README.md"
"""Its last block is a template of Helm's."""


def _objections(example: Mapping[str, Any], directory: pathlib.Path) -> list[str]:
    """What is wrong with it as that of which it is an example: of several kinds, the one that it comes nearest to."""
    if example.keys() & _ELSEWHERE:
        return []
    kinds = [*_of_configuration(example), *_of_scenario(example, directory)]
    return min(kinds, key=len, default=[f"it is an example of nothing: {', '.join(example)}"])


def _of_configuration(example: Mapping[str, Any]) -> Iterator[list[str]]:
    """A part may leave out what it is not about."""
    whole = {"identities": {"billing": {"certificate": "tls.crt", **example}}} if "in_use" in example else example
    if whole.keys() <= _CONFIG["properties"].keys():
        errors = jsonschema.Draft202012Validator(_CONFIG).iter_errors(whole)
        yield [f"{error.json_path}: {error.message}" for error in errors if error.validator != "required"]


def _of_scenario(example: Mapping[str, Any], directory: pathlib.Path) -> Iterator[list[str]]:
    """A whole one, keys of one, or keys of a step: whatever step they are for."""
    if "steps" in example:
        yield _loaded(example, directory)
    elif example.keys() <= _SCENARIO["properties"].keys():
        yield _loaded({"steps": [{"handshake": {}}], **example}, directory)
    elif example.keys() <= _SCENARIO["$defs"]["StepKeys"]["properties"].keys():
        for before in ([], [{"handshake": {}}], [_CREATE]):
            for action in ({}, _CREATE, {"http": {"method": "GET", "path": "/"}}):
                yield _loaded({"steps": [*before, {**action, **example, "name": "second"}]}, directory)


def _loaded(scenario: Mapping[str, Any], directory: pathlib.Path) -> list[str]:
    content = {"name": "example", "every": "5m", **scenario}
    file = directory / f"{content['name']}.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    try:
        load_scenarios(directory)
    except SetupError as error:
        return [str(error)]
    finally:
        file.unlink()
    return []


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(each.relative_to(ROOT)) for each in DOCUMENTS])
def test_blocks(document: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Whole examples."""
    blocks = _BLOCK.findall(document.read_text(encoding="utf-8"))[: -1 if document == _CHART else None]
    assert [found for block in blocks for found in _objections(yaml.safe_load(block), tmp_path)] == []


def test_what_can_be_asked(tmp_path: pathlib.Path) -> None:
    """The keys of docs/write-a-scenario.md, each by itself."""
    written = [word for word in words(ROOT / "docs" / "write-a-scenario.md") if re.match(r"[a-z_]+: ", word)]
    examples = [
        yaml.safe_load(word.replace("NAME_OF_THE_FIRST_STEP", "first"))
        for word in written
        if not word.startswith("livemode:")
    ]
    assert len(examples) > 10
    assert [found for example in examples for found in _objections(example, tmp_path)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"listen": {"metrics": 1}},
        {"paths": {"billing": {"conector": {}}}},
        {"in_use": {"kind": "envoy"}},
        {"name": "x", "steps": [{"handshak": {}}]},
        {"expect": {"status": {"one_off": [1]}}},
        {"certificates": {"valid_four": "14d"}},
        {"slo": 2},
        {"colour": "blue"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_mistakes_are_noticed(wrong: dict[str, Any], tmp_path: pathlib.Path) -> None:
    """The check itself."""
    assert _objections(wrong, tmp_path)
