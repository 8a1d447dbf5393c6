"""Go's TLS, as most connectors in Go have it today: a small server of our own on the standard library. It checks no revocation list."""

import json

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST


def command(site: Site) -> Words:
    """One process for all doors of the site."""
    doors = site.directory / "doors.json"
    doors.write_text(json.dumps([_door(site, door) for door in site.ports]), encoding="utf-8")
    return [programs.require("go-server"), doors]


def _door(site: Site, door: Door) -> dict[str, object]:
    pair = site.pair(door)
    return {
        "listen": f"{HOST}:{site.ports[door]}",
        "certificate": str(pair.certificate),
        "private_key": str(pair.private_key),
        "accepted": str(site.accepted(door)),
        "tls": door.tls,
        "name": "localhost" if door.room is Room.NAMED else "",
        "protocols": ["h2"] if door.room is Room.H2_ONLY else [],
        "status": 403 if door.room is Room.FORBIDDEN else 200,
    }
