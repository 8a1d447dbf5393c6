"""JSON Schema of a scenario file, for editors and for `paypath schema scenario`."""

from typing import Any

from probe.documents.schemas import schema_of
from probe.scenario.models import ScenarioKeys


def scenario_schema() -> dict[str, Any]:
    """Draft 2020-12. Names in `${…}` and what may not stand in a scenario only `paypath validate` can tell."""
    return schema_of(ScenarioKeys, "paypath scenario", "A declared, named, ordered list of steps with one deadline.")
