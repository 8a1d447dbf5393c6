"""Alerts by number and name."""

from probe.model.tls import Alert, AlertFrom
from probe.tls.alerts import alert_from_bytes, name_of


def test_names() -> None:
    """Known numbers have their IANA names, others say so."""
    assert name_of(45) == "certificate_expired"
    assert name_of(116) == "certificate_required"
    assert name_of(121) == "ech_required"
    assert name_of(200) == "alert_200"


def test_the_two_bytes() -> None:
    """Level 2 is fatal; anything but two bytes is no alert."""
    assert alert_from_bytes(b"\x02\x2d", AlertFrom.PEER) == Alert(AlertFrom.PEER, 45, "certificate_expired", fatal=True)
    assert alert_from_bytes(b"\x01\x00", AlertFrom.US) == Alert(AlertFrom.US, 0, "close_notify", fatal=False)
    assert alert_from_bytes(b"\x02", AlertFrom.US) is None
