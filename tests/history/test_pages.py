"""The outbox: what waits survives a restart, in order, once; in the file and in memory alike."""

import pathlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.pages import LEASE, PAGES_KEPT, MemoryOutbox, Outbox, Outcome
from probe.history.store import FILE_NAME, History
from probe.model.paging import Named, Page, PageAction, PathState, Streak
from probe.model.secret import Secret
from probe.redact.leaving import OUT, learned

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
NAMED = Named(
    code=5023,
    reason="tls.client_cert.expired",
    headline="client certificate expired",
    summary="It expired.",
    hop="probe-connector",
    blame="ours",
    confidence="proven",
    runbook="docs/runbooks/client-certificate.md",
)
PAGE = Page(
    action=PageAction.TRIGGER,
    environment="staging",
    location="here",
    path="billing",
    dedup_key="paypath/staging/billing/connection",
    scenarios=("card-charge",),
    opened_at=NOW,
    at=NOW,
    opened=NAMED,
    named=NAMED,
)
RESOLVE = replace(PAGE, action=PageAction.RESOLVE, at=NOW + timedelta(seconds=1))
REMIND = replace(PAGE, action=PageAction.REMIND, at=NOW + timedelta(seconds=1))
SINKS = ("chat", "oncall")


@pytest.fixture(params=["file", "memory"])
def outbox(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Outbox]:
    """Both kinds."""
    if request.param == "memory":
        yield MemoryOutbox()
        return
    history = History.open(tmp_path)
    yield history
    history.close()


def _put(*pages: Page) -> Callable[[PathState], tuple[PathState, Sequence[Page]]]:
    return lambda state: (state, pages)


def test_each_sink_is_given_each_page_once(outbox: Outbox) -> None:
    """Who has taken it is not asked again; the other one still is."""
    outbox.turn("billing", _put(PAGE), sinks=SINKS)
    taken = outbox.take(SINKS, now=NOW)
    assert [(each.sink, each.page) for each in taken] == [("chat", PAGE), ("oncall", PAGE)]
    outbox.settle(taken[0], Outcome.DELIVERED, at=NOW)
    outbox.postpone(taken[1], until=NOW + timedelta(seconds=5))
    assert outbox.take(SINKS, now=NOW + timedelta(seconds=4)) == []
    assert outbox.next_due(SINKS) == NOW + timedelta(seconds=5)
    (again,) = outbox.take(SINKS, now=NOW + timedelta(seconds=5))
    assert (again.sink, again.attempts) == ("oncall", 1)
    outbox.settle(again, Outcome.DELIVERED, at=NOW)
    assert outbox.next_due(SINKS) is None


def test_what_is_taken_is_given_to_nobody_else_until_the_lease_ends(outbox: Outbox) -> None:
    """A process that died with it is followed by another one."""
    outbox.turn("billing", _put(PAGE), sinks=["chat"])
    assert len(outbox.take(["chat"], now=NOW)) == 1
    assert outbox.take(["chat"], now=NOW + LEASE / 2) == []
    assert len(outbox.take(["chat"], now=NOW + LEASE)) == 1


def test_an_end_never_overtakes_its_beginning(outbox: Outbox) -> None:
    """Of one cause the earliest is due, whatever waits behind it; other causes do not wait."""
    other = replace(PAGE, dedup_key="paypath/staging/billing/charge.declined")
    outbox.turn("billing", _put(PAGE, RESOLVE, other), sinks=["chat"])
    first, second = outbox.take(["chat"], now=NOW + timedelta(seconds=2))
    assert (first.page, second.page) == (PAGE, other)
    outbox.settle(second, Outcome.DELIVERED, at=NOW)
    outbox.postpone(first, until=NOW + timedelta(minutes=5))
    assert outbox.take(["chat"], now=NOW + timedelta(seconds=2)) == []
    assert outbox.next_due(["chat"]) == NOW + timedelta(minutes=5)
    (first,) = outbox.take(["chat"], now=NOW + timedelta(minutes=5))
    outbox.settle(first, Outcome.DELIVERED, at=NOW)
    assert [each.page for each in outbox.take(["chat"], now=NOW + timedelta(minutes=5))] == [RESOLVE]


