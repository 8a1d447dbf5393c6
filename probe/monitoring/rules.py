"""All rules of one scope, as the file that Prometheus reads."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.burn import burn
from probe.monitoring.certificates import certificates
from probe.monitoring.down import down, parts
from probe.monitoring.prober import prober
from probe.monitoring.rule import Group, render_groups
from probe.monitoring.scope import Scope
from probe.monitoring.traffic import traffic
from probe.monitoring.unwatched import unwatched

_HEADING: Final = """\
Alert rules of paypath{where}. Generated: {how}
What each alert means, and what wakes whom: docs/alerts.md. Beside them belongs dashboards/prometheus/alertmanager.yaml, so
that one cause is one page.
"""
_ALONE: Final = """\
The alerts on certificates alone, for whoever wants no others; they are part of rules.yaml too. Generated: {how}
paypath scales each ladder by the certificate's lifetime and keeps it below the renewal, so that nothing here has to know it.
The rung is a label: a silence on `threshold="7d"` leaves 48h awake. See docs/certificates.md.
"""


def groups(catalogue: Catalogue, scope: Scope) -> tuple[Group, ...]:
    """Every group that has rules."""
    made = (
        down(catalogue, scope),
        parts(catalogue, scope),
        burn(catalogue, scope),
        certificates(catalogue, scope),
        prober(catalogue, scope),
        unwatched(catalogue, scope),
        traffic(catalogue, scope),
    )
    return tuple(group for group in made if group.rules)


def rule_file(catalogue: Catalogue, scope: Scope, *, how: str) -> str:
    """The rules; `how` says by which command they are written."""
    where = "" if scope.environment is None else f" for {scope.environment}"
    return render_groups(groups(catalogue, scope), heading=_HEADING.format(where=where, how=how))


def certificate_rules(catalogue: Catalogue, scope: Scope, *, how: str) -> str:
    """The rules for certificates alone."""
    return render_groups([certificates(catalogue, scope)], heading=_ALONE.format(how=how))
