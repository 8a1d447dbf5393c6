"""`paypath schema`."""

import json

import jsonschema
import pytest

from probe.report.json import run_to_dict
from tests.cli.conftest import Paypath
from tests.report import runs


@pytest.mark.parametrize("what", ["config", "scenario", "result"])
def test_each_is_a_schema(paypath: Paypath, what: str) -> None:
    """Of draft 2020-12, and says so."""
    said = paypath("schema", what)
    assert (said.status, said.err) == (0, "")
    schema = json.loads(said.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_results_fit_the_printed_schema(paypath: Paypath) -> None:
    """What is published is what is printed."""
    schema = json.loads(paypath("schema", "result").out)
    jsonschema.validate(run_to_dict(runs.expired()), schema, cls=jsonschema.Draft202012Validator)
