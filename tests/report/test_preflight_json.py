"""The judgement on a new identity as JSON: the contract's keys, and the published schema."""

import json

import jsonschema
import pytest

from probe.model.preflight import Preflight
from probe.report.json import dump
from probe.report.preflight_json import preflight_to_dict
from probe.report.schema import result_schema
from tests.classify import seen, tried
from tests.report import test_preflight as judgements

SCHEMA = result_schema()


@pytest.mark.parametrize("first", judgements.EVERY)
def test_every_kind_fits_the_published_schema(first: str) -> None:
    """Each key of the schema, and no other one, on one line; it fits no other shape by accident."""
    made, _, _ = judgements.EVERY[first]
    line = dump(preflight_to_dict(made()))
    assert "\n" not in line
    found = json.loads(line)
    jsonschema.validate(found, SCHEMA)
    jsonschema.validate(found, {**SCHEMA, "anyOf": [{"$ref": "#/$defs/preflight"}]})
    assert set(found) == set(SCHEMA["$defs"]["preflight"]["required"])  # type: ignore[index]  # a schema is a dict of dicts


def _of(found: Preflight) -> dict[str, object]:
    return preflight_to_dict(found)


def test_the_contracts_words() -> None:
    """Outcome, objections, checks with name, outcome and detail, and both certificates."""
    found = _of(judgements.refused())
    assert (found["schema"], found["outcome"], found["paths"]) == (
        "paypath.preflight/1",
        "failed",
        ["billing", "refunds"],
    )
    assert [each["reason"] for each in found["objections"]] == [  # type: ignore[attr-defined, index]  # a list of failures
        "tls.client_cert.access_denied",
        "certificate.name_changed",
        "certificate.name_changed",
    ]
    checks = {(c["name"], c["path"]): c["outcome"] for c in found["checks"]}  # type: ignore[attr-defined, index]  # a list of checks
    assert checks["key-matches", None] == "passed"
    assert checks["handshake", "refunds"] == "failed"
    assert found["current"]["subject"] == "CN=billing"  # type: ignore[index]  # a certificate
    assert found["candidate"]["source"] == {"kind": "file", "path": seen.FILE}  # type: ignore[index]  # likewise


def test_what_a_script_asks_after_an_outage() -> None:
    """Does it mend the path, and if nobody can tell, why."""
    assert _of(judgements.mends())["mends"] == ["billing"]
    unknown = _of(judgements.down())
    assert (unknown["outcome"], unknown["objections"]) == ("unknown", [])
    assert unknown["failure"]["reason"] == "tcp.refused"  # type: ignore[index]  # a failure
    assert _of(tried.judged())["failure"] is None
