"""What rules are made for: one configuration, or any."""

import json
from dataclasses import dataclass
from typing import Final

RUNBOOKS_HERE: Final = "docs/runbooks"
GRAFANA_HERE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTraffic:
    """What customers' own payments say of a path."""

    success_ratio: str
    """PromQL: the share of payments that succeed, 0 to 1."""
    red_below: float
    """Below this share customers are in trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedPath:
    """A path that has to be probed, by these scenarios."""

    name: str
    scenarios: tuple[str, ...]
    real_traffic: RealTraffic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which environment and paths must be there, and where runbooks and dashboards are."""

    environment: str | None = None
    """None: whatever environments there are."""
    paths: tuple[ProbedPath, ...] = ()
    runbooks: str = RUNBOOKS_HERE
    """Address of the folder with the runbooks, without a slash at its end."""
    grafana: str = GRAFANA_HERE
    """Address of Grafana, without a slash at its end."""


def quoted(text: str) -> str:
    """A string of PromQL."""
    return json.dumps(text, ensure_ascii=False)