def test_no_reminder_of_what_has_not_been_told(outbox: Outbox) -> None:
    """A sink that comes back after hours gets the page, not the page and all reminders."""
    outbox.turn("billing", _put(PAGE), sinks=["chat"])
    outbox.turn("billing", _put(REMIND), sinks=["chat"])
    (waiting,) = outbox.take(["chat"], now=NOW + timedelta(seconds=9))
    outbox.settle(waiting, Outcome.DELIVERED, at=NOW)
    assert outbox.next_due(["chat"]) is None
    outbox.turn("billing", _put(REMIND), sinks=["chat"])
    assert len(outbox.take(["chat"], now=NOW + timedelta(seconds=9))) == 1


def test_the_state_of_a_path_is_changed_with_its_pages_or_not_at_all(outbox: Outbox) -> None:
    """What breaks in between leaves both as they were."""
    state = PathState({"card-charge": Streak(3)})
    outbox.turn("billing", lambda _: (state, [PAGE]), sinks=["chat"])

    def broken(before: PathState) -> tuple[PathState, Sequence[Page]]:
        assert before == state
        raise RuntimeError

    with pytest.raises(RuntimeError):
        outbox.turn("billing", broken, sinks=["chat"])
    outbox.turn("billing", lambda before: (before, [] if before == state else [PAGE]), sinks=["chat"])
    assert len(outbox.take(["chat"], now=NOW)) == 1
    assert tuple(outbox.paths()) == ("billing",)


def test_all_of_it_survives_a_restart(tmp_path: pathlib.Path) -> None:
    """State, pages and attempts; and what was delivered is in the history."""
    history = History.open(tmp_path)
    history.turn("billing", lambda _: (PathState({"a": Streak(1)}), [PAGE]), sinks=SINKS)
    chat, oncall = history.take(SINKS, now=NOW)
    history.settle(chat, Outcome.DELIVERED, at=NOW + timedelta(seconds=1))
    history.postpone(oncall, until=NOW)
    history.close()
    history = History.open(tmp_path)
    assert [each.sink for each in history.take(SINKS, now=NOW)] == ["oncall"]
    (sent,) = history.pages(since=NOW)
    assert (sent.page, sent.delivered, sent.waiting) == (PAGE, (("chat", NOW + timedelta(seconds=1)),), ("oncall",))
    history.turn("billing", lambda before: (before, [] if before.streaks["a"].failures == 1 else [PAGE]), sinks=SINKS)
    assert len(history.pages(since=NOW)) == 1
    history.close()


def test_a_state_that_cannot_be_read_is_begun_anew(tmp_path: pathlib.Path) -> None:
    """The worst of that is a page that the sink merges with the one before."""
    history = History.open(tmp_path)
    history.turn("billing", _put(), sinks=[])
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("UPDATE paging SET state = 'no state'")
    other.close()
    seen: list[PathState] = []
    history.turn("billing", lambda state: (seen.append(state) or state, []), sinks=[])
    assert seen == [PathState()]
    history.close()


def test_old_pages_are_forgotten(tmp_path: pathlib.Path) -> None:
    """With their deliveries, when there is a new page."""
    history = History.open(tmp_path)
    history.turn("billing", _put(PAGE), sinks=SINKS)
    later = replace(PAGE, at=NOW + PAGES_KEPT + timedelta(days=1))
    history.turn("billing", _put(later), sinks=SINKS)
    assert [sent.page for sent in history.pages(since=NOW)] == [later]
    assert len(history.take(SINKS, now=later.at)) == 2
    history.close()


def test_no_secret_is_kept_in_a_page(tmp_path: pathlib.Path) -> None:
    """Pages pass the way out before they are written."""
    canary = learned(Secret("correct horse battery"))
    history = History.open(tmp_path)
    told = replace(NAMED, summary=f"It says {canary.reveal()}.")
    history.turn("billing", _put(replace(PAGE, named=told)), sinks=SINKS)
    history.close()
    OUT.forget()
    assert b"correct horse" not in (tmp_path / FILE_NAME).read_bytes()
