"""The certificates of a `paypath run`: known before the first probe, after a restart, and as soon as files change."""

import pathlib
import signal
from datetime import timedelta

import pytest

from probe.history.store import History
from probe.model.clock import SystemClock
from probe.model.watch import Held
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.scraped import Scraped
from tests.servers.material import Material, Pair, write_pair

NOT_AFTER = "paypath_certificate_not_after_timestamp_seconds"


def configure(directory: pathlib.Path, pki: Material, port: int, pair: Pair) -> str:
    """One path with an identity, shaken hands with every second."""
    return write(
        directory,
        {"billing": connector(port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
        scenarios={"enabled": ["mtls-handshake"], "every": "1s"},
        timeouts={"default": "2s"},
    )


def ends(scraped: Scraped) -> dict[tuple[str, str], float]:
    """By role and source."""
    return {(s.labels["role"], s.labels["source"]): s.value for s in scraped.page().samples(NOT_AFTER, path="billing")}


@pytest.mark.server("nginx")
def test_certificates_are_known_whatever_becomes_of_handshakes(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """Files from the first scrape on, though nothing ever answers; what was seen on the wire also after a restart."""
    good = pki.clients["good"]
    until = good.issued.certificate.not_valid_after_utc.timestamp()
    server = start_nginx(tls="1.3")
    down = Scraped(configure(tmp_path, pki, 1, good), tmp_path)
    page = down.page()
    assert page.value(NOT_AFTER, path="billing", role="client", name="billing", source="file") == until
    assert page.value("paypath_path_valid_until_timestamp_seconds", path="billing") == until
    assert page.value("paypath_identity_usable", path="billing", name="billing") == 1
    assert page.value("paypath_certificate_managed", path="billing", role="client", name="billing") == 0
    assert page.value("paypath_certificate_attention", name="billing", reason="certificate.unmanaged") == 1
    assert ("server", "wire") not in ends(down)
    assert down.process.stop().status == 0

    healthy = Scraped(configure(tmp_path, pki, server.port, good), tmp_path)
    healthy.process.wait_for_json(lambda run: run["outcome"] == "passed" and run["warnings"] == [])
    healthy.process.wait_for_json(lambda run: run["outcome"] == "passed")
    assert healthy.process.stop().status == 0

    server.stop()
    again = Scraped(configure(tmp_path, pki, server.port, good), tmp_path)
    assert ("server", "wire") in ends(again)
    again.process.wait_for_json(lambda run: run["outcome"] == "failed")
    assert ("server", "wire") in ends(again)
    assert again.process.stop().status == 0


@pytest.mark.server("nginx")
def test_what_was_seen_survives_a_kill(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """What is new is written down at once, and not with the next round a minute later: the process says no goodbye."""
    server = start_nginx(tls="1.3")
    config = configure(tmp_path, pki, server.port, pki.clients["good"])
    running = Scraped(config, tmp_path)
    for _ in range(20):  # seconds of the process, at one run each
        running.process.wait_for_json(lambda run: run["outcome"] == "passed")
        if _wire_is_kept(tmp_path / "state"):
            break
    running.process.send(signal.SIGKILL)
    running.process.ended()
    server.stop()
    assert ("server", "wire") in ends(again := Scraped(config, tmp_path))
    assert again.process.stop().status == 0


def _wire_is_kept(state: pathlib.Path) -> bool:
    history = History.open(state)
    try:
        return any(entry.held_as(Held.PEER) for entry in history.remembered())
    finally:
        history.close()


@pytest.mark.server("nginx")
def test_a_rotation_is_noticed_without_a_restart(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """Said in a line, remembered in the history, on the page; what expires soon is a warning of each run until then."""
    server = start_nginx(tls="1.3")
    since, soon = pki.now - timedelta(days=300), pki.now + timedelta(days=3)
    pair = write_pair(tmp_path, "identity", pki.issuing.issue("old", not_before=since, not_after=soon))
    running = Scraped(configure(tmp_path, pki, server.port, pair), tmp_path)
    first = running.process.wait_for_json(lambda run: bool(run["warnings"]))
    assert first["outcome"] == "passed"
    assert [warning["reason"] for warning in first["warnings"]] == ["certificate.expiring"]
    assert running.page().value("paypath_certificate_threshold", role="client", threshold="7d", severity="page") == 1

    fresh = pki.issuing.issue("new")
    write_pair(tmp_path, "identity", fresh)
    running.process.wait_for("identity billing has a new certificate, good until", "err")
    after = running.process.wait_for_json(lambda run: run["identity"][0]["subject"] == "CN=new")
    assert after["outcome"] == "passed"
    running.process.wait_for_json(lambda run: run["warnings"] == [])
    assert ends(running)["client", "file"] == fresh.certificate.not_valid_after_utc.timestamp()
    assert running.page().samples("paypath_certificate_threshold") == []
    assert running.process.stop().status == 0
    history = History.open(tmp_path / "state")
    (rotation,) = history.rotations(since=SystemClock().now() - timedelta(days=1))
    history.close()
    assert rotation.before is not None
    assert (rotation.before.subject, rotation.after.subject) == ("CN=old", "CN=new")
