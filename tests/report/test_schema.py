"""The published schema and the real results agree."""

import copy

import jsonschema
import pytest

from probe.model.run import Run
from probe.report.json import run_to_dict
from probe.report.schema import result_schema
from tests.report import runs

VALIDATOR = jsonschema.Draft202012Validator(
    result_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def test_the_schema_is_one() -> None:
    """It is itself valid under draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(result_schema())


@pytest.mark.parametrize("run", runs.everything(), ids=lambda run: type(run.outcome).__name__)
def test_every_kind_of_run_fits(run: Run) -> None:
    """Passed, failed, reconciled, unknown and skipped runs."""
    VALIDATOR.validate(run_to_dict(run))


def test_every_key_is_described_and_required() -> None:
    """A key that is rendered without standing in the schema, or the other way round, is a mistake here."""
    result = run_to_dict(runs.expired())
    schema = result_schema()
    definitions = schema["$defs"]
    assert set(result) == set(definitions["run"]["required"])  # type: ignore[index]  # likewise
    assert set(result["failure"]) == set(definitions["failure"]["required"])  # type: ignore[call-overload, index]  # likewise
    assert set(result["identity"][0]) == set(definitions["certificate"]["required"])  # type: ignore[index]  # likewise


@pytest.mark.parametrize(
    ("key", "value"),
    [("outcome", "green"), ("started_at", "yesterday"), ("duration_s", -1), ("attempts", 0), ("phases", {"think": 1})],
)
def test_a_wrong_result_does_not_fit(key: str, value: object) -> None:
    """The schema refuses what the contract does not allow."""
    result = copy.deepcopy(run_to_dict(runs.expired()))
    result[key] = value
    assert not VALIDATOR.is_valid(result)
