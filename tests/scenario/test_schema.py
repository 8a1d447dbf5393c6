"""The JSON Schema that editors use."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from probe.scenario.library import shipped_directory
from probe.scenario.schema import scenario_schema

SCHEMA = scenario_schema()
CHARGE = (shipped_directory() / "card-charge.yaml").read_text(encoding="utf-8")


def test_valid_and_takes_what_is_shipped() -> None:
    """Draft 2020-12; no shipped scenario has a mistake."""
    Draft202012Validator.check_schema(SCHEMA)
    for file in shipped_directory().glob("*.yaml"):
        assert list(Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))) == []


def test_steps_must_not_be_empty() -> None:
    """As `validate` says too; an empty cleanup is no mistake."""
    content = yaml.safe_load(CHARGE)
    assert Draft202012Validator(SCHEMA).is_valid(content | {"cleanup": []})
    assert not Draft202012Validator(SCHEMA).is_valid(content | {"steps": []})


def test_every_key_is_described() -> None:
    """An editor shows what a key means."""
    maps = [SCHEMA, *SCHEMA["$defs"].values()]
    assert [name for one in maps for name, key in one["properties"].items() if not key.get("description")] == []
    assert all(one["additionalProperties"] is False for one in maps)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("summary:", "sumary:"),
        ("every: 5m", "every: 300"),
        ("handshake: {}", "hanshake: {}"),
        ("handshake: {}", "wait: 3"),
        ("handshake: {}", "{handshake: {}, wait: 3s}"),
        ("handshake: {}", "name: x"),
        ("when: saved.", "when: "),
        ("save: {payment_intent: id}", "save: {payment_intent: 'a b'}"),
        ("name: card-charge", "name: Card charge"),
    ],
)
def test_refuses(right: str, wrong: str) -> None:
    """Typing errors are seen while typing."""
    assert right in CHARGE
    assert not Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(CHARGE.replace(right, wrong)))
