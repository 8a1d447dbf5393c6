"""The observer: from runs to pages in the outbox, across restarts and without a disk."""

import logging
import pathlib
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.history.pages import MemoryOutbox
from probe.history.store import FILE_NAME, History
from probe.model.failure import Confidence, Failure, Hop
from probe.model.outcome import Unknown
from probe.model.paging import MaintenanceWindow, Paging, SinkKind, SinkSpec
from probe.model.run import RunSkipped, RunStarted
from probe.model.secret import Secret
from probe.pager.watch import Pager, Place
from tests.pager.told import run
from tests.verdict.pages import EXPIRED, REFUSED, START, TIMEOUT, failure

PAGING = Paging(sinks=(SinkSpec(name="chat", kind=SinkKind.WEBHOOK, url=Secret("http://127.0.0.1:9")),))
LATER = START + timedelta(days=1)


def _pager(outbox: History | MemoryOutbox, paging: Paging = PAGING) -> Pager:
    return Pager(paging, outbox, catalogue=load())


def test_a_run_of_cron_continues_the_row_of_the_last_one(tmp_path: pathlib.Path) -> None:
    """Each `check` is a process of its own: the second failure in a row pages, and the second pass ends it."""
    for number, what in enumerate((REFUSED, TIMEOUT, TIMEOUT, None, None)):
        history = History.open(tmp_path)
        _pager(history).run_finished(run(number, what))
        history.close()
    history = History.open(tmp_path)
    pages = [sent.page for sent in history.pages(since=START)]
    assert [page.since for page in pages] == [START, START]
    assert [page.title for page in pages] == [
        f"{load().entry('connector.timeout').headline} · 5023 · billing (staging)",
        f"resolved: {load().entry('connector.timeout').headline} · 5023 · billing (staging)",
    ]
    history.close()


def test_it_rings_when_there_is_something_to_send() -> None:
    """Once for the page; not for what goes on, nor for what could not tell."""
    pager, rung = _pager(MemoryOutbox()), []
    pager.ring = lambda: rung.append(1)
    pager.run_finished(run(0, Unknown(EXPIRED)))
    assert rung == []
    for number in range(1, 4):
        pager.run_finished(run(number, EXPIRED))
    assert rung == [1]


def test_only_finished_runs_say_anything() -> None:
    """The other events of an observer change nothing."""
    box = MemoryOutbox()
    pager = _pager(box)
    started = RunStarted(run_id="a" * 32, scenario="handshake", path="billing", started_at=START)
    pager.run_started(started)
    pager.run_skipped(RunSkipped(scenario="handshake", path="billing", cause="overlap"))
    assert not box.paths()


def test_maintenance_is_looked_up_for_each_run() -> None:
    """By its path and the time at which it ended."""
    window = MaintenanceWindow(begins=START, ends=START + timedelta(seconds=30), paths=("billing",))
    box = MemoryOutbox()
    pager = _pager(box, Paging(sinks=PAGING.sinks, maintenance=(window,)))
    for number in range(3):
        pager.run_finished(run(number, EXPIRED))
        pager.run_finished(run(number, EXPIRED, path="other"))
    assert [each.page.path for each in box.take(["chat"], now=LATER)] == ["other"]
    pager.run_finished(run(3, EXPIRED))
    assert [each.page.path for each in box.take(["chat"], now=LATER)] == ["billing"]


