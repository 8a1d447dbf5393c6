"""All dashboards, as the files that Grafana is given."""

from collections.abc import Mapping
from typing import Final

from probe.monitoring.certificate_dashboard import CERTIFICATES
from probe.monitoring.dashboard import Dashboard, render
from probe.monitoring.path_dashboard import PATH
from probe.monitoring.prober_dashboard import PROBER

DASHBOARDS: Final[Mapping[str, Dashboard]] = {
    "payment-path.json": PATH,
    "certificates.json": CERTIFICATES,
    "prober-health.json": PROBER,
}
"""Name of the file -> dashboard."""


def dashboard_files(*, environment: str | None = None) -> Mapping[str, str]:
    """Name of the file -> JSON; `environment` is chosen at first."""
    return {name: render(dashboard, environment=environment) for name, dashboard in DASHBOARDS.items()}
