"""JSON Schema of the configuration, for editors and for `paypath schema config`."""

from typing import Any

from probe.documents.schemas import schema_of
from probe.settings.models import Configuration


def config_schema() -> dict[str, Any]:
    """Draft 2020-12. What needs two values at once (identities that exist, loopback) only `paypath validate` can tell."""
    return schema_of(Configuration, "paypath configuration", "paypath.yaml: the payment paths that are probed.")