def test_without_a_disk_it_goes_on_in_memory_and_comes_back(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is paged twice for what was paged while the file could not be written."""
    history = History.open(tmp_path)
    pager = _pager(history)
    pager.run_finished(run(0, REFUSED))
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING, logger="paypath.pager"):
        pager.run_finished(run(1, EXPIRED))
        pager.run_finished(run(2, EXPIRED))
    other.execute("ROLLBACK")
    other.close()
    assert [each.page.named.reason for each in pager.memory.take(["chat"], now=LATER)] == ["tls.client_cert.expired"]
    assert caplog.text.count("pages are kept in memory alone") == 1
    pager.run_finished(run(3, EXPIRED))
    assert history.take(["chat"], now=LATER) == []
    pager.run_finished(run(4))
    pager.run_finished(run(5))
    assert [each.page.action.value for each in history.take(["chat"], now=LATER)] == ["resolve"]
    history.close()


def test_what_was_open_ends_although_the_file_can_no_longer_be_written(tmp_path: pathlib.Path) -> None:
    """The pager knows what it has paged for; and of what it wrote into a file that is begun anew it forgets nothing."""
    history = History.open(tmp_path)
    pager = _pager(history)
    pager.run_finished(run(0, EXPIRED))
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    pager.run_finished(run(1))
    pager.run_finished(run(2))
    assert [each.page.action.value for each in pager.memory.take(["chat"], now=LATER)] == ["resolve"]
    pager.run_finished(run(3, EXPIRED))
    other.execute("ROLLBACK")
    other.execute("DELETE FROM paging")
    other.close()
    for number in range(4, 30):
        pager.run_finished(run(number))
    assert [sent.page.action.value for sent in history.pages(since=START)] == ["trigger", "resolve"]
    history.close()


def test_what_is_no_longer_run_is_over() -> None:
    """A scenario or path that was taken out of the configuration can never pass again."""
    box = MemoryOutbox()
    pager = _pager(box)
    pager.run_finished(run(0, EXPIRED))
    pager.run_finished(run(0, EXPIRED, path="old"))
    for waiting in box.take(["chat"], now=LATER):
        assert waiting.page.action.value == "trigger"
    place = Place(environment="staging", location="here")
    pager.configure([("handshake", "billing")], place, at=LATER)
    pager.configure([("handshake", "billing")], place, at=LATER)
    assert sum(w.page.action.value == "resolve" for w, _ in box._waiting.values()) == 1


@pytest.mark.parametrize(
    ("what", "title"),
    [
        (EXPIRED, "client certificate expired · 5023"),
        (replace(EXPIRED, proxy="proxy:3128"), "proxy: client certificate expired · 5023"),
        (replace(EXPIRED, hop=Hop.CONNECTOR_STRIPE), "behind the connector: client certificate expired · 5023"),
        (replace(EXPIRED, reason="of.a.later.release"), "of.a.later.release · 5023"),
    ],
)
def test_the_title_says_where_it_is(what: Failure, title: str) -> None:
    """Who is woken must not look at the wrong certificate."""
    box = MemoryOutbox()
    _pager(box).run_finished(run(0, what))
    (waiting,) = box.take(["chat"], now=LATER)
    assert waiting.page.title == f"{title} · billing (staging)"


def test_a_second_look_for_an_earlier_fault_confirms_no_later_one() -> None:
    """Five seconds after this fault's own reading, not after another's."""
    box, torn = MemoryOutbox(), failure("tls.client_key.mismatch", confidence=Confidence.PROVEN, certified=True)
    pager = _pager(box)
    pager.run_finished(run(0, torn))
    pager.identity_read("billing", usable=False, at=START + timedelta(seconds=3))
    assert box.take(["chat"], now=LATER) == []
    pager.identity_read("billing", usable=False, at=START + timedelta(seconds=6))
    assert len(box.take(["chat"], now=LATER)) == 1


@pytest.mark.parametrize(("usable", "pages"), [(False, ["tls.client_key.mismatch"]), (True, [])])
def test_files_that_are_read_again(usable: bool, pages: list[str]) -> None:  # noqa: FBT001 - a case
    """What is unusable still pages after one run; a copy that has ended does not. Another path is not meant."""
    box, torn = MemoryOutbox(), failure("tls.client_key.mismatch", confidence=Confidence.PROVEN, certified=True)
    pager = _pager(box)
    pager.run_finished(run(0, torn))
    pager.identity_read("other", usable=False, at=LATER)
    assert box.take(["chat"], now=LATER) == []
    pager.identity_read("billing", usable=usable, at=START + timedelta(seconds=6))
    pager.identity_read("billing", usable=usable, at=START + timedelta(seconds=7))
    assert [each.page.named.reason for each in box.take(["chat"], now=LATER)] == pages
