"""A path that is unlocked while `paypath run` knows it shut: the next run uses it again, without a restart."""

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from probe.history.latches import FILE_NAME as BESIDE
from probe.history.store import FILE_NAME, History
from tests.e2e.latched import Configured
from tests.e2e.scraped import Scraped


@pytest.fixture
def read_only(small_disk: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """The state directory as a process sees it that may not write there, such as a container with a volume that is read only."""
    seen = tmp_path / "seen"
    seen.mkdir()
    subprocess.run(["mount", "--bind", str(small_disk), str(seen)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(seen)], check=True)
    yield seen
    subprocess.run(["umount", "--lazy", str(seen)], check=True)


def running(configured: Configured, state: pathlib.Path, every: str = "200ms") -> Scraped:
    """`paypath run` on the latched path, whose connector is gone: what is sent is refused."""
    configured.connector.close()
    env = {"PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake"]', "PAYPATH_SCENARIOS__EVERY": every}
    scraped = Scraped(configured.file, configured.state, PAYPATH_STATE__DIRECTORY=str(state), **env)
    scraped.process.wait_for_json(lambda line: line["failure"]["reason"] == "charge.live_mode")
    return scraped


def test_what_is_unlocked_in_a_history_that_was_begun_anew_stays_open(configured: Configured) -> None:
    """Somebody removed the old one while it was open: its latches are taken over, except the one that a person has opened since."""
    configured.latch()
    History.open(configured.state).close()
    process = running(configured, configured.state, every="2s").process
    for file in pathlib.Path(configured.state).glob(f"{FILE_NAME}*"):
        file.unlink()
    done = configured.unlock()
    assert (done.status, done.out) == (0, "billing: unlocked\n")
    process.wait_for("was replaced", "err")
    process.wait_for_json(lambda line: line["failure"]["reason"] == "tcp.refused")
    process.wait_for_json(lambda line: line["failure"]["reason"] == "tcp.refused")
    assert process.stop().status == 0


@pytest.mark.parametrize("beside", ["as it was", "unreadable"])
def test_who_cannot_write_there_heeds_the_unlock_of_who_can(
    configured: Configured, small_disk: pathlib.Path, read_only: pathlib.Path, beside: str
) -> None:
    """What was seen shut stays shut where the latch is merely lost; `unlock` opens it."""
    configured.state = small_disk
    configured.latch()
    History.open(small_disk).close()
    kept = (small_disk / BESIDE).read_bytes()
    if beside == "unreadable":
        (small_disk / BESIDE).write_text("{", encoding="utf-8")
    scraped = running(configured, read_only)
    process = scraped.process
    assert scraped.page().value("paypath_latched", path="billing") == 1
    (small_disk / BESIDE).write_bytes(kept)
    (small_disk / FILE_NAME).rename(small_disk / "lost")
    (small_disk / BESIDE).rename(small_disk / "lost too")
    for _ in range(3):
        process.wait_for_json(lambda line: line["failure"]["reason"] == "charge.live_mode")
    assert "tcp.refused" not in process.output()
    (small_disk / "lost").rename(small_disk / FILE_NAME)
    (small_disk / "lost too").rename(small_disk / BESIDE)
    done = configured.unlock()
    assert (done.status, done.out) == (0, "billing: unlocked\n")
    process.wait_for_json(lambda line: line["failure"]["reason"] == "tcp.refused")
    process.wait_for("path billing was unlocked, and is used again", "err")
    assert scraped.page().value("paypath_latched", path="billing") == 0
    assert process.stop().status == 0


def test_who_was_let_in_to_read_the_latches_is_after_an_unlock(configured: Configured) -> None:
    """A prober of another user would not see that the path was opened."""
    configured.latch()
    History.open(configured.state).close()
    (configured.state / BESIDE).chmod(0o644)
    assert configured.unlock().status == 0
    assert (configured.state / BESIDE).stat().st_mode & 0o777 == 0o644
    assert json.loads((configured.state / BESIDE).read_text(encoding="utf-8")) == []
