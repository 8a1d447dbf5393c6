"""What the gauges say of the certificates on the leg to a proxy, beside those of the connector."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.model.certificate import CertificateRole
from probe.model.scenario import StepKind
from tests.support.runs import (
    ENDPOINT,
    NOW,
    make_attempt,
    make_certificate,
    make_handshake,
    make_identity,
    make_run,
    make_step,
    make_stripe,
)
from tests.telemetry.conftest import Start
from tests.telemetry.test_observer import NOT_AFTER, finish


def test_the_leg_to_a_proxy_has_series_of_its_own(start: Start) -> None:
    """Its chain under its name, our identity for it under that one's; of the connector's nothing is lost, even by one name."""
    ours = make_identity(make_certificate(name="egress", not_after=NOW + timedelta(days=3)), name="egress")
    theirs = make_certificate(CertificateRole.SERVER, name="proxy", not_after=NOW + timedelta(days=2))
    leg = make_handshake(identity=ours, presented=(theirs,))
    page = finish(
        start(), make_run((make_step(attempts=(make_attempt(observation=replace(make_handshake(), proxy=leg)),)),))
    )
    days = {
        (s.labels["role"], s.labels["name"], s.labels["source"]): (s.value - NOW.timestamp()) / 86400
        for s in page.samples(NOT_AFTER, path="billing")
    }
    assert days == {
        ("client", "billing", "file"): 30,
        ("server", ENDPOINT.server_name, "wire"): 30,
        ("client", "egress", "file"): 3,
        ("server", f"proxy {ENDPOINT.server_name}", "wire"): 2,
    }
    assert page.value("paypath_identity_usable", name="egress") == 1


def test_a_call_tells_of_the_leg_to_its_proxy_too(start: Start) -> None:
    """A scenario without a handshake step still watches the proxy's certificates."""
    call = replace(make_stripe(), proxy=make_handshake())
    page = finish(start(), make_run((make_step(kind=StepKind.STRIPE, attempts=(make_attempt(observation=call),)),)))
    assert page.value(NOT_AFTER, name=f"proxy {ENDPOINT.server_name}") == pytest.approx(
        (NOW + timedelta(days=30)).timestamp()
    )
    assert page.value("paypath_identity_usable", name="billing") == 1
