"""The JSON Schema that editors use."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from probe.settings.schema import config_schema

SCHEMA = config_schema()


def test_valid_and_takes_the_example(contract: str) -> None:
    """Draft 2020-12; the documented example has no mistake."""
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(contract))] == []


def test_every_key_is_described() -> None:
    """An editor shows what a key means."""
    maps = [SCHEMA, *SCHEMA["$defs"].values()]
    keys = {(one.get("title"), name): key for one in maps for name, key in one["properties"].items()}
    keys = {at: SCHEMA["$defs"][key["$ref"].split("/")[-1]] if "$ref" in key else key for at, key in keys.items()}
    assert [at for at, key in keys.items() if not key.get("description")] == []
    assert all(one["additionalProperties"] is False for one in maps)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("environment:", "enviroment:"),
        ("connector:\n", "conector:\n"),
        ("strict: false", "strict: 3"),
        ("kind: terminating", "kind: terminatng"),
        ("renew_before: 30d", "renew_before: 30"),
        ("https://", "http://"),
        ("api_key_file: stripe_test_key", "api_key: sk_live_x"),
        ("api_key_file: stripe_test_key", "api_key: sk_test_x\n      api_key_file: x"),
        ("  billing:\n    certificate", "  Bil ling:\n    certificate"),
        ("certificate: /etc", "certificat: /etc"),
        ("security_level: null", "security_level: 9"),
    ],
)
def test_refuses(contract: str, right: str, wrong: str) -> None:
    """Typing errors are seen while typing."""
    assert right in contract
    assert not Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(contract.replace(right, wrong)))


@pytest.mark.parametrize(
    ("watch", "fine"),
    [
        ("[a.pem, {files: b.p12, password_file: c, thresholds: [30d]}]", True),
        ("[{files: a, password: b, password_file: c}]", False),
        ("[{file: a}]", False),
        ("[3]", False),
        ("a.pem", False),
    ],
)
def test_watches(watch: str, fine: bool) -> None:  # noqa: FBT001 - a table's column
    """A text or a map."""
    assert Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(f"certificates: {{watch: {watch}}}")) is fine
