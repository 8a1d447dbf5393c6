"""What a watched certificate says of itself."""

from datetime import timedelta

from probe.model.watch import Held, Sighting
from tests.support.watched import DAY, FILE, NOW, WIRE, certificate, watched


def test_it_ends_with_what_is_in_use() -> None:
    """The file is not the service: the older end counts until the new one is seen in use."""
    found = certificate(not_after=NOW + 90 * DAY)
    assert watched(found).ends == NOW + 90 * DAY
    assert watched(found, not_in_use=NOW + 3 * DAY).ends == NOW + 3 * DAY
    assert watched(found, not_in_use=NOW + 300 * DAY).ends == NOW + 90 * DAY
    assert watched(None, unreadable="no such file").ends is None


def test_its_sightings() -> None:
    """When it was seen last, and as what."""
    earlier = NOW - timedelta(hours=5)
    entry = watched(certificate(), seen=(Sighting(FILE, earlier, Held.IDENTITY), Sighting(WIRE, NOW, Held.PEER)))
    assert entry.last_seen == NOW
    assert watched(None, seen=()).last_seen is None
    assert entry.held_as(Held.PEER, Held.TRUST)
    assert not entry.held_as(Held.TRUST)
    assert entry.only_held_as(Held.PEER, Held.IDENTITY)
    assert not entry.only_held_as(Held.PEER)
    assert not watched(None, seen=()).only_held_as(Held.PEER)
