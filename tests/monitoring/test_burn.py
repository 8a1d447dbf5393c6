"""Failures that come one at a time: how many are too many, at a run a minute."""

import pathlib

import pytest

from probe.monitoring.burn import BURN
from probe.monitoring.down import DOWN
from tests.monitoring.timelines import Expected, Probe, Timeline

pytestmark = pytest.mark.server("promtool")
PAIR = {"environment": "prod", "path": "billing", "scenario": "mtls-handshake"}
WHY = {"code": "5022", "reason": "tcp.refused"}
PAGE = {**PAIR, **WHY, "severity": "page"}
TICKET = {**PAIR, **WHY, "severity": "ticket"}
SLOWLY = f"{BURN}Slowly"


def test_one_isolated_failure_in_an_hour_pages_nobody(tmp_path: pathlib.Path) -> None:
    """Whatever the objective: 1 of 60 is seventeen times what 99.9 % allows, and still one run."""
    Timeline(probes=[Probe(outcomes="p" * 60 + "r" + "p" * 60, slo=0.999)]).check(
        tmp_path, *(Expected(minute, alert) for minute in range(60, 121, 3) for alert in (BURN, DOWN))
    )


def test_failures_that_never_come_twice_in_a_row_page_when_they_are_many(tmp_path: pathlib.Path) -> None:
    """One run in four fails: no outage, and far too much; over half an hour after it has ended."""
    Timeline(probes=[Probe(outcomes="p" * 60 + "rppp" * 15 + "p" * 60)]).check(
        tmp_path,
        Expected(70, BURN),
        Expected(110, BURN, (PAGE,)),
        Expected(110, DOWN),
        Expected(119, BURN, (PAGE,)),
        Expected(150, BURN),
    )


def test_an_outage_is_paged_once(tmp_path: pathlib.Path) -> None:
    """Neither while it lasts nor afterwards does its burn page a second time."""
    minutes = [65, 80, 100, 101, 106, 115, 130, 139]
    Timeline(probes=[Probe(outcomes="p" * 60 + "r" * 40 + "p" * 60)]).check(
        tmp_path,
        *(Expected(minute, BURN) for minute in minutes),
        Expected(62, DOWN, ({**WHY, "environment": "prod", "path": "billing", "severity": "page"},)),
    )


def test_an_objective_that_allows_much_can_still_be_missed(tmp_path: pathlib.Path) -> None:
    """At 90 % fourteen times the budget is more than every run; nine failures of ten then are the limit."""
    Timeline(probes=[Probe(outcomes=("r" * 29 + "p") * 4, slo=0.9)]).check(
        tmp_path, Expected(3, DOWN, ({**WHY, "environment": "prod", "path": "billing", "severity": "page"},))
    )
    lenient = Probe(outcomes="rppp" * 30, slo=0.9)
    Timeline(probes=[lenient]).check(tmp_path, Expected(110, BURN))


def test_a_scenario_that_may_not_page_burns_for_a_ticket(tmp_path: pathlib.Path) -> None:
    """Its budget is gone as well; it is told when people work."""
    probe = Probe(outcomes="rppp" * 30, severity="ticket")
    Timeline(probes=[probe]).check(tmp_path, Expected(110, BURN), Expected(110, SLOWLY, (TICKET,)))


def test_without_runs_that_can_tell_nothing_burns(tmp_path: pathlib.Path) -> None:
    """No run is no failure; that there is none is an alert of its own."""
    Timeline(probes=[Probe(outcomes="u" * 100)]).check(tmp_path, Expected(99, BURN), Expected(99, SLOWLY))
