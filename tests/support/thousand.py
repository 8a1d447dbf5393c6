"""Telemetry of many paths, each run once and with its certificates: what a large installation's page is made of."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from probe.catalogue.catalogue import load
from probe.certificates.stock import Stand
from probe.classify.expiry import judge_all
from probe.model.certificate import CertificateRole
from probe.model.clock import FakeClock
from probe.telemetry.setup import Telemetry, start_telemetry
from tests.support.runs import NOW, make_certificate, make_run
from tests.support.watched import watched

SCENARIOS: Final = ("mtls-handshake", "card-charge", "card-declined")
_ROLES: Final = (CertificateRole.CLIENT, CertificateRole.SERVER, CertificateRole.INTERMEDIATE)


def telemetry_of(paths: int) -> Telemetry:
    """Of so many paths, three scenarios and three certificates each; to be shut down."""
    names = [f"path-{number}" for number in range(paths)]
    telemetry = start_telemetry(
        {},
        environment="staging",
        location="eu-west-1a",
        version="1.2.3",
        pairs=[(scenario, path) for path in names for scenario in SCENARIOS],
        clock=FakeClock(NOW),
    )
    for path in names:
        for scenario in SCENARIOS:
            telemetry.observer.run_finished(replace(make_run(path=path), scenario=scenario))
    ends = NOW + timedelta(days=20)
    entries = [
        watched(make_certificate(role, name=path, not_after=ends), path=path, name=f"{path}-{role.value}")
        for path in names
        for role in _ROLES
    ]
    stand = Stand(judge_all(entries, load(), at=NOW), tuple((path, "billing", True) for path in names))
    telemetry.observer.watch(lambda: stand)
    return telemetry
