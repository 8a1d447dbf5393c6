"""Words of a scenario."""

from probe.model.scenario import HEALTH_PATH, HandshakeAction, HttpAction, asks_health_path


def test_what_needs_a_health_path() -> None:
    """An `http` step that names no path of its own."""
    assert asks_health_path(HttpAction(method="GET", path=HEALTH_PATH))
    assert not asks_health_path(HttpAction(method="GET", path="/"))
    assert not asks_health_path(HandshakeAction())
