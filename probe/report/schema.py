"""The JSON Schema (draft 2020-12) of every line that `--format json` prints, for those who read our results by program."""

from probe.report import incident_json, preflight_json, rotation_plan, schema_certificates, schema_run, sweep
from probe.report.schema_parts import defined, object_of

_RESULTS = {
    "run": (schema_run.run, "One run: `check`, `run`, `diagnose`."),
    "watched": (schema_certificates.watched, "One certificate: `certs`."),
    "forecast": (schema_certificates.forecast, "One path's future: `forecast`."),
    "preflight": (preflight_json.preflight_schema, "The judgement on a new identity: `preflight`."),
    "incident": (incident_json.incident_schema, "What happened: `report`, `drill`."),
    "sweep": (sweep.sweep_schema, "What was left behind in one Stripe account: `sweep`."),
    "rotation": (rotation_plan.rotation_schema, "The commands of a rotation: `rotate --plan`."),
}
"""Name below `$defs` -> its keys, and which commands print it."""


def result_schema() -> dict[str, object]:
    """The schema of one line. `schema` in it says of which kind it is."""
    kinds = {name: {**object_of(keys()), "description": said} for name, (keys, said) in _RESULTS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A result of paypath",
        "anyOf": [defined(name) for name in kinds],
        "$defs": {
            **kinds,
            "failure": object_of(schema_run.failure()),
            "certificate": object_of(schema_run.certificate()),
        },
    }
