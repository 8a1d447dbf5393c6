"""The inventory as judged: fresh for those who wait for it, cheap for those who ask often."""

from datetime import timedelta

from probe.catalogue.catalogue import load
from probe.certificates.stock import Stock as Judgement
from probe.model.failure import Severity
from tests.certificates.stock import DAY, NOW, Stock


def judgement(stock: Stock, left: timedelta, *, chain: bool = False) -> Judgement:
    """Of one path with an identity that ends after `left`."""
    issued = stock.issuing.issue("billing", not_before=NOW - 300 * DAY, not_after=NOW + left, send_chain=chain)
    identity = stock.identity(issued, thresholds_s=tuple(86400.0 * days for days in (30, 14, 7, 2)))
    path = stock.path(identity=identity)
    judged = Judgement(stock.inventory(paths=[path], identities=[identity]), load(), stock.clock)
    judged.scan()
    return judged


def test_a_run_is_warned_of_what_stops_payments_alone(stock: Stock) -> None:
    """That nothing renews it is for `certs` and the metrics; of other paths nothing is told."""
    judged = judgement(stock, 10 * DAY)
    assert [one.reason for one in judged.warnings("billing")] == ["certificate.expiring"]
    reasons = {failure.reason for _, standing in judged.stand().judged for failure in standing.failures}
    assert reasons == {"certificate.expiring", "certificate.unmanaged"}
    assert judged.warnings("other") == ()
    assert judged.stand().usable == (("billing", "billing", True),)


def test_time_alone_moves_it_on(stock: Stock) -> None:
    """A threshold is crossed though nothing is learnt; pages are told apart from tickets."""
    judged = judgement(stock, 31 * DAY)
    assert judged.warnings("billing") == ()
    stock.clock.advance(2 * 86400)
    (warning,) = judged.warnings("billing")
    assert (warning.reason, warning.severity) == ("certificate.expiring", Severity.TICKET)
    assert judged.paging() == ()
    stock.clock.advance(24 * 86400)
    assert [one.severity for one in judged.paging()] == [Severity.PAGE]


def test_the_same_chain_is_learnt_once_a_minute(stock: Stock) -> None:
    """Nothing new is nothing to judge; a minute later its sighting is fresher."""
    judged = judgement(stock, 100 * DAY)
    seen = stock.handshake()
    judged.learn("billing", seen)
    version = judged.inventory.version
    judged.learn("billing", seen)
    assert judged.inventory.version == version
    assert len({entry.certificate.sha256 for entry, _ in judged.stand().judged if entry.certificate}) > 1
    assert not judged.due
    stock.clock.advance(61)
    judged.learn("billing", seen)
    assert judged.inventory.version > version


def test_nobody_waits_where_a_thread_judges(stock: Stock) -> None:
    """Then a run warns of what was known at the last judgement."""
    judged = judgement(stock, 31 * DAY)
    judged.asynchronous = True
    stock.clock.advance(2 * 86400)
    assert judged.due
    assert judged.warnings("billing") == ()
    judged.refresh()
    assert [one.reason for one in judged.warnings("billing")] == ["certificate.expiring"]
