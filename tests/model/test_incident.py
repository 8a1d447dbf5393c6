"""How long it took until an incident was seen, named, paged and over."""

from datetime import UTC, datetime, timedelta

from probe.model.incident import PastIncident

BEGAN = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def _incident(began_at: datetime | None, paged_at: datetime | None) -> PastIncident:
    return PastIncident(
        path="billing",
        outcome="failed",
        began_at=began_at,
        began_exactly=True,
        detected_at=BEGAN + timedelta(seconds=30),
        named_at=BEGAN + timedelta(seconds=40),
        paged_at=paged_at,
        first_success_at=None,
        recovered_at=BEGAN + timedelta(minutes=10),
        code=5023,
        reason="tls.client_cert.expired",
        confidence="proven",
        summary="It expired.",
        certificate=None,
        scenarios=("handshake",),
        runs_failed=20,
        runs_unknown=0,
        timeline=(),
    )


def _seconds(incident: PastIncident) -> tuple[float | None, ...]:
    return (
        incident.seconds_to_detect,
        incident.seconds_to_name,
        incident.seconds_to_page,
        incident.seconds_to_recover,
    )


def test_from_when_it_broke() -> None:
    """Each moment counts from there; what has not come yet has no time."""
    assert _seconds(_incident(BEGAN, BEGAN + timedelta(seconds=45))) == (30.0, 40.0, 45.0, 600.0)
    assert _seconds(_incident(BEGAN, None)) == (30.0, 40.0, None, 600.0)
    assert _seconds(_incident(None, BEGAN)) == (None, None, None, None)
